"""What is safe when a renewal of services has stopped, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mmpctl import exit_codes as codes
from mmpctl.cluster.progress import History
from mmpctl.renewal.jobs.services.group_work import GroupWork
from mmpctl.renewal.outcome import PartOutcome
from mmpctl.runs.ending import Ending
from mmpctl.services.renewable import TakesEffect
from mmpctl.services.seen_services import SeenGroup, UnitKey
from mmpctl.services.service_goal import ServiceGoal
from mmpctl.services.service_history import has_done, is_back, is_open, is_opened
from mmpctl.services.service_steps import ServiceAction

# How services show that all is well: a status tells of the database cluster only.
WELL: Final = "`mmpctl audit` shows the new certificates in use"


def safety(work: GroupWork, seen: SeenGroup, history: History) -> Iterator[str]:
    """Yield what is safe now and what to do next, one line each.

    Args:
        work: the group's part of the run.
        seen: the group as it is seen now.
        history: what the journal says that the run has done.
    """
    run = work.run.folder.name
    if not is_opened(history):
        yield "No service was touched: each runs as it did."
        yield f"When the cause is removed, go on with `mmpctl resume {run}`, or close the run."
        return
    for unit in work.goal.units:
        key = unit.key
        shown = seen.service(key)
        if has_done(history, ServiceAction.PROVE, key):
            yield f"{key} uses its new files, and was proved."
        elif is_back(key, history):
            yield f"{key} uses its old files again, and was proved with them."
        elif is_open(key, history):
            off = unit.service.takes_effect is TakesEffect.OFF_AND_ON and (shown is None or shown.enabled is not True)
            yield (
                f"{key} MAY BE OFF, and it was on when the run began: `mmpctl resume {run}` finishes it first. To "
                f"switch it on by hand, type `{key.service} enable` on {key.node}."
                if off
                else f"{key} was begun, and is not proved: `mmpctl resume {run}` looks at it first."
            )
    yield "Nothing was deleted or overwritten on any node: the old files are where they were."


def parts_of(goal: ServiceGoal, history: History, ending: Ending, reason: str | None) -> tuple[PartOutcome, ...]:
    """Return how a run ended for each service.

    Args:
        goal: what was wanted.
        history: what the journal says that the run has done.
        ending: of the group.
        reason: why the group did not end well; None if it did.
    """
    return tuple(_part(unit.key, history, ending, reason) for unit in goal.units)


def _part(key: UnitKey, history: History, ending: Ending, reason: str | None) -> PartOutcome:
    if ending in (Ending.RENEWED, Ending.NOTHING_TO_DO):
        return PartOutcome(key.node, key.part, ending, reason)
    if has_done(history, ServiceAction.PROVE, key):
        word = Ending.FAILED if ending is Ending.FAILED else Ending.RENEWED
        return PartOutcome(key.node, key.part, word, reason if word is Ending.FAILED else None)
    if is_back(key, history):
        return PartOutcome(key.node, key.part, Ending.STOPPED, "it uses its old files again")
    if is_open(key, history):
        return PartOutcome(key.node, key.part, Ending.STOPPED, reason, codes.LOOK)
    if ending is Ending.REFUSED:
        return PartOutcome(key.node, key.part, ending, reason)
    return PartOutcome(key.node, key.part, Ending.NOT_STARTED, "its turn did not come")
