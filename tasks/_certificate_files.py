"""The certificate files of a node: fetched by SFTP, and inspected by the node itself where that tells more."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from nornir.core.task import Task

from mmpctl.device.commands.pki_inspect import PKI_INSPECT, PkiInspection, key_in_other_words
from mmpctl.errors import CommandRefused, ConnectError, HostKeyError, MmpError, ParseError
from mmpctl.tasks._ask import ask
from mmpctl.tasks.node_facts import FileSeen
from mmpctl.tasks.read_certificate import CertificateFile, certificate_file, read_certificate
from mmpctl.tasks.session import transfer

# For the files of one node, each of which may be waited for by itself.
_LONGEST_SECONDS = 900.0
# No key begins so, whatever it is called.
_BEGINS = (b"-----BEGIN CERTIFICATE-----",)


def fetched(task: Task, names: Iterable[str]) -> dict[str, FileSeen]:
    """Fetch files; one that cannot be fetched or read has its error.

    Args:
        names: on the device.
    """
    node, wanted = _Files(task), tuple(dict.fromkeys(names))
    files = {name: _told(name, None, file) for name, file in node.plain(wanted).items()}
    for name in wanted:
        if name not in files:
            try:
                files[name] = _with(FileSeen(name), node.read(name, lenient=False))
            except MmpError as error:
                files[name] = FileSeen(name, error=error)
    return {name: files[name] for name in wanted}


def seen_files(task: Task, names: Iterable[str], *, thorough: bool, keys: Collection[str] = ()) -> dict[str, FileSeen]:
    """Fetch certificate files, and let the node inspect those of which the file itself does not tell all.

    Args:
        names: on the device.
        thorough: let the node inspect all of them, each before it is fetched.
        keys: names of keys, of which the node is asked before they are fetched.

    Returns:
        What was seen of each file, by name; damaged ones too.

    Raises:
        MmpError: the node could not be asked at all, or its files took too long (code `too-slow`).
    """
    node, wanted = _Files(task), tuple(dict.fromkeys(names))
    until = time.monotonic() + _LONGEST_SECONDS
    inspections: dict[str, PkiInspection | None] = {}

    def inspect(names: Iterable[str]) -> None:
        for name in names:
            _must_be_before(until)
            inspections[name] = node.inspection(name)

    # All on the command line, then all by SFTP: a node that allows one session at a time is connected to for each turn.
    inspect(wanted if thorough else ())
    files = {
        name: _told(name, inspections.get(name), file)
        for name, file in node.plain(
            name for name in wanted if name not in keys and _may_be_fetched(inspections.get(name))
        ).items()
    }
    odd = [name for name in wanted if name not in files]
    inspect(name for name in odd if name not in inspections)
    for name in odd:
        _must_be_before(until)
        files[name] = node.seen(name, inspections[name])
    return {name: files[name] for name in wanted}


def _must_be_before(until: float) -> None:
    if time.monotonic() > until:
        raise MmpError(
            f"reading its files was given up after {_LONGEST_SECONDS / 60:.0f} minutes",
            code="too-slow",
            advice="Look at the node by hand: it is overloaded, or sends answers that no node has.",
        )


@dataclass(slots=True)
class _Files:
    """The files of one node.

    Args:
        task: of the node.
        refused: why no SFTP session comes about; it is not tried again for each file.
    """

    task: Task
    refused: MmpError | None = None

    def plain(self, names: Iterable[str]) -> dict[str, CertificateFile]:
        """Fetch the files of which nothing is odd, all at once; the others must be looked at one by one."""
        wanted = [name for name in names if not name.lower().endswith(".key")]
        try:
            contents = transfer(self.task, lambda session: session.read_several(wanted, _BEGINS)) if wanted else {}
        except HostKeyError:
            raise
        except MmpError as error:
            self._note(error)
            return {}
        read = {name: certificate_file(content, name, lenient=True) for name, content in contents.items()}
        return {name: file for name, file in read.items() if file.certificates and not file.findings}

    def inspection(self, name: str) -> PkiInspection | None:
        """Let the node inspect a file; None if it refuses, or is not understood."""
        try:
            return ask(self.task, PKI_INSPECT, name)
        except CommandRefused:
            return None
        except ParseError as error:
            return key_in_other_words(error.text)

    def seen(self, name: str, inspection: PkiInspection | None) -> FileSeen:
        """Fetch a file that the node was asked about, if it is no key."""
        if inspection and not inspection.found:
            return FileSeen(name, missing=True)
        seen = _told(name, inspection)
        if not _may_be_fetched(inspection):
            return seen
        try:
            return _with(seen, self.read(name, lenient=True))
        except HostKeyError:
            raise
        except MmpError as error:
            # What `pki inspect` says of a file that is not there was never seen.
            return replace(seen, missing=inspection is None and error.code == "no-such-file", error=error)

    def read(self, name: str, *, lenient: bool) -> CertificateFile:
        """Fetch one file."""
        if self.refused is not None:
            raise self.refused
        try:
            file: CertificateFile = read_certificate(self.task, name, lenient=lenient).result
        except MmpError as error:
            self._note(error)
            raise
        return file

    def _note(self, error: MmpError) -> None:
        if isinstance(error, ConnectError) or error.code == "sftp-refused":
            self.refused = error


def _may_be_fetched(inspection: PkiInspection | None) -> bool:
    # Keys stay on the device, whatever they are called.
    return inspection is None or (inspection.found and not inspection.is_key)


def _told(name: str, inspection: PkiInspection | None, file: CertificateFile | None = None) -> FileSeen:
    """Return what the node reported of a file, and what it holds."""
    seen = FileSeen(name)
    if inspection is not None:
        seen = replace(seen, inspected=inspection.certificates, reported=inspection.kind)
    return _with(seen, file) if file is not None else seen


def _with(seen: FileSeen, file: CertificateFile) -> FileSeen:
    return replace(seen, certificates=file.certificates, findings=file.findings, sha256=file.sha256)
