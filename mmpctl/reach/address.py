"""Where a site's program is started: on another machine by OpenSSH's client, or here."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mmpctl.environment import for_programs
from mmpctl.errors import UsageError

# What the site's `authorized_keys` starts in its place, whatever is asked for here.
PROGRAM: Final = ("mmpctl", "site")
# So long may the client take for a connection; an open one that says nothing for three times two seconds is given up.
CONNECT_SECONDS: Final = 10
_OPTIONS: Final = (
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    f"ConnectTimeout={CONNECT_SECONDS}",
    "ServerAliveInterval=2",
    "ServerAliveCountMax=3",
    "ClearAllForwardings=yes",
    "ForwardAgent=no",
    "PermitLocalCommand=no",
)
_SSH: Final = re.compile(
    r"ssh://(?:(?P<user>[A-Za-z0-9_][A-Za-z0-9._-]*)@)?"
    r"(?P<host>[A-Za-z0-9_](?:[A-Za-z0-9._-]*)|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d{1,5}))?/?"
)
_EXEC: Final = "exec:"
_MOST_PORT: Final = 65535
_FORMS: Final = "Write ssh://[user@]host[:port], or exec:COMMAND WORDS."


@dataclass(frozen=True, slots=True)
class SshAddress:
    """A machine that is reached by SSH, as the user's own configuration has it.

    Args:
        host: its name, alias or address.
        user: None for the configuration's.
        port: None for the configuration's.
    """

    host: str
    user: str | None = None
    port: int | None = None

    def command(self, ssh_config: Path | None) -> list[str]:
        """Return the command that starts the site's program there.

        Args:
            ssh_config: the configuration file of OpenSSH's client; None for its own.
        """
        given = [
            *(("-F", str(ssh_config)) if ssh_config is not None else ()),
            *(("-p", str(self.port)) if self.port is not None else ()),
            *(("-l", self.user) if self.user is not None else ()),
        ]
        options = [word for option in _OPTIONS for word in ("-o", option)]
        return ["ssh", "-T", *options, *given, "--", self.host, *PROGRAM]

    def environment(self) -> dict[str, str]:
        """Return the variables of the client, without any password: it could send them along."""
        return for_programs()

    def __str__(self) -> str:
        """Return the address as it is written."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port is None else f":{self.port}"
        return f"ssh://{'' if self.user is None else f'{self.user}@'}{host}{port}"


@dataclass(frozen=True, slots=True)
class LocalCommand:
    """A program that is started here: a container, a wrapper, a test.

    Args:
        words: of the command.
    """

    words: tuple[str, ...]

    def command(self, ssh_config: Path | None) -> list[str]:
        """Return the command.

        Args:
            ssh_config: means nothing here.
        """
        return list(self.words)

    def environment(self) -> dict[str, str]:
        """Return the variables of the command: no password of the desk is meant for a site."""
        return for_programs()

    def __str__(self) -> str:
        """Return the address, as far as it says what is started: words behind that may be nobody's business."""
        return f"{_EXEC}{self.words[0]}{' …' if len(self.words) > 1 else ''}"


ProgramAddress = SshAddress | LocalCommand
Address = ProgramAddress


def read_address(text: str) -> Address:
    """Return the address that a text is.

    Args:
        text: of the file of sites.

    Raises:
        UsageError: it is none (code `sites`).
    """
    if text.startswith(_EXEC):
        try:
            words = tuple(shlex.split(text[len(_EXEC) :]))
        except ValueError:
            words = ()
        if not words:
            raise UsageError(
                f"{text!r} names no command, or has a quote without its other half", code="sites", advice=_FORMS
            )
        return LocalCommand(words)
    found = _SSH.fullmatch(text)
    port = int(found["port"]) if found and found["port"] else None
    if found is None or port == 0 or (port or 0) > _MOST_PORT:
        raise UsageError(f"{text!r} is no address of a site", code="sites", advice=_FORMS)
    return SshAddress(found["host"].strip("[]"), found["user"], port)
