"""What a CA has issued: one line of JSON for each certificate, only ever added, whole or not at all.

A line holds the certificate itself, so that a process that dies after it was issued loses nothing: the next one finds
it by the digest of its request, and lays it down instead of issuing a second one.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mmpctl.authority.profile import Purpose
from mmpctl.errors import UsageError
from mmpctl.times import iso, read_iso
from mmpctl.trusted import PlaceError, open_file

INDEX_FILE = "issued.jsonl"
_WHAT = "the CA's index"


@dataclass(frozen=True, slots=True)
class Issued:
    """One certificate that the CA has issued.

    Args:
        serial: lower-case hex.
        subject: one line.
        not_after: when it ends, aware.
        purpose: what it is for.
        node: inventory name of the node.
        cluster: of the node; empty for none.
        request_sha256: digest of the request (DER), lower-case hex.
        issuer: name of the issuing certificate in the folder, e.g. `issuing-1`.
        issued_at: aware.
        certificate: PEM.
    """

    serial: str
    subject: str
    not_after: datetime
    purpose: Purpose
    node: str
    cluster: str
    request_sha256: str
    issuer: str
    issued_at: datetime
    certificate: str


class Index:
    """The index of one CA, held by one process at a time.

    Args:
        descriptor: of the open and locked file.
        path: of the file, for messages.
    """

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self._path = path
        self.entries = self._read()

    def add(self, entries: Sequence[Issued]) -> None:
        """Add certificates, all of them or none, and see them on the disk.

        Args:
            entries: in the order in which they were issued.

        Raises:
            UsageError: they cannot be written, e.g. because the disk is full; none of them counts as issued.
        """
        content = "".join(f"{json.dumps(_line(one), ensure_ascii=False)}\n" for one in entries).encode()
        end = os.lseek(self._descriptor, 0, os.SEEK_END)
        try:
            written = 0
            while written < len(content):
                written += os.write(self._descriptor, content[written:])
            os.fsync(self._descriptor)
        except OSError as error:
            os.ftruncate(self._descriptor, end)
            raise UsageError(
                f"{self._path} cannot be written ({error.strerror}); no certificate was issued",
                code="ca",
                advice="Make room on the disk, and give the command again.",
            ) from error
        self.entries += entries

    def of_request(self, sha256: str, issuer: str, purpose: Purpose) -> Issued | None:
        """Return the last certificate that was issued for a request by a certificate of the CA.

        Args:
            sha256: digest of the request.
            issuer: name of the issuing certificate.
            purpose: what it was for.
        """
        found = (
            one
            for one in reversed(self.entries)
            if (one.request_sha256, one.issuer, one.purpose) == (sha256, issuer, purpose)
        )
        return next(found, None)

    def _read(self) -> list[Issued]:
        with os.fdopen(os.dup(self._descriptor), "rb") as file:
            file.seek(0)
            content = file.read()
        whole, _, torn = content.rpartition(b"\n")
        lines = whole.split(b"\n") if whole else []
        entries = [self._entry(number, line) for number, line in enumerate(lines, 1)]
        if torn:
            entries += self._last(len(lines) + 1, torn, len(content) - len(torn))
        return entries

    def _last(self, number: int, line: bytes, begin: int) -> list[Issued]:
        """Return the entry of a last line that does not end; if it is whole, only its end is missing."""
        try:
            entry = self._entry(number, line)
        except UsageError:
            # Its writer died before anybody got the certificate: it does not count.
            os.ftruncate(self._descriptor, begin)
            return []
        # An editor may have taken it away.
        os.write(self._descriptor, b"\n")
        return [entry]

    def _entry(self, number: int, line: bytes) -> Issued:
        try:
            told = json.loads(line)
            return Issued(
                **{
                    **told,
                    "not_after": read_iso(told["not_after"]),
                    "issued_at": read_iso(told["issued_at"]),
                    "purpose": Purpose(told["purpose"]),
                }
            )
        except (ValueError, TypeError, KeyError) as error:
            raise UsageError(
                f"{self._path}, line {number}: this is no entry of the index",
                code="ca",
                advice="Put the file back from a backup of the CA folder.",
            ) from error


@contextmanager
def opened(folder: Path) -> Iterator[Index]:
    """Open the index of a CA, and keep it to this process; another one waits for its turn.

    Args:
        folder: of the CA.

    Raises:
        UsageError: it cannot be opened, or is damaged.
    """
    path = folder / INDEX_FILE
    try:
        descriptor = open_file(path, os.O_RDWR | os.O_APPEND, _WHAT)
    except PlaceError:
        raise
    except OSError as error:
        raise UsageError(
            f"{path} cannot be opened ({error.strerror})",
            code="ca",
            advice="Check the rights of the CA folder, or put the file back from a backup of it.",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield Index(descriptor, path)
    finally:
        os.close(descriptor)


def _line(one: Issued) -> dict[str, str]:
    return {
        "serial": one.serial,
        "subject": one.subject,
        "not_after": iso(one.not_after),
        "purpose": one.purpose.value,
        "node": one.node,
        "cluster": one.cluster,
        "request_sha256": one.request_sha256,
        "issuer": one.issuer,
        "issued_at": iso(one.issued_at),
        "certificate": one.certificate,
    }
