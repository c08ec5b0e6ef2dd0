"""Examine one node for an audit: every place where it uses certificates, and what lies there. Nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from nornir.core.task import Result, Task

from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.places import Place, database_places, service_places
from mmpctl.cluster.certificate import CertificateFacts
from mmpctl.cluster.status import DatabaseStatus
from mmpctl.device.parse import SERVICES
from mmpctl.device.vocabulary import vocabulary
from mmpctl.errors import AuthenticationError, CommandRefused, ConnectError, HostKeyError, MmpError, ParseError
from mmpctl.tasks.inspect import inspect
from mmpctl.tasks.match import match
from mmpctl.tasks.read_certificate import read_certificate
from mmpctl.tasks.service import service
from mmpctl.tasks.session import look, mmp
from mmpctl.tasks.status import read_status
from mmpctl.tasks.surroundings import clock_ahead


@dataclass(frozen=True, slots=True)
class FileSeen:
    """A certificate file on a node.

    Args:
        name: on the device.
        certificates: read from the file itself; empty where it could not be fetched or read.
        inspected: what `pki inspect` says is in it; None where it says nothing that is understood.
        missing: the device has no such file.
        error: why the file itself could not be read; None where it was.
    """

    name: str
    certificates: tuple[Certificate, ...] = ()
    inspected: tuple[CertificateFacts, ...] | None = None
    missing: bool = False
    error: MmpError | None = None


@dataclass(frozen=True, slots=True)
class NodeExamination:
    """What was found on one node.

    Args:
        host_key: SHA-256 fingerprint of the key it proved itself with.
        hostname: host name in its prompt.
        status: its view of the cluster; None where its release has no such command, or it was not understood.
        troubles: what could not be asked or understood, one sentence each.
        clock_ahead: seconds that its clock is ahead of this machine's; None where it does not tell.
        places: where it uses certificates.
        files: what lies there, by name.
        fits: whether key and certificate fit, by both names; None where the device gave no verdict.
    """

    host_key: str
    hostname: str
    status: DatabaseStatus | None
    troubles: tuple[str, ...]
    clock_ahead: float | None
    places: tuple[Place, ...]
    files: Mapping[str, FileSeen]
    fits: Mapping[tuple[str, str], bool | None]


def examine(task: Task, clock: Callable[[], datetime], services: Iterable[str] = SERVICES) -> Result:
    """Look at all certificates that the node uses.

    Args:
        clock: gives this machine's time, aware.
        services: the services to ask for their files; one that the release does not know is skipped.

    Returns:
        A result with a `NodeExamination`.

    Raises:
        MmpError: the node could not be asked at all.
    """
    session = mmp(task)
    troubles: list[str] = []
    status = _status(task, troubles)
    places = list(database_places(status.certificates)) if status is not None else []
    for name in services:
        try:
            settings = service(task, name).result
        except ParseError as error:
            troubles.append(f"the answer to `{name}` is not understood, so its certificates are not known ({error})")
            continue
        if settings is not None:
            places += service_places(name, settings.files)
    files = _files(task, places)
    pairs = dict.fromkeys((place.key, place.file) for place in places if place.key and not files[place.file].missing)
    fits = {(key, file): match(task, key, file).result for key, file in pairs}
    ahead = clock_ahead(task, clock).result
    return Result(
        host=task.host,
        result=NodeExamination(
            session.host_key, session.device_name, status, tuple(troubles), ahead, tuple(places), files, fits
        ),
    )


def examine_database(task: Task, status: DatabaseStatus) -> Result:
    """Look at the database cluster's certificates alone, without the clock and without asking whether keys fit.

    Args:
        status: what the node says of its cluster, seen just now.

    Returns:
        A result with a `NodeExamination`.

    Raises:
        MmpError: the node could not be asked.
    """
    session, places = mmp(task), tuple(database_places(status.certificates))
    files = _files(task, places)
    found = NodeExamination(session.host_key, session.device_name, status, (), None, places, files, {})
    return Result(host=task.host, result=found)


def _files(task: Task, places: Iterable[Place]) -> dict[str, FileSeen]:
    files: dict[str, FileSeen] = {}
    for name in dict.fromkeys(place.file for place in places):
        # Where no SFTP session comes about, it is not tried again for each file.
        refused = next((seen.error for seen in files.values() if isinstance(seen.error, ConnectError)), None)
        files[name] = _seen(task, name, refused)
    return files


def _status(task: Task, troubles: list[str]) -> DatabaseStatus | None:
    try:
        return look(task, read_status)
    except CommandRefused as error:
        # A server of its own, e.g. a recorder, may know no databases.
        if not vocabulary().unknown.search(error.text):
            troubles.append(f"the database cluster's state is refused: {error.message}")
    except ParseError as error:
        troubles.append(f"the database cluster's state is not understood ({error})")
    return None


def _seen(task: Task, name: str, refused: MmpError | None) -> FileSeen:
    inspected, missing = None, False
    try:
        inspection = inspect(task, name).result
        inspected, missing = (inspection.certificates, False) if inspection.found else (None, True)
    except (CommandRefused, ParseError):
        pass
    if missing:
        return FileSeen(name, missing=True)
    if refused is not None:
        return FileSeen(name, inspected=inspected, error=refused)
    try:
        return FileSeen(name, read_certificate(task, name).result.certificates, inspected)
    except (AuthenticationError, HostKeyError):
        raise
    except MmpError as error:
        return FileSeen(name, inspected=inspected, error=error)
