"""The one error tree: every error says what happened, on which node, and what to do."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any, Final

__all__ = [
    "REPLACE_KEY",
    "AuthenticationError",
    "CommandRefused",
    "ConnectError",
    "ConnectionLost",
    "DialogueError",
    "HostKeyError",
    "InventoryError",
    "MayNotLook",
    "MmpError",
    "NoPrompt",
    "OutcomeUnknown",
    "ParseError",
    "RefusedError",
    "TransferError",
    "UnknownQuestion",
    "UsageError",
    "VerificationError",
]

# Without the node's name it would replace the keys of all nodes that have changed.
REPLACE_KEY: Final = "mmpctl trust --replace"


class MmpError(Exception):
    """Something that a user can understand and act on.

    Args:
        message: what happened, one sentence without a full stop.
        code: a stable word for scripts, e.g. ``connection-refused``; the class has a default.
        node: inventory name of the node, if there is one.
        advice: what to do about it, one or more sentences.
    """

    code = "error"

    def __init__(self, message: str, *, code: str | None = None, node: str | None = None, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.node = node
        self.advice = advice

    def on(self, node: str) -> None:
        """Say on which node it happened, unless that is known.

        Args:
            node: inventory name of the node.
        """
        self.node = self.node or node

    @property
    def told(self) -> str:
        """What happened and what to do, for a place that names the node already."""
        return f"{self.message} · {self.advice}" if self.advice else self.message

    def __str__(self) -> str:
        return f"{self.node}: {self.told}" if self.node else self.told

    def __reduce__(self) -> tuple[Callable[..., MmpError], tuple[Any, ...]]:
        # Exceptions are unpickled by calling their class with `args` alone, which knows no keywords.
        return _unpickled, (type(self), self.args, self.__dict__)


def _unpickled(kind: type[MmpError], args: tuple[Any, ...], state: Mapping[str, Any]) -> MmpError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class UsageError(MmpError):
    """The command line, the inventory or the selection is wrong; nothing was touched (exit 2)."""

    code = "usage"


class InventoryError(UsageError):
    """The inventory cannot be used as it is written."""

    code = "inventory"


class ConnectError(MmpError):
    """No usable session: refused, timed out, name unknown, no common algorithm, lost."""

    code = "connection"


class ConnectionLost(ConnectError):
    """An open session ended; the outcome of a running command is unknown."""

    code = "connection-lost"


class HostKeyError(ConnectError):
    """The host key is unknown or is not the recorded one."""

    code = "host-key"

    def on(self, node: str) -> None:
        """Say on which node it happened, also in the command that replaces its key.

        Args:
            node: inventory name of the node.
        """
        if self.node is None:
            self.advice = self.advice.replace(REPLACE_KEY, f"{REPLACE_KEY} --host {shlex.quote(node)}")
        super().on(node)


class AuthenticationError(ConnectError):
    """The device did not let us in: wrong password, or it wants a new one."""

    code = "authentication"


class DialogueError(MmpError):
    """The conversation on the command line did not go as it must."""

    code = "dialogue"


class NoPrompt(DialogueError):
    """The prompt did not come back within the deadline."""

    code = "no-prompt"


class UnknownQuestion(DialogueError):
    """The device asked something that is not exactly a known question; it was not answered.

    Args:
        text: the question as it came from the device.
    """

    code = "unknown-question"

    def __init__(self, message: str, *, text: str, node: str | None = None, advice: str = "") -> None:
        super().__init__(message, node=node, advice=advice)
        self.text = text


class CommandRefused(DialogueError):
    """The device understood and said no (``ERROR: …``, ``Usage:``, ``Unknown command``).

    Args:
        text: what the device said.
    """

    code = "command-refused"

    def __init__(self, message: str, *, text: str, node: str | None = None, advice: str = "") -> None:
        super().__init__(message, node=node, advice=advice)
        self.text = text


class MayNotLook(DialogueError):
    """The account may look at nothing: the node answers every command as if it did not know it."""

    code = "may-not-look"


class OutcomeUnknown(DialogueError):
    """A command may or may not have been accepted: look at the device before anything else is done."""

    code = "outcome-unknown"


class TransferError(MmpError):
    """A file did not arrive whole."""

    code = "transfer"


class ParseError(MmpError):
    """Text of the device that no rule claims.

    Args:
        command: the command whose output it should be.
        line: the first line that was not understood, or an empty string when something is missing.
        text: the whole output.
    """

    code = "parse"

    def __init__(
        self, message: str, *, command: str, line: str = "", text: str = "", node: str | None = None, advice: str = ""
    ) -> None:
        super().__init__(message, node=node, advice=advice)
        self.command = command
        self.line = line
        self.text = text


class RefusedError(MmpError):
    """A guard said no before anything was changed."""

    code = "refused"


class VerificationError(MmpError):
    """The nodes or files do not show what was to be done."""

    code = "verification"
