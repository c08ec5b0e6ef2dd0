"""Where a site's program is started: on another machine by OpenSSH's client, here, or by a worker at a broker."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mmpctl.environment import for_own_program, for_programs, is_own_program
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
_AMQPS: Final = re.compile(
    r"amqps://(?P<host>[A-Za-z0-9_](?:[A-Za-z0-9._-]*)|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d{1,5}))?"
    r"/(?P<vhost>[A-Za-z0-9_](?:[A-Za-z0-9._-]*))"
)
# With the desk's certificates for brokers, beside the file of sites.
BROKER_FOLDER: Final = Path("broker")
# Of AMQP over TLS (registered by IANA).
AMQPS_PORT: Final = 5671
_MOST_PORT: Final = 65535
_FORM_OF_BROKER: Final = "amqps://host[:port]/vhost"
_FORMS: Final = f"Write ssh://[user@]host[:port], {_FORM_OF_BROKER}, or exec:COMMAND WORDS."


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
        options = [word for option in _OPTIONS for word in ("-o", option)]
        return ["ssh", "-T", *options, *self._given(ssh_config), "--", self.host, *PROGRAM]

    def to_try(self, ssh_config: Path | None) -> str:
        """Return what a person types to see what is in the way: the client then asks, and says more.

        Args:
            ssh_config: the configuration file of OpenSSH's client; None for its own.
        """
        return f"`{shlex.join(['ssh', *self._given(ssh_config), self.host])} </dev/null`"

    def _given(self, ssh_config: Path | None) -> list[str]:
        return [
            *(("-F", str(ssh_config)) if ssh_config is not None else ()),
            *(("-p", str(self.port)) if self.port is not None else ()),
            *(("-l", self.user) if self.user is not None else ()),
        ]

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

    def to_try(self, ssh_config: Path | None) -> str:
        """Return what a person types to see what is in the way; words that may be nobody's business are not in it.

        Args:
            ssh_config: means nothing here.
        """
        if len(self.words) == 1:
            return f"`{shlex.quote(self.words[0])} </dev/null`"
        return f"`{shlex.quote(self.words[0])} … </dev/null`, with all of its words in the file of sites,"

    def environment(self) -> dict[str, str]:
        """Return the variables of the command: a password of the desk only for this very program, started here.

        It is the same machine and user as if `mmpctl audit -i …` were typed. A container or a wrapper leads elsewhere:
        no password of the desk is meant for that.
        """
        return for_own_program() if is_own_program(self.words[0]) else for_programs()

    def __str__(self) -> str:
        """Return the address, as far as it says what is started: words behind that may be nobody's business."""
        return f"{_EXEC}{self.words[0]}{' …' if len(self.words) > 1 else ''}"


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """A broker, at which the site's worker waits for requests.

    Args:
        host: its name or address, which its certificate must have.
        vhost: its virtual host.
        files: the folder with the certificates of this side.
        port: where it listens.
    """

    host: str
    vhost: str
    files: Path
    port: int = AMQPS_PORT

    @property
    def url(self) -> str:
        """The address as Celery takes it."""
        return f"amqps://{self.place}/{self.vhost}"

    @property
    def place(self) -> str:
        """The host and the port."""
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def __str__(self) -> str:
        """Return the address as it is written."""
        return self.url.replace(f":{AMQPS_PORT}/", "/")


ProgramAddress = SshAddress | LocalCommand
Address = ProgramAddress | BrokerAddress


def read_address(text: str, files: Path = BROKER_FOLDER) -> Address:
    """Return the address that a text is.

    Args:
        text: of the file of sites.
        files: the folder with the desk's certificates for brokers.

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
    broker = _broker(text, files)
    if broker is not None:
        return broker
    found = _SSH.fullmatch(text)
    if found is None or not _is_port(found["port"]):
        raise UsageError(f"{text!r} is no address of a site", code="sites", advice=_FORMS)
    return SshAddress(found["host"].strip("[]"), found["user"], int(found["port"]) if found["port"] else None)


def read_broker_address(text: str, files: Path) -> BrokerAddress:
    """Return the address of a broker that a text is.

    Args:
        text: of the option.
        files: the folder with the certificates of this side.

    Raises:
        UsageError: it is none (code `sites`).
    """
    broker = _broker(text, files)
    if broker is None:
        raise UsageError(f"{text!r} is no address of a broker", code="sites", advice=f"Write {_FORM_OF_BROKER}.")
    return broker


def _broker(text: str, files: Path) -> BrokerAddress | None:
    found = _AMQPS.fullmatch(text)
    if found is None or not _is_port(found["port"]):
        return None
    port = int(found["port"]) if found["port"] else AMQPS_PORT
    return BrokerAddress(found["host"].strip("[]"), found["vhost"], files, port)


def _is_port(text: str | None) -> bool:
    return text is None or 0 < int(text) <= _MOST_PORT
