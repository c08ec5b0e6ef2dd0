"""The certificate files of a node: fetched by SFTP, and inspected by the node itself."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from nornir.core.task import Task

from mmpctl.device.commands.pki_inspect import PKI_INSPECT, PkiInspection
from mmpctl.errors import CommandRefused, ConnectError, HostKeyError, MmpError, ParseError
from mmpctl.tasks._ask import ask
from mmpctl.tasks.node_facts import FileSeen
from mmpctl.tasks.read_certificate import CertificateFile, read_certificate

# For the files of one node, each of which may be waited for by itself.
_LONGEST_SECONDS = 900.0


def fetched(task: Task, names: Iterable[str]) -> dict[str, FileSeen]:
    """Fetch files; one that cannot be fetched or read has its error.

    Args:
        names: on the device.
    """
    files: dict[str, FileSeen] = {}
    for name in dict.fromkeys(names):
        try:
            files[name] = _with(FileSeen(name), _read(task, name, files, lenient=False))
        except MmpError as error:
            files[name] = FileSeen(name, error=error)
    return files


def inspected(task: Task, names: Iterable[str]) -> dict[str, FileSeen]:
    """Let the node inspect files, and fetch those that are no keys, damaged ones too.

    Args:
        names: on the device.

    Raises:
        MmpError: the node could not be asked at all, or its files took too long (code `too-slow`).
    """
    until = time.monotonic() + _LONGEST_SECONDS
    inspections: dict[str, PkiInspection | None] = {}
    # All on the command line, then all by SFTP: a node that allows one session at a time is connected to for each turn.
    for name in dict.fromkeys(names):
        _must_be_before(until)
        inspections[name] = _inspection(task, name)
    files: dict[str, FileSeen] = {}
    for name, inspection in inspections.items():
        _must_be_before(until)
        files[name] = _seen(task, name, inspection, files)
    return files


def _must_be_before(until: float) -> None:
    if time.monotonic() > until:
        raise MmpError(
            f"its files are not looked at after {_LONGEST_SECONDS / 60:.0f} minutes",
            code="too-slow",
            advice="Look at the node by hand: it is overloaded, or sends answers that no node has.",
        )


def _seen(task: Task, name: str, inspection: PkiInspection | None, before: dict[str, FileSeen]) -> FileSeen:
    if inspection and not inspection.found:
        return FileSeen(name, missing=True)
    seen = FileSeen(name, inspected=inspection.certificates, reported=inspection.kind) if inspection else FileSeen(name)
    if inspection and inspection.is_key:
        return seen  # Keys stay on the device, whatever they are called.
    try:
        return _with(seen, _read(task, name, before, lenient=True))
    except HostKeyError:
        raise
    except MmpError as error:
        # What `pki inspect` says of a file that is not there was never seen.
        return replace(seen, missing=inspection is None and error.code == "no-such-file", error=error)


def _read(task: Task, name: str, before: dict[str, FileSeen], *, lenient: bool) -> CertificateFile:
    # Where no SFTP session comes about, it is not tried again for each file.
    refused = next((seen.error for seen in before.values() if _is_of_the_session(seen.error)), None)
    if refused is not None:
        raise refused
    file: CertificateFile = read_certificate(task, name, lenient=lenient).result
    return file


def _with(seen: FileSeen, file: CertificateFile) -> FileSeen:
    return replace(seen, certificates=file.certificates, findings=file.findings, sha256=file.sha256)


def _is_of_the_session(error: MmpError | None) -> bool:
    return isinstance(error, ConnectError) or (error is not None and error.code == "sftp-refused")


def _inspection(task: Task, name: str) -> PkiInspection | None:
    with suppress(CommandRefused, ParseError):
        return ask(task, PKI_INSPECT, name)
    return None
