"""What can go wrong with a file on the way, in our own errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import paramiko

from mmpctl.errors import ConnectionLost, TransferError


def missing(name: str) -> TransferError:
    """Return the error that there is no such file on the node."""
    return TransferError(f"there is no file {name} on the node", code="no-such-file", advice="Check its name.")


def incomplete(name: str, what: str) -> TransferError:
    """Return the error that a file is not whole.

    Args:
        name: of the file.
        what: why, as it follows on the name.
    """
    return TransferError(f"{name} {what}", code="incomplete", advice="Nothing was kept of it. Try again.")


def refused(error: OSError) -> bool:
    """Tell the node's bare refusal from a broken connection.

    Args:
        error: of paramiko: a refusal has no number, a broken socket has one.
    """
    return error.errno is None and not isinstance(error, TimeoutError) and "closed" not in str(error)


@contextmanager
def reported(what: str) -> Iterator[None]:
    """Turn the errors of the block into ours.

    Args:
        what: the file, or what else was asked for.

    Raises:
        TransferError: the node refuses.
        ConnectionLost: the session ended.
    """
    try:
        yield
    except (GeneratorExit, TransferError):
        raise
    except TimeoutError as error:
        raise ConnectionLost(f"{what}: the node stopped answering", advice="Check the node, then try again.") from error
    except FileNotFoundError as error:
        raise missing(what) from error
    except PermissionError as error:
        raise TransferError(
            f"{what}: the node does not allow it", code="permission", advice="Use an account with admin rights."
        ) from error
    except (UnicodeError, paramiko.SFTPError) as error:
        raise TransferError(
            f"{what}: the node does not answer in SFTP ({error})",
            code="sftp-garbled",
            advice="Look at the node by hand. Something else may be answering in its place.",
        ) from error
    except EOFError as error:
        if not error.args:
            # The end of a file comes with the node's words for it: this is a line that broke while it was written to.
            raise _lost(what) from error
        raise incomplete(what, "ended before its end") from error
    except OSError as error:
        if refused(error):
            raise TransferError(
                f"{what}: the node refuses ({error})",
                code="sftp-failed",
                advice="Its disk may be full, or the file in use.",
            ) from error
        raise _lost(what) from error
    except paramiko.SSHException as error:
        raise _lost(what) from error


def _lost(what: str) -> ConnectionLost:
    return ConnectionLost(f"{what}: the connection ended", advice="Check that the node is up, then try again.")
