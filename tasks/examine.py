"""Examine one node for an audit: every place where it uses certificates, and what lies there. Nothing is changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from nornir.core.task import Result, Task

from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.certificate_places import Place, database_places, service_places
from mmpctl.certificates.finding import Finding
from mmpctl.certificates.fitness import Use
from mmpctl.cluster.account import UserAccount
from mmpctl.cluster.certificate_facts import CertificateFacts
from mmpctl.cluster.plan import STATUS_COMMAND
from mmpctl.cluster.role import Role
from mmpctl.cluster.status import DatabaseStatus
from mmpctl.device.answers.vocabulary import vocabulary
from mmpctl.device.commands.pki_inspect import PkiInspection
from mmpctl.device.commands.pki_list import PKI_LIST
from mmpctl.device.commands.service import SERVICES
from mmpctl.errors import CommandRefused, ConnectError, HostKeyError, MayNotLook, MmpError, ParseError
from mmpctl.inventory.nodes import node_of
from mmpctl.moment import utc_now
from mmpctl.tasks._ask import ask
from mmpctl.tasks.clock_release_backups import account, clock_ahead
from mmpctl.tasks.inspect import inspect
from mmpctl.tasks.match import match
from mmpctl.tasks.read_certificate import read_certificate
from mmpctl.tasks.service import service
from mmpctl.tasks.session import mmp
from mmpctl.tasks.status import seen_status

# Of one service, far beyond what any release has; a node that names files without an end is not followed.
_MOST_FILES = 64
# For the files of one node, each of which may be waited for by itself.
_LONGEST_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class FileSeen:
    """A certificate file on a node.

    Args:
        name: on the device.
        certificates: read from the file itself; empty if it could not be fetched or read.
        inspected: what `pki inspect` says is in it, nothing for a key or a request; None if it is not understood.
        missing: the device has no such file.
        error: why the file itself could not be fetched; None if it was.
        findings: what is wrong with the form of the file that was fetched.
        reported: how `pki inspect` words what the file is, e.g. `File format not recognised`; empty if it does not.
    """

    name: str
    certificates: tuple[Certificate, ...] = ()
    inspected: tuple[CertificateFacts, ...] | None = None
    missing: bool = False
    error: MmpError | None = None
    findings: tuple[Finding, ...] = ()
    reported: str = ""


@dataclass(frozen=True, slots=True)
class NodeExamination:
    """What was found on one node.

    Args:
        host_key: SHA-256 fingerprint of the key it proved itself with.
        hostname: host name in its prompt.
        status: its view of the cluster; None if its release has no such command, or it was not understood.
        troubles: what could not be asked or understood, one sentence each.
        clock_ahead: seconds that its clock is ahead of this machine's; None if it does not tell.
        places: where it uses certificates.
        files: what lies there, by name.
        fits: whether key and certificate fit, by both names; None if the device gave no verdict.
        lost_keys: names of configured keys that are not on the node.
        account: that this program logs in with; None if the node does not list it.
    """

    host_key: str
    hostname: str
    status: DatabaseStatus | None
    troubles: tuple[str, ...]
    clock_ahead: float | None
    places: tuple[Place, ...]
    files: Mapping[str, FileSeen]
    fits: Mapping[tuple[str, str], bool | None]
    lost_keys: frozenset[str] = frozenset()
    account: UserAccount | None = None


def examine(
    task: Task,
    role: Role | None = None,
    clock: Callable[[], datetime] = utc_now,
    services: Iterable[str] = SERVICES,
) -> Result:
    """Look at all certificates that the node uses.

    Args:
        role: what it is in a database cluster; by default what the inventory says.
        clock: gives this machine's time, aware.
        services: the services to ask for their files; one that the release does not know is skipped.

    Returns:
        A result with a `NodeExamination`.

    Raises:
        MayNotLook: the node knows none of the commands, as it seems: the account lacks the right to all of them.
        MmpError: the node could not be asked at all, or its files took too long.
    """
    role = node_of(task.host).role if role is None else role
    session = mmp(task)
    troubles: list[str] = []
    unknown: list[str] = []
    status = _status(task, troubles, unknown)
    alarming = status.alarming if status is not None else ()
    troubles += [f"the database cluster's status shows a line that may report a fault: {line!r}" for line in alarming]
    places = list(_database(status, role))
    asked = [STATUS_COMMAND, *services]
    for name in asked[1:]:
        try:
            settings = service(task, name).result
        except ParseError as error:
            troubles.append(f"the answer to `{name}` is not understood, so its certificates are not known ({error})")
        except CommandRefused as error:
            troubles.append(f"`{name}` is refused, so its certificates are not known ({error.message})")
        else:
            if settings is None:
                unknown.append(name)
            elif len(settings.files) > _MOST_FILES:
                troubles.append(f"`{name}` lists {len(settings.files)} files, so its certificates were not looked at")
            else:
                places += service_places(name, settings.files)
    if unknown == asked:
        # No release lacks all of them. To go on would be to report that nothing is wrong where nothing was seen.
        raise MayNotLook(
            f"the account may look at nothing: the node answers as if it did not know {_listed(asked)}",
            advice=f"Use an account of the role admin; {session.username} is not one, or is restricted.",
        )
    if status is None and STATUS_COMMAND in unknown and role is not None:
        # A server of its own, e.g. a recorder, may know no databases.
        troubles.append("the database cluster's status is refused: the node reports that it does not know the command")
    files = _files(task, places)
    pairs = dict.fromkeys(
        (place.key, place.file) for place in places if place.key is not None and not files[place.file].missing
    )
    fits = _fits(task, pairs)
    return Result(
        host=task.host,
        result=NodeExamination(
            host_key=session.host_key,
            hostname=session.device_name,
            status=status,
            troubles=tuple(troubles),
            clock_ahead=clock_ahead(task, clock).result,
            places=tuple(places),
            files=files,
            fits=fits,
            lost_keys=_lost_keys(task, places),
            account=account(task).result,
        ),
    )


def examine_database(task: Task, role: Role | None, status: DatabaseStatus) -> Result:
    """Look at the database cluster's certificates alone, without the clock and without asking whether keys fit.

    Args:
        role: what the inventory says that the node is in its cluster.
        status: what the node reports of its cluster, seen just now.

    Returns:
        A result with a `NodeExamination`.

    Raises:
        MmpError: the node could not be asked.
    """
    session, places = mmp(task), tuple(_database(status, role))
    files = _files(task, places)
    found = NodeExamination(session.host_key, session.device_name, status, (), None, places, files, {})
    return Result(host=task.host, result=found)


def _database(status: DatabaseStatus | None, role: Role | None) -> Iterator[Place]:
    for place in database_places(status.certificates) if status is not None else ():
        # A client may go on to show the server pair of a time when it had a database.
        if not (role is Role.CLIENT and place.use == Use.SERVER.value):
            yield place


def _files(task: Task, places: Iterable[Place]) -> dict[str, FileSeen]:
    files: dict[str, FileSeen] = {}
    until = time.monotonic() + _LONGEST_SECONDS
    for name in dict.fromkeys(place.file for place in places):
        # Where no SFTP session comes about, it is not tried again for each file.
        if time.monotonic() > until:
            raise MmpError(
                f"its files are not looked at after {_LONGEST_SECONDS / 60:.0f} minutes",
                code="too-slow",
                advice="Look at the node by hand: it is overloaded, or sends answers that no node has.",
            )
        refused = next((seen.error for seen in files.values() if _is_of_the_session(seen.error)), None)
        files[name] = _seen(task, name, refused)
    return files


def _is_of_the_session(error: MmpError | None) -> bool:
    return isinstance(error, ConnectError) or (error is not None and error.code == "sftp-refused")


def _listed(commands: list[str]) -> str:
    return f"{', '.join(f'`{name}`' for name in commands[:-1])} and `{commands[-1]}`" if commands[1:] else commands[0]


def _status(task: Task, troubles: list[str], unknown: list[str]) -> DatabaseStatus | None:
    try:
        return seen_status(task)
    except CommandRefused as error:
        if vocabulary().is_unknown(error.text):
            unknown.append(STATUS_COMMAND)
        else:
            troubles.append(f"the database cluster's status is refused: {error.message}")
    except ParseError as error:
        troubles.append(f"the database cluster's status is not understood ({error})")
    return None


def _fits(task: Task, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bool | None]:
    fits: dict[tuple[str, str], bool | None] = {}
    # What was seen before counts, even if the line ends here.
    with suppress(ConnectError):
        for key, file in pairs:
            fits[key, file] = match(task, key, file).result
    return fits


def _lost_keys(task: Task, places: Iterable[Place]) -> frozenset[str]:
    try:
        listed = ask(task, PKI_LIST).files
    except (CommandRefused, ParseError):
        return frozenset()
    return frozenset(place.key for place in places if place.key and place.key not in listed)


def _seen(task: Task, name: str, refused: MmpError | None) -> FileSeen:
    inspection = _inspection(task, name)
    if inspection and not inspection.found:
        return FileSeen(name, missing=True)
    seen = FileSeen(name, inspected=inspection.certificates, reported=inspection.kind) if inspection else FileSeen(name)
    if inspection and inspection.is_key:
        return seen  # Keys stay on the device, whatever they are called.
    if refused is not None:
        return replace(seen, error=refused)
    try:
        file = read_certificate(task, name, lenient=True).result
    except HostKeyError:
        raise
    except MmpError as error:
        # What `pki inspect` says of a file that is not there was never seen.
        return replace(seen, missing=inspection is None and error.code == "no-such-file", error=error)
    return replace(seen, certificates=file.certificates, findings=file.findings)


def _inspection(task: Task, name: str) -> PkiInspection | None:
    with suppress(CommandRefused, ParseError):
        inspection: PkiInspection = inspect(task, name).result
        return inspection
    return None
