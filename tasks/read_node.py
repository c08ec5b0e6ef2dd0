"""Read a node: the one way to look at its status, its certificates, its services, and what is beside them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from nornir.core.task import Result, Task

from mmpctl.certificates.certificate_places import Place, database_places, service_places
from mmpctl.certificates.fitness import Use
from mmpctl.cluster.role import Role
from mmpctl.cluster.status import DatabaseStatus
from mmpctl.device.answers.vocabulary import vocabulary
from mmpctl.device.commands.database_cluster_status import DATABASE_CLUSTER_STATUS
from mmpctl.device.commands.pki_list import PKI_LIST
from mmpctl.device.commands.service import SERVICES, ServiceSettings, services_of_release
from mmpctl.errors import CommandRefused, ConnectError, MayNotLook, ParseError
from mmpctl.tasks._ask import ask
from mmpctl.tasks._beside import account, clock_ahead, no_transfer, release, traces_of_runs
from mmpctl.tasks._certificate_files import fetched, seen_files
from mmpctl.tasks.match import match
from mmpctl.tasks.node_facts import NodeFacts, Subject
from mmpctl.tasks.service import service
from mmpctl.tasks.session import mmp
from mmpctl.tasks.status import seen_status
from mmpctl.times import now_utc

# Of one service, far beyond what any release has; a node that names files without an end is not followed.
_MOST_FILES = 64


def read_node(
    task: Task,
    subjects: Collection[Subject],
    *,
    role: Role | None = None,
    status: DatabaseStatus | None = None,
    services: Iterable[str] = SERVICES,
    clock: Callable[[], datetime] = now_utc,
    lenient: bool = False,
) -> Result:
    """Read what is asked for; nothing is changed and no key is read.

    Args:
        subjects: what the caller wants to know; nothing else is asked.
        role: what the node is in a database cluster; None if it is in none, or if that does not matter.
        status: what it reported of its cluster just now, if `Subject.STATUS` is not asked for.
        services: the services to ask for their files; one that the release cannot have, or does not know, is skipped.
        clock: gives this machine's time, aware.
        lenient: what is refused or not understood is a trouble in the facts instead of an error.

    Returns:
        A result with `NodeFacts`.

    Raises:
        MayNotLook: the node knows none of the commands, as it seems: the account lacks the right to all of them.
        MmpError: the node could not be asked at all, its files took too long, or, unless lenient, its answer about
            status or services was refused or not understood.
    """
    look = _Look(task, role, tuple(services), clock, lenient, NodeFacts(status=status))
    for subject in Subject:
        if subject in subjects:
            _READERS[subject](look)
    return Result(host=task.host, result=replace(look.facts, troubles=tuple(look.troubles), places=look.places()))


@dataclass(slots=True)
class _Look:
    """One look at one node: what the caller wants, and what was found so far."""

    task: Task
    role: Role | None
    wanted: tuple[str, ...]
    clock: Callable[[], datetime]
    lenient: bool
    facts: NodeFacts
    thorough: bool = False
    troubles: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def found(self, **facts: object) -> None:
        """Add to the facts."""
        self.facts = replace(self.facts, **facts)  # type: ignore[arg-type]

    def places(self) -> tuple[Place, ...]:
        """Return where the node uses certificates, as far as it is known by now."""
        of_services = (place for name, one in self.facts.services.items() for place in service_places(name, one.files))
        return (*self.database(), *of_services)

    def database(self) -> Iterator[Place]:
        """Yield the places of the database cluster."""
        status = self.facts.status
        for place in database_places(status.certificates) if status is not None else ():
            # A client may go on to show the server pair of a time when it had a database.
            if not (self.role is Role.CLIENT and place.use == Use.SERVER.value):
                yield place


def _status(look: _Look) -> None:
    try:
        status = seen_status(look.task)
    except CommandRefused as error:
        if not look.lenient:
            raise
        if vocabulary().is_unknown(error.text):
            look.unknown.append(DATABASE_CLUSTER_STATUS.name)
        else:
            look.troubles.append(f"the database cluster's status is refused: {error.message}")
    except ParseError as error:
        if not look.lenient:
            raise
        look.troubles.append(f"the database cluster's status is not understood ({error})")
    else:
        look.found(status=status)
        look.troubles += [
            f"the database cluster's status shows a line that may report a fault: {line!r}" for line in status.alarming
        ]


def _identity(look: _Look) -> None:
    session = mmp(look.task)
    look.found(host_key=session.host_key, hostname=session.device_name)


def _services(look: _Look) -> None:
    found: dict[str, ServiceSettings] = {}
    may_be_there = services_of_release(look.facts.release)
    asked = [name for name in look.wanted if name in may_be_there]
    for name in asked:
        try:
            settings: ServiceSettings | None = service(look.task, name).result
        except ParseError as error:
            if not look.lenient:
                raise
            look.troubles.append(
                f"the answer to `{name}` is not understood, so its certificates are not known ({error})"
            )
        except CommandRefused as error:
            if not look.lenient:
                raise
            look.troubles.append(f"`{name}` is refused, so its certificates are not known ({error.message})")
        else:
            if settings is None:
                look.unknown.append(name)
            elif look.lenient and len(settings.files) > _MOST_FILES:
                look.troubles.append(
                    f"`{name}` lists {len(settings.files)} files, so its certificates were not looked at"
                )
            else:
                found[name] = settings
    look.found(services=found)
    _must_know_something(look, [DATABASE_CLUSTER_STATUS.name, *asked])


def _must_know_something(look: _Look, asked: list[str]) -> None:
    if look.unknown == asked:
        # No release lacks all of them. To go on would be to report that nothing is wrong where nothing was seen.
        raise MayNotLook(
            f"the account may look at nothing: the node answers as if it did not know {_listed(asked)}",
            advice=f"Use an account of the role admin; {mmp(look.task).username} is not one, or is restricted.",
        )
    if DATABASE_CLUSTER_STATUS.name in look.unknown and look.role is not None:
        # A server of its own, e.g. a recorder, may know no databases.
        look.troubles.append(
            "the database cluster's status is refused: the node reports that it does not know the command"
        )


def _listed(commands: list[str]) -> str:
    return f"{', '.join(f'`{name}`' for name in commands[:-1])} and `{commands[-1]}`" if commands[1:] else commands[0]


def _database_files(look: _Look) -> None:
    look.found(files=fetched(look.task, (place.file for place in look.database())))


def _second_opinion(look: _Look) -> None:
    look.thorough = True


def _files(look: _Look) -> None:
    places = look.places()
    keys = frozenset(place.key for place in places if place.key is not None)
    names = (place.file for place in places)
    look.found(files=seen_files(look.task, names, thorough=look.thorough, keys=keys))


def _pairs(look: _Look) -> None:
    files = look.facts.files
    pairs = dict.fromkeys(
        (place.key, place.file)
        for place in look.places()
        if place.key is not None and not files[place.file].missing and (look.thorough or not files[place.file].is_plain)
    )
    fits: dict[tuple[str, str], bool | None] = {}
    # What was seen before counts, even if the line ends here.
    with suppress(ConnectError):
        for key, file in pairs:
            fits[key, file] = match(look.task, key, file).result
    look.found(fits=fits)


def _clock(look: _Look) -> None:
    look.found(clock_ahead=clock_ahead(look.task, look.clock))


def _release(look: _Look) -> None:
    look.found(release=release(look.task))


def _traces(look: _Look) -> None:
    there = traces_of_runs(look.task)
    look.found(backups=there.backups, marks=there.marks, stored=there.stored)


def _keys(look: _Look) -> None:
    try:
        listed = ask(look.task, PKI_LIST).files
    except (CommandRefused, ParseError):
        return
    lost = frozenset(place.key for place in look.places() if place.key and place.key not in listed)
    look.found(listed=listed, lost_keys=lost)


def _account(look: _Look) -> None:
    look.found(account=account(look.task))


def _transfer(look: _Look) -> None:
    look.found(no_transfer=no_transfer(look.task))


_READERS: dict[Subject, Callable[[_Look], None]] = {
    Subject.STATUS: _status,
    Subject.IDENTITY: _identity,
    Subject.DATABASE_FILES: _database_files,
    Subject.SERVICES: _services,
    Subject.SECOND_OPINION: _second_opinion,
    Subject.FILES: _files,
    Subject.PAIRS: _pairs,
    Subject.CLOCK: _clock,
    Subject.RELEASE: _release,
    Subject.TRACES: _traces,
    Subject.KEYS: _keys,
    Subject.ACCOUNT: _account,
    Subject.TRANSFER: _transfer,
}
