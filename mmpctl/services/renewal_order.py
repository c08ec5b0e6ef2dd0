"""The ordered steps of a renewal of services: a pure function of what was seen, wanted and done, also after a stop.

One service of one node after the other, each proved before the next begins; those whose trust is extended come first,
so that the new certificates are accepted wherever they are presented. A service that a run has switched off and
not proved comes before all else. Where one step did not end well, what is left of its service is the way back: its old
files, on again, proved; and nothing else of the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mmpctl.cluster.draft import Draft, numbered
from mmpctl.cluster.progress import NOTHING_DONE, History
from mmpctl.cluster.step import Step, StepKind
from mmpctl.services import service_steps as kinds
from mmpctl.services.renewable import TakesEffect
from mmpctl.services.seen_services import SeenGroup, UnitKey
from mmpctl.services.service_goal import ServiceGoal, WantedPair, WantedStore, WantedUnit
from mmpctl.services.service_history import (
    goes_back,
    has_begun,
    has_done,
    is_back,
    is_open,
    is_set,
    was_given,
    was_tried,
)
from mmpctl.services.service_steps import ServiceAction


def plan(group: SeenGroup, goal: ServiceGoal, history: History = NOTHING_DONE) -> tuple[Step, ...]:
    """Return the steps that lead from what was seen to the goal.

    Args:
        group: what was seen.
        goal: what is wanted.
        history: what the run has done before; none for a new run.
    """
    return numbered(_waves(group, goal, history))


def way_back(group: SeenGroup, goal: ServiceGoal, history: History) -> tuple[Step, ...]:
    """Return the steps that put right every service that the run has begun with and not proved.

    Args:
        group: what was seen.
        goal: what is wanted.
        history: what the run has done.
    """
    open_ones = [unit for unit in goal.units if is_open(unit.key, history) and not is_back(unit.key, history)]
    return numbered([draft] for unit in open_ones for draft in _back(unit, group, history))


def _waves(group: SeenGroup, goal: ServiceGoal, history: History) -> Iterator[list[Draft]]:
    begun = [unit for unit in goal.units if is_open(unit.key, history)]
    back = [unit for unit in begun if goes_back(unit.key, history)]
    for unit in back:
        if not is_back(unit.key, history):
            yield from ([draft] for draft in _back(unit, group, history))
    if back:
        # Whatever made it fail may make the next one fail: a person looks first.
        return
    for unit in begun:
        yield from ([draft] for draft in _forward(unit, group, history))
    waiting = [
        unit for unit in goal.units if unit not in begun and not has_done(history, ServiceAction.PROVE, unit.key)
    ]
    nodes = dict.fromkeys(unit.key.node for unit in waiting)
    yield [_upload(node, waiting) for node in nodes if not history.has(ServiceAction.UPLOAD, node)]
    yield [_verify(node, waiting) for node in nodes if not history.has(ServiceAction.VERIFY, node)]
    for unit in waiting:
        yield from ([draft] for draft in _forward(unit, group, history))


def _forward(unit: WantedUnit, group: SeenGroup, history: History) -> Iterator[Draft]:
    key, seen = unit.key, group.service(unit.key)
    switched = unit.service.takes_effect is TakesEffect.OFF_AND_ON
    effective = ServiceAction.ENABLE if switched else ServiceAction.RESTART
    if not has_done(history, effective, key):
        # Somebody may have switched it on again meanwhile: then nothing that was set is relied on.
        is_off = (
            switched and has_done(history, ServiceAction.DISABLE, key) and seen is not None and seen.enabled is False
        )
        if switched and not is_off:
            yield _switch(kinds.DISABLE, unit)
        for one in unit.given:
            if (switched and not is_off) or not is_set(history, one, key):
                yield _set(one, key)
        yield _switch(kinds.ENABLE if switched else kinds.RESTART, unit)
    yield _prove(unit)


def _back(unit: WantedUnit, group: SeenGroup, history: History) -> Iterator[Draft]:
    key, seen = unit.key, group.service(unit.key)
    switched = unit.service.takes_effect is TakesEffect.OFF_AND_ON
    given = [one for one in unit.given if was_given(history, one, key)]
    restarted = has_begun(history, ServiceAction.RESTART, key)
    if not switched and not given and not restarted and not goes_back(key, history):
        # Nothing was sent that it could take into use.
        return
    if not has_done(history, ServiceAction.ENABLE if switched else ServiceAction.RESTART, key, again=True):
        unset = [one for one in given if not is_set(history, one, key, again=True)]
        # Neither off nor on, or on and not proved so: only a start from the beginning ends that for certain.
        is_between = seen is not None and (seen.enabled is None or was_tried(key, history))
        if switched and (unset or is_between) and (seen is None or seen.enabled is not False):
            yield _switch(kinds.DISABLE, unit, again=True)
        for one in unset:
            yield _set(one, key, again=True)
        is_on = switched and not unset and not is_between and seen is not None and seen.enabled is True
        # Without a restart, a Call Bridge still works with what it had: another one would only drop its calls.
        needs_none = not switched and not restarted
        if not is_on and not needs_none:
            yield _switch(kinds.ENABLE if switched else kinds.RESTART, unit, again=True)
    yield _prove(unit, again=True)


def _upload(node: str, units: Iterable[WantedUnit]) -> Draft:
    names = dict.fromkeys(name for one in _given(node, units) for name in one.sent)
    return Draft(node, kinds.UPLOAD, tuple(names))


def _verify(node: str, units: Iterable[WantedUnit]) -> Draft:
    pairs = dict.fromkeys(
        (one.new.key, one.new.certificate) if isinstance(one, WantedPair) else ("", *one.sent)
        for one in _given(node, units)
    )
    return Draft(node, kinds.VERIFY, tuple(name for pair in pairs for name in pair))


def _given(node: str, units: Iterable[WantedUnit]) -> Iterator[WantedStore | WantedPair]:
    return (one for unit in units if unit.key.node == node for one in unit.given)


def _switch(kind: StepKind, unit: WantedUnit, again: bool = False) -> Draft:
    return Draft(unit.key.node, kind, (unit.service.name,), again, unit.key.part)


def _set(given: WantedStore | WantedPair, key: UnitKey, again: bool = False) -> Draft:
    kind = kinds.TRUST if isinstance(given, WantedStore) else kinds.CERTS
    return Draft(key.node, kind, (given.setting.command, *given.arguments(back=again)), again, given.part)


def _prove(unit: WantedUnit, again: bool = False) -> Draft:
    return Draft(unit.key.node, kinds.PROVE, (unit.service.name,), again, unit.key.part)
