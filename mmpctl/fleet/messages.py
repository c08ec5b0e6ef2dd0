"""What the process of a run and its workers tell each other, over a pair of connected sockets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mmpctl.device.redaction import Direction
from mmpctl.device.ssh.failed_logins import KnownLogins
from mmpctl.device.ssh.login import Login
from mmpctl.device.ssh.tried_credential import Standing
from mmpctl.errors import AuthenticationError
from mmpctl.timing import Figures

# --- to a worker


@dataclass(frozen=True, slots=True)
class Setup:
    """The first message: what the worker works with.

    Args:
        environment: variables that no environment of a process may show; some are passwords.
        levels: of loggers, by name.
        filters: of warnings.
        log: path of the log that keeps what is logged; None if none does.
        logins: what is known of logins.
        run: the task and its surroundings, pickled (`mmpctl.fleet.pickled`).
        limit: how many hosts have their turn at the same time.
        spare: how many may be waited for besides.
    """

    environment: Mapping[str, str]
    levels: Mapping[str, int]
    filters: tuple[Any, ...]
    log: str | None
    logins: KnownLogins
    run: bytes
    limit: int
    spare: int


@dataclass(frozen=True, slots=True)
class Given:
    """A host to run the task on.

    Args:
        name: of the host.
        host: pickled (`mmpctl.fleet.pickled`).
    """

    name: str
    host: bytes


@dataclass(frozen=True, slots=True)
class Granted:
    """The answer to a claim.

    Args:
        number: of the claim.
        standing: what is known of the credential.
        first: the node is the one to be asked; else the standing says what to do.
    """

    number: int
    standing: Standing
    first: bool


# --- from a worker


@dataclass(frozen=True, slots=True)
class Unfit:
    """The worker cannot run the task.

    Args:
        why: one sentence without a full stop.
    """

    why: str


@dataclass(frozen=True, slots=True)
class Free:
    """One more host may come."""


@dataclass(frozen=True, slots=True)
class Done:
    """The task has ended on a host.

    Args:
        name: of the host.
        results: pickled (`mmpctl.fleet.pickled_results`).
        data: of the host, pickled, if the task has changed it.
        spent: what time was spent on.
    """

    name: str
    results: bytes
    data: bytes | None = None
    spent: Figures = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Logged:
    """A record of a log.

    Args:
        record: its attributes, as `logging.makeLogRecord` takes them.
    """

    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A piece of a conversation, for the recorder that the host's connection has in the process of the run."""

    host: str
    connection: str
    direction: Direction
    text: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A node is about to hear a credential.

    Args:
        number: of the claim, in this worker.
        credential: user and salted digest, never the credential itself.
        where: address and port of the node.
        remembered: what earlier processes learnt of the credential.
    """

    number: int
    credential: tuple[str, str]
    where: str
    remembered: Any


@dataclass(frozen=True, slots=True)
class LoginEnded:
    """A node has answered, or will not; or one was met that refused the credential before.

    Args:
        credential: user and salted digest.
        accepted: it let us in.
        refused_by: address and port of the node, if it refused.
        met: address and port of the node that was met again.
    """

    credential: tuple[str, str]
    accepted: bool = False
    refused_by: str | None = None
    met: str | None = None


@dataclass(frozen=True, slots=True)
class LoginFailed:
    """A login that is not to be tried again in this run."""

    login: Login
    error: AuthenticationError


# --- about a worker


@dataclass(frozen=True, slots=True)
class Gone:
    """The worker has ended."""
