"""Make the goal of a renewal of services from the operator's files and what was seen, with all its faults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from mmpctl.certificates.secret import Secret
from mmpctl.certificates.services.pair_files import BUNDLE, folder_of
from mmpctl.certificates.services.service_set import ServiceSet
from mmpctl.errors import MmpError
from mmpctl.renewal.jobs.services.due_services import DueServices
from mmpctl.renewal.jobs.services.files_in_use import not_to_start_with, staying
from mmpctl.renewal.jobs.services.observation import GroupSight
from mmpctl.renewal.jobs.services.wanted_pairs import PairFindings, PairInUse, first_store, given_set, wanted_pair
from mmpctl.renewal.jobs.services.wish import ServiceWish
from mmpctl.services.renewable import RenewableService
from mmpctl.services.seen_services import PairNames, SeenNode, SeenService, UnitKey
from mmpctl.services.service_goal import ServiceGoal, WantedPair, WantedUnit
from mmpctl.services.service_preflight import FoundFaults
from mmpctl.services.unattended import not_declared
from mmpctl.services.unused import unused
from mmpctl.times import minute


@dataclass(frozen=True, slots=True)
class Prepared:
    """A group of nodes, what its services are to use, and what that takes.

    Args:
        sight: as it was observed.
        wish: what is wanted.
        goal: with the new files of each service.
        faults: what speaks against it, beside what the nodes show.
        contents: what is put on each node, by inventory name and by name on the device; keys are among it.
        sets: the operator's files of each pair, by service and the pair's command.
        checked_at: when all of it was looked at, aware, UTC.
        to_look_at: services whose trust must be extended, and which nobody has looked at as such: only a look at them
            makes it complete.
    """

    sight: GroupSight
    wish: ServiceWish
    goal: ServiceGoal
    faults: FoundFaults
    contents: Mapping[str, Mapping[str, Secret]]
    sets: Mapping[tuple[UnitKey, str], ServiceSet]
    checked_at: datetime
    to_look_at: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True)
class _Draft(PairFindings):
    """What is found while the files of one group are gone through."""

    due: DueServices
    units: list[WantedUnit] = field(default_factory=list)
    sets: dict[tuple[UnitKey, str], ServiceSet] = field(default_factory=dict)


def prepare(sight: GroupSight, wish: ServiceWish, now: datetime) -> Prepared:
    """Find, check and name the files of every service that is to be renewed in a group.

    Args:
        sight: the group as it was observed.
        wish: what is wanted.
        now: the time, aware.

    Returns:
        The goal; what is wrong with the files is in the faults, nothing is raised for it.
    """
    draft = _Draft(due=DueServices(wish, now))
    for service in wish.services:
        _service(draft, service, sight, wish, now)
    draft.notes += _strangers(sight, wish)
    goal = ServiceGoal(tuple(draft.units), wish.max_calls, wish.drop_calls)
    keys = [unit.key for unit in draft.units]
    faults = FoundFaults(
        problems=tuple(dict.fromkeys((*draft.problems, *draft.due.late))),
        unproved=tuple(draft.unproved),
        unseen=tuple(_unseen(sight, wish)),
        undeclared=tuple(not_declared(keys, wish.alone)) if wish.alone is not None else (),
        left=(*unused(sight.group, wish.services, wish.is_about), *draft.due.left()),
        notes=tuple(dict.fromkeys((*draft.noted(), *draft.notes))),
    )
    return Prepared(sight, wish, goal, faults, contents_of(draft.sets), draft.sets, now)


def contents_of(sets: Mapping[tuple[UnitKey, str], ServiceSet]) -> dict[str, dict[str, Secret]]:
    """Return what is put on each node, by inventory name and by name on the device.

    Args:
        sets: the operator's files of each pair.
    """
    contents: dict[str, dict[str, Secret]] = {}
    for (key, _), given in sets.items():
        names = (name for name in given.names() if name is not None)
        contents.setdefault(key.node, {}).update(zip(names, given.contents().values(), strict=True))
    return contents


def _service(draft: _Draft, service: RenewableService, sight: GroupSight, wish: ServiceWish, now: datetime) -> None:
    certs, nodes = wish.certs, [node for node in sight.group.nodes if wish.is_about(node.name)]
    users = [(node, seen) for node in nodes if (seen := node.services.get(service.name)) is not None]
    wanted, without = [], list[UnitKey]()
    for node, seen in users:
        key = UnitKey(node.name, service.name)
        if not wish.wants(key):
            continue
        if not seen.pairs or seen.enabled is False:
            if (certs / node.name / service.name).is_dir():
                why = (
                    "is off"
                    if seen.pairs or seen.enabled is False
                    else "has no certificate yet: the first is set by hand"
                )
                draft.notes.append(f"{key} {why}; it is left as it is")
            continue
        if draft.due.is_left(key, [_end(sight, node, command, names) for command, names in seen.pairs.items()]):
            continue
        wanted.append(node.name)
        pairs, found = _pairs(draft, service, (node, seen), sight, certs, now)
        if not found:
            without.append(key)
        if pairs:
            draft.problems += not_to_start_with(sight, key)
            others = {one: names for one, names in seen.pairs.items() if one not in {p.setting.command for p in pairs}}
            stays = tuple(staying(sight, key, others, draft.unproved))
            draft.units.append(_unit(draft, service, node.name, pairs, stays))
    if without:
        _without_files(draft, service, without, wish, is_all=len(without) == len(wanted))


def _without_files(
    draft: _Draft, service: RenewableService, keys: list[UnitKey], wish: ServiceWish, *, is_all: bool
) -> None:
    """Tell that there are no files for some nodes: what is due must not pass for done because of that."""
    places = ", ".join(str(wish.certs / place / service.name) for place in (keys[0].node, "."))
    folders = " or ".join(f"{setting.folder}/" for setting in service.settings if setting.folder)
    within = f" in {folders}" if folders else ""
    why = (
        f"no files for {service.name} of {', '.join(key.node for key in keys)}: none of {places} holds a key.key and a "
        f"cert.cer{within}"
    )
    if wish.if_due is not None:
        draft.problems.append(f"{why}; it is due: find out why none were put there")
    elif is_all:
        draft.problems.append(why)
    else:
        draft.notes.append(f"{why}; it is left as it is")


def _unit(
    draft: _Draft, service: RenewableService, node: str, pairs: list[WantedPair], stays: tuple[WantedPair, ...]
) -> WantedUnit:
    key = UnitKey(node, service.name)
    ends = [each.facts.not_after for pair in pairs for each in draft.sets[key, pair.setting.command].chain.path]
    return WantedUnit(key, service, tuple(pairs), min(ends, default=None), stays=stays)


def _pairs(
    draft: _Draft,
    service: RenewableService,
    at: tuple[SeenNode, SeenService],
    sight: GroupSight,
    certs: Path,
    now: datetime,
) -> tuple[list[WantedPair], bool]:
    """Return the pairs of a service of a node that get new files, and whether any files are there for it."""
    node, seen = at
    key = UnitKey(node.name, service.name)
    pairs, given, lacking = [], False, list[str]()
    for setting in service.settings:
        old = seen.pairs.get(setting.command)
        facts = sight.facts.get(node.name)
        if old is None:
            if folder_of(certs, node.name, service.name) is not None and setting.folder:
                draft.notes.append(f"{setting.command} of {node.name} has no certificate yet: it is left as it is")
            continue
        try:
            new = given_set(certs, node.name, setting, facts, old)
        except MmpError as error:
            draft.problems.append(str(error))
            given = True
            continue
        end = _end(sight, node, setting.command, old)
        if new is None:
            if draft.due.is_due(end) and end is not None:
                lacking.append(
                    f"{setting.command} of {node.name} expires {minute(end)}, and {certs} has no files for it"
                )
            continue
        given = True
        if first_store(setting, old) and (new.files.folder / BUNDLE).exists():
            draft.notes.append(
                f"{new.files.folder / BUNDLE} is not sent: {setting.service} of {node.name} has no file now of whom it "
                "trusts, and with the first one it would refuse all that is not in it. To set one is by hand"
            )
        used = PairInUse(node, old, facts, sight.ports.get((node.name, setting.command)))
        if draft.due.is_due(end) and end is not None and (new.leaf is None or new.leaf.facts.not_after <= end):
            draft.problems.append(
                f"{setting.command} of {node.name} expires {minute(end)}, and {new.files.certificate.path} is no newer "
                "certificate: find out why none was put there"
            )
            continue
        wanted = wanted_pair(new, used, draft, now)
        if wanted is not None:
            draft.sets[key, setting.command] = new
            pairs.append(wanted)
    if given and lacking:
        # What can be renewed is renewed; but what is due is never "nothing to do".
        told = draft.notes if pairs else draft.problems
        told += (f"{why}: find out why none were put there" for why in lacking)
    return pairs, given


def _end(sight: GroupSight, node: SeenNode, command: str, names: PairNames) -> datetime | None:
    """Return when a certificate in use expires, set or presented; None if it could not be read."""
    return PairInUse(node, names, sight.facts.get(node.name), sight.ports.get((node.name, command))).end


def _unseen(sight: GroupSight, wish: ServiceWish) -> Iterator[str]:
    for node in sight.group.nodes:
        if wish.is_about(node.name) and not node.answers:
            yield f"{node.name} could not be looked at ({node.error}): it is not known which certificates it uses"


def _strangers(sight: GroupSight, wish: ServiceWish) -> Iterator[str]:
    """Yield a note for each folder of files for a service that its node does not know."""
    nodes = {node.name for node in sight.group.nodes if wish.is_about(node.name)}
    for service in wish.services:
        for folder in sorted(wish.certs.glob(f"*/{service.name}/")):
            node = folder.parent.name
            seen = sight.group.node(node) if node in nodes else None
            if seen is not None and seen.answers and service.name not in seen.services:
                yield f"{folder} is not used: the release of {node} does not know {service.name}"
