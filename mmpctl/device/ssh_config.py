"""The user's SSH configuration file: how a node is reached, and the programs that lead there."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paramiko

from mmpctl.environment import for_programs
from mmpctl.errors import ConnectError

_NONE = "none"


@dataclass(frozen=True, slots=True)
class Way:
    """How a host is reached.

    Args:
        hostname: name or address to connect to.
        port: SSH port; None where the file names none.
        user: account; None where the file names none.
        proxy: words of the program whose input and output are the connection; empty for none.
    """

    hostname: str
    port: int | None = None
    user: str | None = None
    proxy: tuple[str, ...] = ()


def way_to(host: str, port: int, file: Path) -> Way:
    """Look a host up in an SSH configuration file.

    Args:
        host: name or address, as in the inventory.
        port: SSH port, as in the inventory.
        file: the configuration file; one that is not there says nothing.

    Raises:
        ConnectError: the file cannot be read, or not be understood (code `ssh-config`).
    """
    if not file.exists():
        return Way(host)
    config = _Config()
    try:
        with file.open(encoding="utf-8") as lines:
            config.parse(lines)
        said: dict[str, Any] = dict(config.lookup(host))
        named_port = int(said["port"]) if "port" in said else None
    except (OSError, ValueError, KeyError, paramiko.SSHException) as error:
        raise ConnectError(
            f"the SSH configuration file {file} cannot be used ({error})",
            code="ssh-config",
            advice="Correct it, or name another one with --ssh-config or MMP_SSH_CONFIG (`none` for none).",
        ) from error
    hostname = str(said.get("hostname", host))
    target_port = named_port if port == paramiko.config.SSH_PORT and named_port else port
    return Way(hostname, named_port, said.get("user"), _proxy(said, hostname, target_port, file))


def start_proxy(words: Sequence[str]) -> paramiko.ProxyCommand:
    """Start the program that leads to a node; it does not get our passwords.

    Args:
        words: the program and its arguments.

    Raises:
        ConnectError: it cannot be started (code `proxy`).
    """
    try:
        return _Proxy(words)
    except OSError as error:
        raise ConnectError(
            f"the proxy command `{shlex.join(words)}` cannot be started ({error.strerror})",
            code="proxy",
            advice="Correct ProxyCommand or ProxyJump in your SSH configuration file.",
        ) from error


class _Proxy(paramiko.ProxyCommand):
    # Paramiko's own hands down the whole environment, our password in it.
    def __init__(self, words: Sequence[str]) -> None:
        self.cmd = list(words)
        self.process = subprocess.Popen(  # noqa: S603 - the command of the user's own file
            self.cmd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=for_programs(),
        )
        self.timeout = None


class _Config(paramiko.SSHConfig):
    # Paramiko runs the command of a `Match exec` with the whole environment as well.
    def _does_match(self, match_list: list[dict[str, Any]], target_hostname: str, *stage: Any) -> bool:
        commands = [each for each in match_list if each["type"] == "exec"]
        others = [each for each in match_list if each["type"] != "exec"]
        if (others or not commands) and not super()._does_match(others, target_hostname, *stage):  # type: ignore[misc]
            return False
        options = stage[-1]
        return all(
            _succeeds(self._tokenize(options, target_hostname, "match-exec", each["param"])) is not each["negate"]  # type: ignore[attr-defined]
            for each in commands
        )


def _succeeds(command: str) -> bool:
    ended = subprocess.run(  # noqa: S602 - OpenSSH gives it to a shell too
        command, shell=True, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=for_programs()
    )
    return ended.returncode == 0


def _proxy(said: dict[str, Any], host: str, port: int, file: Path) -> tuple[str, ...]:
    command, jump = said.get("proxycommand"), said.get("proxyjump")
    if command and command.lower() != _NONE:
        return tuple(shlex.split(command))
    if "proxycommand" in said or not jump or jump.lower() == _NONE:
        return ()
    *before, last = (hop.strip() for hop in jump.split(","))
    through = ("-J", ",".join(before)) if before else ()
    # With a port, the name of a machine is understood by ssh as a URI only.
    machine = last if last.startswith("ssh://") or ":" not in last else f"ssh://{last}"
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return ("ssh", "-F", str(file), *through, "-W", target, "--", machine)
