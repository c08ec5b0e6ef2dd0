"""Make steps of the stores that must hold more: the new file of each, and what its service goes on to present."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from cryptography.hazmat.primitives.serialization import Encoding

from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.secret import Secret
from mmpctl.renewal.jobs.services.files_in_use import not_to_start_with, staying
from mmpctl.renewal.jobs.services.observation import GroupSight
from mmpctl.renewal.jobs.services.preparation import Prepared
from mmpctl.renewal.jobs.services.wanted_pairs import held_whole
from mmpctl.services.seen_services import TRUST, PairNames, UnitKey
from mmpctl.services.service_goal import WantedStore, WantedUnit
from mmpctl.services.store_extension import Extension
from mmpctl.services.switched_services import SWITCHED, switched
from mmpctl.services.unattended import not_declared
from mmpctl.tasks.node_facts import NodeFacts

_DIGITS = 8


@dataclass(slots=True)
class _Draft:
    """What is found while stores are gone through."""

    units: list[WantedUnit] = field(default_factory=list)
    contents: dict[str, dict[str, Secret]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    unproved: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def unseen_services(prepared: Prepared, found: Iterable[Extension]) -> frozenset[str]:
    """Return the services whose stores must hold more, and which nobody has looked at as one that is switched.

    Args:
        prepared: a group of nodes.
        found: its stores that must hold more.
    """
    looked_at = {one.name for one in prepared.sight.services}
    return frozenset(one.setting.service for one in found) - looked_at


def with_trust_extended(prepared: Prepared, found: Sequence[Extension]) -> Prepared:
    """Return a group with the services that are to trust more, before all that is renewed.

    Args:
        prepared: the group, its goal and files.
        found: its stores that must hold more.
    """
    given = (one for each in prepared.sets.values() for one in (*each.chain.path, *each.sent[0], *each.sent[1]))
    known = {one.fingerprint_sha256: one for one in given}
    draft = _Draft()
    places = [(one.name, node) for one in SWITCHED for node in prepared.sight.group.names]
    for service, node in places:
        mine = [one for one in found if (one.setting.service, one.node) == (service, node)]
        if mine:
            _unit(draft, UnitKey(node, service, TRUST), mine, prepared.sight, known)
    contents = {name: {**one} for name, one in prepared.contents.items()}
    for node, files in draft.contents.items():
        contents.setdefault(node, {}).update(files)
    faults, alone = prepared.faults, prepared.wish.alone
    keys = [unit.key for unit in draft.units]
    return replace(
        prepared,
        goal=replace(prepared.goal, units=(*draft.units, *prepared.goal.units)),
        contents=contents,
        faults=replace(
            faults,
            problems=(*faults.problems, *draft.problems),
            unproved=(*faults.unproved, *draft.unproved),
            undeclared=(*faults.undeclared, *(not_declared(keys, alone) if alone is not None else ())),
            notes=(*faults.notes, *draft.notes),
        ),
    )


def with_stores(
    contents: Mapping[str, Mapping[str, Secret]], sight: GroupSight, units: Iterable[WantedUnit]
) -> dict[str, dict[str, Secret]]:
    """Return what is put on each node, with the new files of stores: made again of those that were in use.

    A file that was in use and has another content by now is left out: what is missing is told when it is to be sent.

    Args:
        contents: by inventory name and by name on the device.
        sight: the group as it is seen now.
        units: the services that are not done.
    """
    found = {node: {**files} for node, files in contents.items()}
    for unit in units:
        for store in unit.stores:
            held = held_whole(sight.facts.get(unit.key.node), store.old[-1])
            content = _content(held or (), store.added)
            if sha256(content).hexdigest() == store.digests[store.new[-1]]:
                found.setdefault(unit.key.node, {})[store.new[-1]] = Secret(content)
    return found


def _unit(
    draft: _Draft, key: UnitKey, found: Sequence[Extension], sight: GroupSight, known: Mapping[str, Certificate]
) -> None:
    facts, seen = sight.facts.get(key.node), sight.group.service(key)
    if seen is None:
        return
    stores, pairs = [], dict(seen.pairs)
    for one in found:
        store = _store(draft, key, one, facts, seen.stores.get(one.setting.command, ()), known)
        if store is None:
            continue
        stores.append(store)
        if one.setting.pair is not None:
            pairs[one.setting.pair] = PairNames(*store.new)
    stays = tuple(staying(sight, key, pairs, draft.unproved))
    draft.problems += not_to_start_with(sight, key)
    draft.units.append(WantedUnit(key, switched(key.service), (), stores=tuple(stores), stays=stays))


def _store(
    draft: _Draft,
    key: UnitKey,
    found: Extension,
    facts: NodeFacts | None,
    old: tuple[str, ...],
    known: Mapping[str, Certificate],
) -> WantedStore | None:
    file = found.store.file
    held = held_whole(facts, file)
    if held is None or old[-1:] != (file,):
        draft.problems.append(
            f"{file} of {key.node} says whom {key.service} trusts (`{found.setting.command}`), and is not read whole: "
            "it cannot be extended. Set a file of a new name there by hand, with all that it holds, the new "
            "certificates and their CAs; then plan again"
        )
        return None
    certificates = [known[one.sha256] for one in found.added]
    added = tuple(one.x509.public_bytes(Encoding.PEM).decode("ascii") for one in certificates)
    content = _content(held, added)
    digest = sha256(content).hexdigest()
    end = min(one.facts.not_after for one in certificates)
    new = f"{found.setting.device_prefix}-{end:%Y%m%d}-{digest[:_DIGITS]}.cer"
    draft.contents.setdefault(key.node, {})[new] = Secret(content)
    subjects = "; ".join(f"[{one.facts.subject}]" for one in certificates)
    draft.notes.append(
        f"{key.service} of {key.node} does not accept the new certificate of {', '.join(found.presenters)} yet: first "
        f"it is given {new} (`{found.setting.command}`), with all that {file} holds and {subjects}"
    )
    return WantedStore(found.setting, old, (*old[:-1], new), {new: digest}, added)


def _content(held: Iterable[Certificate], added: Iterable[str]) -> bytes:
    kept = b"".join(one.x509.public_bytes(Encoding.PEM) for one in held)
    return kept + "".join(added).encode("ascii")
