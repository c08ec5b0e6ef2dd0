"""The command line: a line to what it comes to."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable

from .backup import backup
from .cluster.cluster_commands import database
from .node import Node
from .pki import pki
from .reply import Question, Reply, usage
from .services.service_commands import run_service

# A word, blanks within double quotes and all.
_WORD = re.compile(r'(?:"[^"]*"|[^\s"])+')


async def run(node: Node, line: str) -> Reply | Question:
    """Run one line on a node."""
    words = line.split()
    command, arguments = words[0], words[1:]
    if command in ("exit", "quit", "reboot"):
        if command == "reboot":
            node.restart()
        return Reply(close=True)
    if node.switches.may == "nothing" or command in node.switches.unknown:
        return Reply(f"Unknown command: {command}")
    if command == "database":
        return database(node, arguments, " ".join(words))
    if command == "backup":
        return await backup(node, arguments)
    if command == "pki":
        return pki(node, quoted(line)[1:])
    return await run_service(node, words) if command in node.services else _plain(node, command, arguments)


def quoted(line: str) -> list[str]:
    """Cut a line into words; what stands in double quotes is not cut, and the quotes go."""
    return [word.replace('"', "") for word in _WORD.findall(line)]


def _plain(node: Node, command: str, arguments: list[str]) -> Reply:
    wanted = _USAGES.get(command)
    if wanted is not None and len(arguments) != 1:
        return usage(wanted)
    if command == "ipv4":
        return Reply(f"IPv4 configuration:\n  address                 {node.address}\n  prefix length           24")
    if command == "hostname" and arguments:
        node.rename(arguments[0])
        return Reply("A reboot is required for the change to take effect")
    if (arguments and wanted is None) or command not in _PLAIN:
        return Reply(f"Unknown command: {command}")
    return Reply(_PLAIN[command](node))


def _users(node: Node) -> str:
    rows = (
        ("USERNAME", "ROLE", "PASSWORD EXPIRY", "LOGGED IN"),
        ("monitor", "audit", "2020-Apr-02", "no"),
        ("admin", "admin", node.switches.password_ends, "yes"),
    )
    if node.switches.user_list == "bare":
        return "\n".join(" ".join(row) for row in rows)
    return "\n".join("".join(f"{cell:<20}" for cell in row).rstrip() for row in rows)


_USAGES = {"ipv4": "ipv4 <interface>", "user": "user list"}


def _uptime(node: Node) -> str:
    seconds = int(time.monotonic() - node.started)
    if node.switches.uptime == "unix":
        up = f"12 days, {seconds // 3600:2}:{seconds // 60 % 60:02}"
        return f" {dt.datetime.now(dt.timezone.utc):%H:%M:%S} up {up},  1 user,  load average: 0.00, 0.01, 0.05"
    return f"12 days, {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _date(node: Node) -> str:
    now = dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=node.switches.clock_offset)
    if node.switches.date == "iso":
        return f"{now:%Y-%m-%dT%H:%M:%SZ}"
    if node.switches.date == "unix":
        return f"{now:%a %b} {now.day:2} {now:%H:%M:%S} UTC {now.year}"
    if node.switches.date == "local":
        return f"System time: {now:%a %b} {now.day:2} {now:%H:%M:%S %Y}\nTimezone   : Atlantic/Azores"
    return f"System time: {now:%a %b} {now.day:2} {now:%H:%M:%S %Y}\nTimezone   : UTC"


_PLAIN: dict[str, Callable[[Node], str]] = {
    "date": _date,
    "hostname": lambda node: node.prompt.removesuffix("> "),
    "uptime": _uptime,
    "user": _users,
    "version": lambda node: node.switches.release,
}
