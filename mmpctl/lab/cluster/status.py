"""The text of `database cluster status`."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

from mmpctl.lab.switches import Switches, words

from .database import Database

_LABELS = {
    "server key": "Server Key",
    "server certificate": "Server Certificate",
    "client key": "Client Key",
    "client certificate": "Client Certificate",
    "ca certificate": "CA Certificate",
}


def status_text(database: Database, switches: Switches) -> str:
    """What the node prints, without the last line end."""
    layout = _Layout(switches)
    now = dt.datetime.now(dt.timezone.utc)
    status, nodes, in_use = _state(database, switches, layout, now)
    lines = [layout.line("ERROR", database.error, 22)] if status == "Error" else []
    lines.append(layout.line("Status", status, 22))
    if nodes is not None:
        lines += ["", "Nodes:", *nodes]
    lines += [layout.line("Node in use", in_use, 22), "", layout.line("Interface", database.interface, 23), ""]
    lines += ["Certificates", *_certificates(database, switches, layout, now)]
    command, succeeded = database.last_command or ("", True)
    shown = switches.last_command == "always" or (switches.last_command == "failures" and not succeeded)
    if database.operation is None and database.last_command is not None and shown:
        lines += ["", layout.line("Last command", f"'{command}' ({'Success' if succeeded else 'Failed'})", 23)]
    if switches.columns != "transcript":
        lines.append("  " if switches.columns == "moving" else "")
    return "\n".join(lines)


def _state(
    database: Database, switches: Switches, layout: _Layout, now: dt.datetime
) -> tuple[str, list[str] | None, str]:
    """The status, the lines of nodes (None: not even their heading), and the node in use."""
    operation = database.operation
    if operation is not None:
        word = {
            "remove": "Disabling",
            "initialize": switches.while_initializing,
            "join": switches.while_joining,
            "connect": switches.while_connecting,
        }[operation.kind]
        return f"{word} (Started {int(time.monotonic() - operation.started)} seconds ago)", [], "None"
    if database.error:
        return "Error", [], "None"
    if database.role is None or (switches.expired_shows == "disabled" and _leaf_expired(database, now)):
        return "Disabled", None, "None"
    master = database.master
    alone = "None" if database.role == "client" else database.address
    return "Enabled", list(_nodes(database, switches, layout)), alone if master is None else master.address


def _certificates(database: Database, switches: Switches, layout: _Layout, now: dt.datetime) -> Iterator[str]:
    credentials = database.credentials
    for kind, label in _LABELS.items():
        if credentials is not None and kind in credentials.names:
            mark = " (expired)" if kind.split()[0] != "ca" and credentials.expired(kind, now) else ""
            yield layout.line(label, credentials.names[kind] + mark, 23 + (kind == "ca certificate"), indented=True)
        elif credentials is None and switches.unset == "none":
            yield layout.line(label, "None", 23, indented=True)


def _leaf_expired(database: Database, now: dt.datetime) -> bool:
    credentials = database.credentials
    return credentials is not None and any(
        credentials.expired(kind, now) for kind in ("server certificate", "client certificate")
    )


def _nodes(database: Database, switches: Switches, layout: _Layout) -> Iterator[str]:
    first, second = (word.capitalize() for word in words(switches.vocabulary))
    sees_others = any(True for _ in database.network.peers(database))
    for address in database.members:
        other = database.network.at(address)
        mine = other is database
        if other is None or not database.network.connects(database, other):
            state = "Disconnected"
        elif other.role == "master" and not (
            mine and len(database.members) > 1 and not sees_others and switches.lone_master == "slave"
        ):
            state = f"Connected {first}"
        else:
            state = f"Connected {second}" + (" ( In Sync )" if other.in_sync else "")
        yield layout.line(address + (" (me)" if mine else ""), state, 22 if len(database.members) == 1 else 21, True)


class _Layout:
    """Where the colons stand."""

    def __init__(self, switches: Switches) -> None:
        self._columns = switches.columns
        self._indent = " " * switches.indent
        self._count = 0

    def line(self, label: str, value: str, column: int, indented: bool = False) -> str:
        label = (self._indent if indented else "") + label
        if self._columns == "one blank":
            return f"{label} : {value}"
        if self._columns == "moving":
            self._count += 1
            column = 21 + self._count % 5
        return f"{label.ljust(max(column, len(label) + 1))}: {value}"
