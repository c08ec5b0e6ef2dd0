"""What a run has done with each service, from its journal: begun, proved, or given its old files again."""

from __future__ import annotations

from dataclasses import replace

from mmpctl.cluster.progress import History
from mmpctl.cluster.step import StepKey
from mmpctl.services.seen_services import UnitKey
from mmpctl.services.service_goal import WantedPair, WantedStore
from mmpctl.services.service_steps import SERVICE_KINDS, ServiceAction

_TOUCHING = (
    ServiceAction.DISABLE,
    ServiceAction.TRUST,
    ServiceAction.CERTS,
    ServiceAction.ENABLE,
    ServiceAction.RESTART,
)


def is_open(key: UnitKey, history: History) -> bool:
    """Return whether the run has begun to change a service, and has not proved it with its new files.

    Args:
        key: of the service.
        history: what the run has done.
    """
    return _is_touched(key, history) and not has_done(history, ServiceAction.PROVE, key)


def is_back(key: UnitKey, history: History) -> bool:
    """Return whether the run has proved a service with the old files that it was given again.

    Args:
        key: of the service.
        history: what the run has done.
    """
    return has_done(history, ServiceAction.PROVE, key, again=True)


def goes_back(key: UnitKey, history: History) -> bool:
    """Return whether the run has begun to give a service its old files again.

    Args:
        key: of the service.
        history: what the run has done.
    """
    return any(one.again for one in history.settled | history.intended if unit_of_step(one) == key)


def was_tried(key: UnitKey, history: History) -> bool:
    """Return whether a proof of a service with its old files was begun, and has not ended well.

    Args:
        key: of the service.
        history: what the run has done.
    """
    return StepKey(ServiceAction.PROVE, key.node, again=True, part=key.part) in history.intended


def is_opened(history: History) -> bool:
    """Return whether a run may have begun to change any service.

    Args:
        history: what the run has done.
    """
    return history.has_begun(SERVICE_KINDS.values())


def resumed(history: History) -> History:
    """Return what a run still relies on when it is taken up again.

    Args:
        history: what it has done.
    """
    units = {unit for key in history.settled | history.intended if (unit := unit_of_step(key)) is not None}
    # What is back at its old files is as it was when the run began: it may be tried again, from the beginning.
    over = {unit for unit in units if is_back(unit, history)}
    begun = {unit.node for unit in units - over if is_open(unit, history)}

    def lasts(key: StepKey) -> bool:
        unit = unit_of_step(key)
        # Files on a node may have changed since: those that nothing waits for yet are looked at again.
        return key.node in begun if unit is None else unit not in over

    return replace(
        history,
        settled=frozenset(filter(lasts, history.settled)),
        intended=frozenset(filter(lasts, history.intended)),
    )


def unit_of_step(key: StepKey) -> UnitKey | None:
    """Return the service that a step is about; None if it is about its node as a whole.

    Args:
        key: of the step.
    """
    return UnitKey.of_part(key.node, key.part) if key.part else None


def has_done(history: History, action: str, key: UnitKey, again: bool = False) -> bool:
    """Return whether a step of a service was seen to end well, and has not been started again since.

    Args:
        history: what the run has done.
        action: the name of the step's kind.
        key: of the service.
        again: on the way back.
    """
    step = StepKey(action, key.node, again, key.part)
    return step in history.settled and step not in history.intended


def has_begun(history: History, action: str, key: UnitKey) -> bool:
    """Return whether a step of a service was started, however it ended.

    Args:
        history: what the run has done.
        action: the name of the step's kind.
        key: of the service.
    """
    return StepKey(action, key.node, part=key.part) in history.settled | history.intended


def is_set(history: History, given: WantedStore | WantedPair, key: UnitKey, again: bool = False) -> bool:
    """Return whether a service was seen to take the files of a pair or of a store.

    Args:
        history: what the run has done.
        given: which one.
        key: of the service.
        again: its old files, on the way back.
    """
    step = StepKey(_sets(given), key.node, again, given.part)
    return step in history.settled and step not in history.intended


def was_given(history: History, given: WantedStore | WantedPair, key: UnitKey) -> bool:
    """Return whether a service may have taken the new files of a pair or of a store.

    Args:
        history: what the run has done.
        given: which one.
        key: of the service.
    """
    step = StepKey(_sets(given), key.node, part=given.part)
    return step in history.settled | history.intended


def _sets(given: WantedStore | WantedPair) -> ServiceAction:
    return ServiceAction.TRUST if isinstance(given, WantedStore) else ServiceAction.CERTS


def _is_touched(key: UnitKey, history: History) -> bool:
    done = history.settled | history.intended
    return any(one.action in _TOUCHING and unit_of_step(one) == key for one in done)
