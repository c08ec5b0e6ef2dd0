"""The way to a node: where to connect, through what, and under which name its host key is known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import paramiko

from mmpctl.device.ssh.ssh_config import read_ssh_config
from mmpctl.errors import ConnectError

_SSH_PORT: Final = 22
_NONE: Final = "none"
# These become words of a command: nothing in them may mean anything to a shell, or look like an option.
_PLAIN_HOST: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:%-]*")
_PLAIN_USER: Final = re.compile(r"(?!-)[A-Za-z0-9_.\\@+-]+")


@dataclass(frozen=True, slots=True)
class Route:
    """The way to a node.

    Args:
        host: name or address to connect to.
        port: its SSH port.
        key_host: the host under whose name the key stands in the file of known hosts.
        key_port: the port that belongs to this name.
        proxy: a command whose input and output are the connection, as words; None if none is needed.
        user: the account that the configuration names, if it does.
    """

    host: str
    port: int
    key_host: str
    key_port: int
    proxy: tuple[str, ...] | None = None
    user: str | None = None

    @classmethod
    def straight(cls, host: str, port: int | None = None) -> Route:
        """Return the way without an SSH configuration: to the very host.

        Args:
            host: name or address.
            port: SSH port; 22 if it is None.
        """
        return cls(host, port or _SSH_PORT, host, port or _SSH_PORT)


def route_of(host: str, port: int | None = None, user: str | None = None, config: str | Path | None = None) -> Route:
    """Find the way to a host in an SSH configuration; the one lookup, for connections and for `mmpctl trust`.

    Args:
        host: as the inventory has it.
        port: as the inventory has it; if that is 22 or None, the configuration's `Port` counts.
        user: the account, for `%r`.
        config: OpenSSH's client configuration: `HostName`, `Port`, `HostKeyAlias`, `ProxyCommand` and `ProxyJump` are
            heeded. None, or a file that is not there, says nothing.

    Raises:
        ConnectError: the configuration cannot be used (code `ssh-config`).
    """
    file = Path(config).expanduser().absolute() if config else None
    try:
        told = file.stat() if file is not None else None
    except FileNotFoundError:
        told = None
    except OSError as error:
        raise _unusable(file, error) from error
    if file is None or told is None:
        return Route.straight(host, port)
    # What is known already counts first.
    fixed = {"Port": port if port != _SSH_PORT else None, "User": user if _PLAIN_USER.fullmatch(user or "") else None}
    head = "".join(f"{name} {value}\n" for name, value in fixed.items() if value)
    try:
        found = _configuration(file, head, (told.st_mtime_ns, told.st_size, told.st_ino)).lookup(host)
        name, number = str(found["hostname"]), int(found.get("port", _SSH_PORT))
    except (OSError, ValueError, KeyError, paramiko.SSHException) as error:
        raise _unusable(file, error) from error
    alias = found.get("hostkeyalias")
    key_host, key_port = (str(alias), _SSH_PORT) if alias else (name, number)
    return Route(name, number, key_host, key_port, _proxy(found, host, name, number, file), found.get("user"))


@lru_cache(maxsize=256)
def _configuration(file: Path, head: str, version: tuple[int, ...]) -> paramiko.SSHConfig:
    return read_ssh_config(file, head)


def _proxy(found: paramiko.SSHConfigDict, asked: str, host: str, port: int, file: Path) -> tuple[str, ...] | None:
    command, jump = found.get("proxycommand"), found.get("proxyjump")
    if command and command.lower() != _NONE:
        words = ("/bin/sh", "-c", f"exec {command.replace('%n', asked).replace('%%', '%')}")
    elif "proxycommand" in found or not jump or jump.lower() == _NONE:
        return None
    else:
        *others, last = (hop.strip() for hop in jump.split(","))
        through = ("-J", ",".join(others)) if others else ()
        destination = last if last.startswith("ssh://") else f"ssh://{last}"
        # Many nodes are called at once, and none of these calls may ask something.
        first = ("ssh", "-F", str(file), "-o", "BatchMode=yes")
        words = (*first, *through, "-W", f"[{host}]:{port}", "--", destination)
    for word in (asked, host):
        if not _PLAIN_HOST.fullmatch(word):
            raise _unusable(file, f"the host name {word!r} cannot be given to a command")
    return words


def _unusable(file: Path | None, why: object) -> ConnectError:
    return ConnectError(
        f"the SSH configuration {file} cannot be used ({why})",
        code="ssh-config",
        advice="Correct it, or name another one with --ssh-config or MMP_SSH_CONFIG (`none` for none).",
    )
