"""Files of one node over SFTP: what arrived in part never counts as arrived, on either side."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import paramiko

from mmpctl.cluster.marks import mark_of
from mmpctl.device.allowed_reads import refuse
from mmpctl.device.bounds import Bounds, in_words
from mmpctl.device.sftp.client import SftpClient
from mmpctl.device.sftp.local_file import new_file
from mmpctl.device.sftp.remote_file import FileDigest, RemoteFile, facts_of, is_file, path_of
from mmpctl.device.sftp.several_files import read_several
from mmpctl.device.sftp.transfer_errors import incomplete, missing, refused, reported
from mmpctl.device.ssh.connection import BROKEN
from mmpctl.errors import TransferError
from mmpctl.leftovers.deletion import DeletionPermit

READ_LIMIT: Final = 1024 * 1024
_BLOCK: Final = 32 * 1024
_BLOCKS_UNDER_WAY: Final = 64
# How a node reports that a file may not be written to, as far as SFTP has words for it.
_PROTECTED: Final = ("permission", "sftp-failed")


class SftpSession:
    """An SFTP session with one node.

    Args:
        sftp: paramiko's session.
        host_key: fingerprint of the node's host key, `SHA256:…`.
        read_only: refuse to change anything on the node.
        bounds: how much a node may send, and how slowly.
    """

    def __init__(
        self, sftp: SftpClient, *, host_key: str, read_only: bool = False, bounds: Bounds | None = None
    ) -> None:
        self._sftp = sftp
        self.bounds = bounds or Bounds()
        self.read_only = read_only
        self.host_key = host_key

    def files(self) -> tuple[RemoteFile, ...]:
        """List the regular files, by name.

        Raises:
            TransferError: the node refuses, lists more than a node has (code `too-many-files`), or is too slow.
            ConnectionLost: the session ended.
        """
        what = "the list of files"
        with self._sftp.within(self.bounds.listing_seconds, what), reported(what):
            found = [self._listed(entry) for entry in self._sftp.entries(self.bounds.entries)]
        return tuple(sorted((file for file in found if file), key=lambda file: file.name))

    def stat(self, name: str) -> RemoteFile | None:
        """Look at one file.

        Args:
            name: file name without a slash.

        Returns:
            Its facts, or None if there is no such file.
        """
        path = path_of(name)
        with self._sftp.within(self.bounds.listing_seconds, name), reported(name):
            try:
                return facts_of(name, self._sftp.stat(path))
            except FileNotFoundError:
                return None
            except OSError as error:
                if not refused(error):
                    raise
        # Some servers answer a missing file with a bare failure; the list tells whether it is there.
        return next((file for file in self.files() if file.name == name), None)

    def read(self, name: str, *, limit: int = READ_LIMIT) -> bytes:
        """Read a small file.

        Args:
            name: file name without a slash.
            limit: bytes; a larger file is not read.

        Raises:
            TransferError: no such file, too large (code `too-large`), or changed meanwhile (code `incomplete`).
            ConnectionLost: the session ended.
        """
        before = self._must_stat(name)
        if before.size > limit:
            raise TransferError(
                f"{name} has {before.size} bytes, more than the limit of {limit} for such a file",
                code="too-large",
                advice="Check the file on the node; its content does not fit its name.",
            )
        with self._sftp.within(self.bounds.seconds_for(before.size), name), reported(name):
            content = b"".join(self._blocks(name, before.size))
        self._check_whole(before, len(content))
        return content

    def read_several(self, names: Sequence[str], begins: Sequence[bytes]) -> dict[str, bytes]:
        """Read small files at once, as far as nothing is odd about them: `read` says what is wrong with the others.

        Args:
            names: file names without a slash.
            begins: how the files must begin, one of these; of another file, no more than so many bytes are read.

        Returns:
            The contents of those that could be read, by name.

        Raises:
            TransferError: the node does not answer in SFTP, or is too slow.
            ConnectionLost: the session ended.
        """
        what = "the files"
        with self._sftp.within(self.bounds.listing_seconds, what), reported(what):
            return read_several(self._sftp, names, begins)

    def fetch(self, name: str, target: Path, *, expected_size: int | None = None) -> FileDigest:
        """Bring a file home; the target appears under its name when it is whole, and not before.

        Args:
            name: file name without a slash.
            target: the local file; it is written with mode 0600, and replaces one of that name.
            expected_size: bytes that the file must have, if that is known.

        Raises:
            TransferError: the file is not whole or changed meanwhile (code `incomplete`), is larger than any backup
                (code `too-large`), comes too slowly, or cannot be written here.
            ConnectionLost: the session ended; the part that had come is removed.
        """
        before = self._must_stat(name)
        if expected_size is not None and before.size != expected_size:
            raise incomplete(name, f"has {before.size} bytes on the node, but should have {expected_size}")
        if before.size > self.bounds.fetch_bytes:
            raise TransferError(
                f"{name} has {in_words(before.size)} on the node, more than any backup"
                f" (at most {in_words(self.bounds.fetch_bytes)} are fetched)",
                code="too-large",
                advice="Nothing was fetched. Check the file on the node; its content does not fit its name.",
            )
        with new_file(target, before.size, name) as copy:
            for block in self._reported_blocks(name, before.size):
                copy.write(block)
            self._check_whole(before, copy.size)
        return FileDigest(name, copy.size, copy.sha256)

    def store(self, content: bytes, name: str, *, replace: bool = False) -> FileDigest:
        """Put a file on the node and read it back.

        A file of that name with the same content is left alone; the first part of it, from an earlier upload that was
        cut off, is written again.

        Args:
            content: all of it.
            name: file name without a slash.
            replace: also overwrite a file with other content; if the node protects it, it is deleted first.

        Raises:
            TransferError: another file has that name (code `other-content`), or it did not arrive whole
                (code `incomplete`).
            ConnectionLost: the session ended.
            RefusedError: the session only reads.
        """
        if self.read_only:
            refuse(f"the file {name}")
        digest = FileDigest(name, len(content), hashlib.sha256(content).hexdigest())
        there, ours = self._in_the_way(content, name, replace=replace)
        if there is not None and ours and there.size == len(content):
            return digest
        self._write(content, name, instead=there is not None and replace)
        after = self.stat(name)
        if after is None or after.size != len(content) or self.read(name, limit=len(content)) != content:
            if ours:
                # A damaged copy of ours would stand in the way of the next attempt.
                with reported(name):
                    self._sftp.remove(path_of(name))
            raise incomplete(name, "differs on the node from the file that was sent")
        return digest

    def would_store(self, content: bytes, name: str, *, replace: bool = False) -> bool:
        """Return whether `store` would send the file; nothing is sent to find out.

        Args:
            content: all of it.
            name: file name without a slash.
            replace: as for `store`.

        Raises:
            TransferError: `store` would refuse: another file has that name (code `other-content`).
            ConnectionLost: the session ended.
        """
        there, ours = self._in_the_way(content, name, replace=replace)
        return there is None or not ours or there.size != len(content)

    def remove_mark(self, name: str) -> None:
        """Delete a mark that a run has left; of other files, `remove_file` deletes what a permit names.

        Args:
            name: its file name.

        Raises:
            TransferError: it is no mark (code `bad-name`), or the node refuses.
            ConnectionLost: the session ended.
            RefusedError: the session only reads.
        """
        if mark_of(name) is None:
            raise TransferError(f"{name} is not the mark of a run", code="bad-name", advice="It was not changed.")
        if self.read_only:
            refuse(f"the file {name}")
        with reported(name), suppress(FileNotFoundError):
            self._sftp.remove(path_of(name))

    def remove_file(self, permit: DeletionPermit) -> bool:
        """Delete a certificate file that nothing refers to, and look that it is gone.

        Args:
            permit: of the guard that has looked; it names the file.

        Returns:
            False if it was not there any more.

        Raises:
            TransferError: the node refuses, or still has the file (code `not-deleted`).
            ConnectionLost: the session ended; the file may be deleted or not.
            RefusedError: the session only reads, or the permit is not for this node or this file.
        """
        if self.read_only:
            refuse(f"the file {permit.file}")
        there = self.stat(permit.file)
        if there is None:
            return False
        digest = self._digest(permit.file, there.size) if there.size == permit.saved.size else ""
        name = permit.spend(self.host_key, there.size, digest)
        with reported(name), suppress(FileNotFoundError):
            self._sftp.remove(path_of(name))
        if self.stat(name) is not None:
            raise TransferError(
                f"the node still shows {name} after it was deleted",
                code="not-deleted",
                advice="Look at the node's files by SFTP.",
            )
        return True

    def close(self) -> None:
        """End the session; over a line that has broken, there is nobody to tell."""
        with suppress(*BROKEN):
            self._sftp.close()

    def _in_the_way(self, content: bytes, name: str, *, replace: bool) -> tuple[RemoteFile | None, bool]:
        # The file of that name, and whether it is ours: the content, or the first part of it.
        there = self.stat(name)
        ours = there is None or (there.size <= len(content) and content.startswith(self.read(name, limit=len(content))))
        if not ours and not replace:
            raise TransferError(
                f"there is another file named {name} on the node",
                code="other-content",
                advice="It was not changed. Use another name, or find out who put it there.",
            )
        return there, ours

    def _write(self, content: bytes, name: str, *, instead: bool) -> None:
        try:
            with reported(name):
                file = self._sftp.open(path_of(name), "wb")
        except TransferError as error:
            if not instead or error.code not in _PROTECTED:
                raise
            # A node may let nobody write into a file that it uses, and still let it be deleted.
            with reported(name):
                self._sftp.remove(path_of(name))
            try:
                self._write(content, name, instead=False)
            except TransferError as gone:
                gone.advice += f" The old {name} was deleted on the node; the run has kept a copy of it."
                raise
            return
        with self._sftp.within(self.bounds.seconds_for(len(content)), name), reported(name), file:
            file.write(content)

    def _listed(self, entry: paramiko.SFTPAttributes) -> RemoteFile | None:
        if not is_file(entry):
            return None
        if entry.st_size is not None:
            return facts_of(entry.filename, entry)
        with reported(entry.filename):
            try:
                whole = self._sftp.stat(f"/{entry.filename}")
            except FileNotFoundError:
                return None
        return facts_of(entry.filename, whole) if is_file(whole) else None

    def _must_stat(self, name: str) -> RemoteFile:
        found = self.stat(name)
        if found is None:
            raise missing(name)
        return found

    def _check_whole(self, before: RemoteFile, size: int) -> None:
        after = self.stat(before.name)
        if size != before.size:
            raise incomplete(before.name, f"has {before.size} bytes on the node, but {size} were received")
        # Only the size counts: the time may move with every look, and what was read is proved by SHA-256.
        if after is None or after.size != before.size:
            raise incomplete(before.name, "changed while it was read")

    def _digest(self, name: str, size: int) -> str:
        digest = hashlib.sha256()
        for block in self._reported_blocks(name, size):
            digest.update(block)
        return digest.hexdigest()

    def _reported_blocks(self, name: str, size: int) -> Iterator[bytes]:
        with self._sftp.within(self.bounds.seconds_for(size), name), reported(name):
            yield from self._blocks(name, size)

    def _blocks(self, name: str, size: int) -> Iterator[bytes]:
        # Many requests running at a time make up for the distance; all at once would fill the memory.
        with self._sftp.open(path_of(name), "rb") as file:
            window = _BLOCK * _BLOCKS_UNDER_WAY
            for start in range(0, size, window):
                end = min(start + window, size)
                wanted = [(offset, min(_BLOCK, end - offset)) for offset in range(start, end, _BLOCK)]
                for block in file.readv(wanted):
                    if not block:
                        return
                    yield block
