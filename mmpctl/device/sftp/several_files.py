"""Several small files at once: a node that is far away is waited for a few times, and not a few times for each file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import paramiko
from paramiko.sftp import (
    CMD_ATTRS,
    CMD_CLOSE,
    CMD_DATA,
    CMD_HANDLE,
    CMD_OPEN,
    CMD_READ,
    CMD_STAT,
    SFTP_FLAG_READ,
    int64,
)

from mmpctl.device.sftp.client import SftpClient, attributes_of
from mmpctl.device.sftp.remote_file import is_file, is_name, path_of

# A certificate has some kilobytes; what is larger than one block, or comes after so many others, is read by itself.
LARGEST: Final = 32 * 1024
MOST: Final = 32
_LONGEST_HANDLE: Final = 256


@dataclass(slots=True)
class _Opened:
    """A file that is being read."""

    name: str
    handle: bytes
    size: int
    content: bytes = b""


def read_several(sftp: SftpClient, names: Sequence[str], begins: Sequence[bytes]) -> dict[str, bytes]:
    """Read files of which nothing is odd; the missing, the large, and those that change meanwhile are left out.

    Of a file that begins in another way, no more than these few bytes are read.

    Args:
        sftp: the session; the caller bounds the time.
        names: file names without a slash.
        begins: how the files must begin, one of these.

    Returns:
        Their whole contents, by name.

    Raises:
        TransferError, OSError, paramiko.SSHException: the session fails.
    """
    opened = _opened(sftp, [name for name in dict.fromkeys(names) if is_name(name)][:MOST])
    try:
        head = max(map(len, begins))
        likely = _read(sftp, opened, head)
        rest = _read(sftp, [file for file in likely if file.content.startswith(tuple(begins))], LARGEST)
    finally:
        after = _closed(sftp, opened)
    return {file.name: file.content for file in rest if len(file.content) == file.size == after.get(file.name)}


def _opened(sftp: SftpClient, names: Sequence[str]) -> list[_Opened]:
    paths = [path_of(name) for name in names]
    nothing = paramiko.SFTPAttributes()
    looks = [(CMD_STAT, (path,)) for path in paths]
    answers = sftp.together([*looks, *((CMD_OPEN, (path, SFTP_FLAG_READ, nothing)) for path in paths)])
    sizes = _sizes(names, answers[: len(paths)])
    opened = []
    for name, (kind, message) in zip(names, answers[len(paths) :], strict=True):
        handle = message.get_binary() if kind == CMD_HANDLE else b""
        if 0 < len(handle) <= _LONGEST_HANDLE:
            # One whose size is not known, or too large, is only closed again.
            opened.append(_Opened(name, handle, sizes.get(name, LARGEST + 1)))
    return opened


def _read(sftp: SftpClient, files: Iterable[_Opened], length: int) -> list[_Opened]:
    """Read on in each file; those with content, as much as was wanted."""
    wanted = [file for file in files if file.size <= LARGEST]
    spans = [(len(file.content), min(length, file.size) - len(file.content)) for file in wanted]
    asked = [(CMD_READ, (file.handle, int64(at), most)) for file, (at, most) in zip(wanted, spans, strict=True) if most]
    answers = iter(sftp.together(asked))
    read = []
    for file, (_, most) in zip(wanted, spans, strict=True):
        if most:
            kind, message = next(answers)
            block = message.get_binary() if kind == CMD_DATA else b""
            if len(block) != most:
                continue
            file.content += block
        read.append(file)
    return read


def _closed(sftp: SftpClient, opened: Sequence[_Opened]) -> dict[str, int]:
    """Close the files; their sizes at the end."""
    names = [file.name for file in opened]
    closing = [(CMD_CLOSE, (file.handle,)) for file in opened]
    answers = sftp.together([*((CMD_STAT, (path_of(name),)) for name in names), *closing])
    return _sizes(names, answers[: len(names)])


def _sizes(names: Sequence[str], answers: Sequence[tuple[int, paramiko.Message]]) -> dict[str, int]:
    found = {}
    for name, (kind, message) in zip(names, answers, strict=True):
        if kind == CMD_ATTRS:
            facts = attributes_of(message, name)
            if is_file(facts) and facts.st_size is not None:
                found[name] = facts.st_size
    return found
