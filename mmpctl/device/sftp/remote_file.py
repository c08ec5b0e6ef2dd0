"""A file on a node: its name, its facts, and what is left of it once it was transferred."""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Final

import paramiko

from mmpctl.errors import TransferError

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,255}")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file in the node's SFTP root.

    Args:
        name: file name without a slash.
        size: bytes.
        modified: time of the last change as the node tells it, aware, UTC; None if it does not.
    """

    name: str
    size: int
    modified: datetime | None


@dataclass(frozen=True, slots=True)
class FileDigest:
    """A file that was transferred whole.

    Args:
        name: its name on the node.
        size: bytes.
        sha256: lower-case hex.
    """

    name: str
    size: int
    sha256: str


def is_name(name: str) -> bool:
    """Tell whether a file on the device can have this name.

    Args:
        name: file name without a slash.
    """
    return _NAME.fullmatch(name) is not None and bool(name.strip("."))


def path_of(name: str) -> str:
    """Return where a file lies on the device.

    Args:
        name: file name without a slash.

    Raises:
        TransferError: it is no name that the device has (code `bad-name`).
    """
    if not is_name(name):
        raise TransferError(
            f"{name!r} is not a valid file name on the device",
            code="bad-name",
            advice="Use letters, digits, hyphen, underscore and an extension.",
        )
    return f"/{name}"


def is_file(attributes: paramiko.SFTPAttributes) -> bool:
    """Tell whether an entry is a regular file.

    Args:
        attributes: as the node reports them.
    """
    # A mode may hold the permissions alone, without the bits that tell a file from a folder.
    return not attributes.st_mode or stat.S_IFMT(attributes.st_mode) in (0, stat.S_IFREG)


def facts_of(name: str, attributes: paramiko.SFTPAttributes) -> RemoteFile:
    """Return the facts of a file.

    Args:
        name: file name without a slash.
        attributes: as the node reports them.

    Raises:
        TransferError: the node does not report its size (code `size-unknown`).
    """
    if attributes.st_size is None:
        raise TransferError(
            f"{name}: the node does not report its size",
            code="size-unknown",
            advice="It cannot be checked for completeness. Fetch it by hand.",
        )
    changed = attributes.st_mtime
    modified = None if changed is None else datetime.fromtimestamp(changed, timezone.utc)
    return RemoteFile(name, attributes.st_size, modified)
