"""What must be true before services are renewed: every reason to refuse, found before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from mmpctl.cluster.clocks import clock_notes, off_by
from mmpctl.cluster.foreign_runs import young_runs
from mmpctl.cluster.preflight import Preflight, Verdict
from mmpctl.services.renewable import TakesEffect
from mmpctl.services.seen_services import SeenGroup, SeenNode, UnitKey
from mmpctl.services.service_goal import ServiceGoal
from mmpctl.times import minute


@dataclass(frozen=True, slots=True)
class FoundFaults:
    """What was found of the new files and of the nodes, beside what the nodes show.

    Args:
        problems: why the files are not fit for use, one sentence each.
        unproved: why it could not be proved that a service uses its new files, one sentence each.
        stores: who would refuse a new certificate, one sentence each, with the cure.
        outside: what a person must do outside and has not confirmed, one sentence each.
        unseen: which nodes did not answer, one sentence each, as long as nothing else is to be done.
        undeclared: which services the inventory does not allow to be renewed without a person, one sentence each.
        left: what is left as it is because it is not used, not selected, not due, or not now, one sentence each.
        notes: what the operator should know all the same.
    """

    problems: tuple[str, ...] = ()
    unproved: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    undeclared: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def preflight(
    group: SeenGroup, goal: ServiceGoal, found: FoundFaults, now: datetime, known_runs: frozenset[str] = frozenset()
) -> Preflight:
    """Judge whether the services of a group may be renewed.

    Args:
        group: what was observed.
        goal: what is wanted.
        found: what is wrong beside what the nodes show.
        now: the time, aware.
        known_runs: runs that nobody works on any more.
    """
    reasons = [*found.problems, *found.undeclared]
    if not goal.units:
        # Of a node that does not answer, nobody knows whether there is nothing to do.
        reasons += found.unseen
        if reasons:
            return Preflight(Verdict.REFUSED, tuple(reasons), found.notes)
        # Nobody is to take it for done what was only not found.
        return Preflight(Verdict.NOTHING_TO_DO, (*found.left, *found.notes), ())
    reasons += (
        *_unanswered(group),
        *_same_key(group),
        *_not_to_be_reached(group, goal),
        *_same_place(group, goal),
        *found.unproved,
        *found.stores,
        *found.outside,
        *_others_down(group, goal),
        *young_runs(group, known_runs, now),
    )
    reasons = list(dict.fromkeys(reasons)) or [*calls_to_agree(group, goal).values()]
    clocks = clock_notes({node.name: node.clock_ahead for node in group.nodes})
    notes = tuple(dict.fromkeys((*found.left, *found.notes, *clocks, *_lonely(group, goal), *_few_calls(group, goal))))
    return Preflight(Verdict.REFUSED if reasons else Verdict.READY, tuple(reasons), notes)


def calls_to_agree(group: SeenGroup, goal: ServiceGoal) -> dict[UnitKey, str]:
    """Return a sentence for each Call Bridge that nobody has allowed to restart: only that word is missing.

    Args:
        group: what was observed.
        goal: what is wanted.
    """
    return {
        key: f"{key} restarts{_twice(key, goal)}, and its calls drop: {_counted(group.node(key.node), goal)}. "
        f"{_cure(group.node(key.node), goal)}"
        for key in restarted(goal)
        if key.node not in goal.restarts and not goal.allows(group.node(key.node).calls)
    }


def _twice(key: UnitKey, goal: ServiceGoal) -> str:
    several = sum(unit.key.whole == key for unit in goal.units) > 1
    return " twice (for whom it trusts, then for its certificate)" if several else ""


def _counted(node: SeenNode, goal: ServiceGoal) -> str:
    if goal.max_calls is None or node.calls is None:
        return node.calls_told
    return f"{node.calls_told} now, and --max-calls allows {goal.max_calls}"


def _cure(node: SeenNode, goal: ServiceGoal) -> str:
    drop = f"If they may drop, say so with --drop-calls {node.name}"
    if goal.max_calls is None:
        return f"{drop}; if not, --max-calls 0 lets it restart only while there are none"
    return drop if node.calls is None else f"Give the command again when there are fewer. {drop}"


def _few_calls(group: SeenGroup, goal: ServiceGoal) -> Iterator[str]:
    for key in restarted(goal):
        node = group.node(key.node)
        if key.node not in goal.restarts and goal.allows(node.calls):
            yield f"{key} restarts only if no more than {goal.max_calls} calls are on it then; now {node.calls_told}"


def restarted(goal: ServiceGoal) -> tuple[UnitKey, ...]:
    """Return the services of a goal that restart, with all that goes on in them.

    Args:
        goal: what is wanted.
    """
    keys = (unit.key.whole for unit in goal.units if unit.service.takes_effect is TakesEffect.RESTART)
    return tuple(dict.fromkeys(keys))


def _unanswered(group: SeenGroup) -> Iterator[str]:
    for node in group.nodes:
        if not node.answers:
            yield (
                f"{node.name} could not be looked at ({node.error}): it is not known what would be left if a service "
                "on another node were off. Bring it back, or take it out of the inventory"
            )


def _same_key(group: SeenGroup) -> Iterator[str]:
    first: dict[str, SeenNode] = {}
    for node in group.nodes:
        other = first.setdefault(node.host_key, node) if node.host_key else node
        if other is not node:
            yield (
                f"{other.name} and {node.name} have the same host key: they are one machine, or copies of one. Correct "
                "the inventory, or give one of them a key of its own"
            )


def _same_place(group: SeenGroup, goal: ServiceGoal) -> Iterator[str]:
    """Yield a sentence for each two services that answer at one place: what is presented there proves nothing."""
    first: dict[tuple[str, int], UnitKey] = {}
    for node in group.nodes:
        for name, seen in node.services.items():
            for port in {port for command in seen.pairs for port in seen.ports.get(command, ())}:
                key = UnitKey(node.name, name)
                other = first.setdefault((node.address, port), key)
                if other.node != key.node and {key.node, other.node} & {*goal.nodes} and name in goal.services:
                    yield (
                        f"{other} and {key} both answer at {node.address}:{port} by the inventory: it could not be "
                        "proved which of them presents what. Give each node its own service_address"
                    )


def _not_to_be_reached(group: SeenGroup, goal: ServiceGoal) -> Iterator[str]:
    for name in goal.nodes:
        node = group.node(name)
        if node.no_transfer is not None:
            yield f"{name}: no files can be moved by SFTP ({node.no_transfer})"


def _others_down(group: SeenGroup, goal: ServiceGoal) -> Iterator[str]:
    # One that is off and is to stay so has no part in this; one that nobody can judge may be the last one.
    for unit in goal.units:
        seen = group.service(unit.key)
        if seen is not None and seen.enabled is None and unit.service.takes_effect is TakesEffect.OFF_AND_ON:
            yield f"{unit.key.whole} does not show whether it is on: it cannot be switched off and on by a program"


def _lonely(group: SeenGroup, goal: ServiceGoal) -> Iterator[str]:
    for unit in goal.units:
        others = [
            node.name
            for node in group.nodes
            if node.name != unit.key.node
            and (other := node.services.get(unit.key.service)) is not None
            and other.pairs
            and other.enabled is not False
        ]
        if not others:
            yield (
                f"{unit.key.whole} is the only one in {group.name} that is on: while it is off, "
                f"{unit.service.interrupts}"
            )


def not_valid_yet(node: SeenNode, valid_from: datetime, now: datetime) -> str | None:
    """Return why a node's clock speaks against a new certificate; None if it does not.

    Args:
        node: as it was observed.
        valid_from: when the certificate begins to be valid, aware.
        now: the time, aware.
    """
    if node.clock_ahead is None:
        return None
    there = now + timedelta(seconds=node.clock_ahead)
    if there >= valid_from:
        return None
    return (
        f"{node.name}'s clock shows {minute(there)}, {off_by(node.clock_ahead)}: by that clock the new certificates "
        f"are not valid before {minute(valid_from)}. Correct its clock (NTP), then try again"
    )
