"""SFTP on a node: one flat folder."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass, field
from typing import IO, Any, cast

import asyncssh

from .freeze import freeze
from .node import Node

_NAME = re.compile(rb"[A-Za-z0-9_-]+(\.[A-Za-z0-9]+)?")
_WRITES = asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC


@dataclass(slots=True)
class _Open:
    """An open file, and how far its transfer is."""

    name: str
    file: IO[bytes]
    writes: bool
    moved: int = 0
    cut: bool = False
    seen: set[int] = field(default_factory=set)


class Files(asyncssh.SFTPServer):
    """The SFTP root of a node.

    Args:
        channel: the SFTP channel.
        node: whose files they are.
    """

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], node: Node) -> None:
        super().__init__(channel, chroot=str(node.files).encode())
        self._node = node
        self._gone = False

    def map_path(self, path: bytes) -> bytes:
        """Only the root and plain names in it exist."""
        name = path.strip(b"/")
        if name in (b"", b"."):
            return str(self._node.files).encode()
        if not _NAME.fullmatch(name):
            raise asyncssh.SFTPPermissionDenied("Invalid file name")
        return str(self._node.files).encode() + b"/" + name

    async def scandir(self, path: bytes) -> Any:
        """The files, `live.json` only where the release has it."""
        async for entry in super().scandir(path):
            if entry.filename in (b".", b"..") or self._visible(cast(bytes, entry.filename)):
                self._claim(cast(bytes, entry.filename), entry.attrs)
                yield entry
        fault = self._node.fault("list")
        number = 0
        while fault is not None and (fault.kind != "long" or number < fault.times):
            await asyncio.sleep(fault.seconds)
            yield asyncssh.SFTPName(b"more-%d.cer" % number, attrs=asyncssh.SFTPAttrs(size=1, permissions=0o100600))
            number += 1

    def stat(self, path: bytes) -> Any:
        """As usual, but hidden files are not there."""
        self._check(path)
        attributes = asyncssh.SFTPAttrs.from_local(cast(os.stat_result, super().stat(path)))
        self._claim(path.strip(b"/"), attributes)
        return attributes

    def lstat(self, path: bytes) -> Any:
        """As usual, but hidden files are not there."""
        if path.rsplit(b"/", 1)[-1] in (b".", b".."):
            path = b"/"
        self._check(path)
        return super().lstat(path)

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """Open a file to read or to write; what the cluster uses may be protected."""
        self._check(path)
        name = path.strip(b"/").decode()
        writes = bool(pflags & _WRITES)
        in_use = name in self._node.settings.values() and (self._node.files / name).exists()
        if writes and in_use and not self._node.switches.overwrite_in_use:
            raise asyncssh.SFTPPermissionDenied("File is in use")
        attrs.permissions = 0o600
        return _Open(name, cast(IO[bytes], super().open(path, pflags, attrs)), writes)

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """A block for a download."""
        opened = cast(_Open, file_obj)
        damage = await self._fail("download", opened.name)
        opened.cut = opened.cut or damage == "cut"
        if opened.cut:
            return b""
        data = _flipped(cast(bytes, super().read(opened.file, offset, size)), damage)
        if offset not in opened.seen:
            opened.seen.add(offset)
            opened.moved += len(data)
        return data

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """A block of an upload."""
        opened = cast(_Open, file_obj)
        damage = await self._fail("upload", opened.name)
        opened.moved += len(data)
        opened.cut = opened.cut or damage == "cut"
        if opened.cut:
            return len(data)
        return cast(int, super().write(opened.file, offset, _flipped(data, damage)))

    def close(self, file_obj: object) -> None:
        """End of a transfer; it is recorded if it was whole and the client is still there."""
        opened = cast(_Open, file_obj)
        opened.file.flush()
        size = (self._node.files / opened.name).stat().st_size if (self._node.files / opened.name).exists() else -1
        opened.file.close()
        if self._gone or self.channel.is_closing():
            return
        if opened.writes:
            self._node.tell("sftp-put", opened.name, size)
        elif opened.moved >= size:
            self._node.tell("sftp-get", opened.name, size)

    def fstat(self, file_obj: object) -> Any:
        """Attributes of an open file."""
        return super().fstat(cast(_Open, file_obj).file)

    def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        """Attributes are the device's own: accepted and ignored."""

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Attributes are the device's own: accepted and ignored."""

    async def remove(self, path: bytes) -> None:
        """Delete a file, where the release can."""
        self._check(path)
        if not self._node.switches.sftp_remove:
            raise asyncssh.SFTPPermissionDenied("Files cannot be deleted")
        name = path.strip(b"/").decode()
        fault = self._node.fault("delete", name)
        if fault is None or fault.kind != "drop":
            super().remove(path)
            self._node.tell("sftp-remove", name)
        if fault is not None:
            self.connection.abort()
            raise asyncssh.SFTPConnectionLost("dropped")

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename a file, where the release can; never over another one."""
        if (self._node.files / newpath.strip(b"/").decode()).exists():
            raise asyncssh.SFTPFailure("File exists")
        self.posix_rename(oldpath, newpath)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename a file, where the release can; also over another one."""
        if not self._node.switches.sftp_rename:
            raise asyncssh.SFTPOpUnsupported("Rename is not supported")
        super().posix_rename(oldpath, newpath)
        self._node.tell("sftp-rename", f"{oldpath.strip(b'/').decode()} {newpath.strip(b'/').decode()}")

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """There are no folders."""
        raise asyncssh.SFTPPermissionDenied("There is one folder only")

    def rmdir(self, path: bytes) -> None:
        """There are no folders."""
        raise asyncssh.SFTPPermissionDenied("There is one folder only")

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        """There are no links."""
        raise asyncssh.SFTPPermissionDenied("There are no links")

    def link(self, oldpath: bytes, newpath: bytes) -> None:
        """There are no links."""
        raise asyncssh.SFTPPermissionDenied("There are no links")

    def _visible(self, name: bytes) -> bool:
        return name != b"live.json" or self._node.switches.live_json

    def _claim(self, name: bytes, attributes: asyncssh.SFTPAttrs) -> None:
        fault = self._node.fault("look", name.decode())
        if fault is not None:
            attributes.size = fault.size

    def _check(self, path: bytes) -> None:
        if not self._visible(path.strip(b"/")):
            raise asyncssh.SFTPNoSuchFile("No such file")

    async def _fail(self, when: Any, name: str) -> str:
        """What damages a block, if anything; a connection that drops or freezes ends here."""
        fault = None if self._gone else self._node.fault(when, name)
        if fault is not None and fault.kind == "crawl":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind in ("drop", "freeze"):
            self._gone = True
            if fault.kind == "freeze":
                await freeze(self.connection)
            self.connection.abort()
        # Blocks that were on their way with the fatal one do not count either.
        if self._gone:
            raise asyncssh.SFTPConnectionLost("dropped")
        return fault.kind if fault is not None else ""


def _flipped(data: bytes, damage: str) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:] if damage == "flip" and data else data
