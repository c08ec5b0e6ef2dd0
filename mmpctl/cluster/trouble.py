"""Why a node could not be looked at, in the words that are said of it."""

from __future__ import annotations

from typing import Final

from mmpctl.errors import AuthenticationError, ConnectError, HostKeyError, MmpError, NoPrompt

# Who is alive is never said not to answer.
SILENT: Final = "does not answer"
UNCLEAR: Final = "answers, but is not understood"
LOCKED_OUT: Final = "answers, but does not accept the login"
OTHER_KEY: Final = "answers, but its host key is not accepted"


def trouble_of(error: MmpError | None) -> str:
    """Return what is said of a node that could not be looked at.

    Args:
        error: why.
    """
    if isinstance(error, AuthenticationError):
        return LOCKED_OUT
    if isinstance(error, HostKeyError):
        return OTHER_KEY
    return SILENT if error is None or isinstance(error, (ConnectError, NoPrompt)) else UNCLEAR
