"""In which order the clusters of a run follow each other, and when no further one is started."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, TypeVar

from nornir.core import Nornir

from mmpctl import exit_codes as codes
from mmpctl.defaults import CLUSTERS_AT_ONCE
from mmpctl.errors import UsageError
from mmpctl.inventory.nodes import clusters_of
from mmpctl.moment import Moment
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.job import Job, Planned
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.side_by_side import side_by_side
from mmpctl.renewal.stop import Stop
from mmpctl.renewal.unit_run import carry_out
from mmpctl.runs.ending import Ending
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.state import was_begun

# A unit's plan, or its job.
U = TypeVar("U", bound=Planned)


@dataclass(frozen=True, slots=True)
class Rollout:
    """How many clusters are worked on at the same time, and how many may fail.

    Args:
        canaries: names of the clusters that go first; none of the others begins unless all of these end well.
        at_once: how many clusters are worked on at the same time.
        max_failures: how many clusters may stop or fail before no further one is started; those that are refused before
            anything was touched do not count.
    """

    canaries: tuple[str, ...] = ()
    at_once: int = CLUSTERS_AT_ONCE
    max_failures: int = 0


def check_canaries(nr: Nornir, rollout: Rollout) -> None:
    """Make sure that the clusters that are to go first are there.

    Args:
        nr: filtered by the caller to whole clusters.
        rollout: what was asked for.

    Raises:
        UsageError: a canary is not among them.
    """
    known = [group.name for group in clusters_of(nr) if group.name is not None]
    for name in rollout.canaries:
        if name not in known:
            raise UsageError(f"--canary {name}: no such cluster is selected", advice=f"Selected: {', '.join(known)}.")


class Turns:
    """Lets clusters begin as long as all goes well; called from several threads.

    Args:
        rollout: what was asked for.
        stop: the operator's wish to stop.
        failed: names of the clusters that did not end well before.
    """

    def __init__(self, rollout: Rollout, stop: Stop, failed: Iterable[str] = ()) -> None:
        self._rollout = rollout
        self._stop = stop
        self._lock = Lock()
        self._failed = list(failed)

    def take(self, plan: U, act: Callable[[U], UnitOutcome], is_begun: bool = False) -> UnitOutcome:
        """Let one cluster begin, or say why not.

        Args:
            plan: the cluster's.
            act: carries the plan out.
            is_begun: the run has begun with it already: it is finished whatever has become of others.
        """
        with self._lock:
            why = self._why_not(is_begun, plan.unit.noun)
        if why is not None:
            return not_started(plan, why)
        outcome = act(plan)
        if outcome.has_failed:
            with self._lock:
                self._failed.append(outcome.name)
        return outcome

    def _why_not(self, is_begun: bool, noun: str) -> str | None:
        if self._stop.wished:
            return "the run was asked to stop"
        if not is_begun and len(self._failed) > self._rollout.max_failures:
            return (
                f"{', '.join(self._failed)} did not end well, and "
                f"{self._rollout.max_failures} such {noun}s are allowed (--max-failures)"
            )
        return None


def in_turn(
    plans: Sequence[U],
    rollout: Rollout,
    stop: Stop,
    act: Callable[[U], UnitOutcome],
    before: Iterable[UnitOutcome] = (),
    begun: frozenset[str] = frozenset(),
) -> list[UnitOutcome]:
    """Carry out the plans of several clusters: the canaries first, then so many at a time.

    Args:
        plans: in the order in which they begin.
        rollout: what was asked for.
        stop: the operator's wish to stop.
        act: carries one plan out; raises nothing.
        before: what has become of other clusters of the same run, if it is resumed.
        begun: names of the clusters that the run has begun with already: they come first, and wait for no other.

    Returns:
        One outcome for each plan: those that were started first, then the canaries'.
    """
    known = list(before)
    turns = Turns(rollout, stop, (one.name for one in known if one.has_failed))
    taken_up = [plan for plan in plans if plan.name in begun]
    canaries = [plan for plan in plans if plan.name in rollout.canaries and plan.name not in begun]
    others = [plan for plan in plans if plan.name not in rollout.canaries and plan.name not in begun]
    first = side_by_side(lambda plan: turns.take(plan, act, is_begun=True), taken_up, rollout.at_once)
    first += side_by_side(lambda plan: turns.take(plan, act), canaries, rollout.at_once)
    why = canary_trouble(one for one in (*known, *first) if one.name in rollout.canaries)
    if why is not None:
        return [*first, *(not_started(plan, why) for plan in others)]
    return [*first, *side_by_side(lambda plan: turns.take(plan, act), others, rollout.at_once)]


def canary_trouble(canaries: Iterable[UnitOutcome]) -> str | None:
    """Return why no other cluster may begin after these canaries; None when it may.

    Args:
        canaries: how they ended.
    """
    bad = [f"{outcome.name} ({outcome.outcome})" for outcome in canaries if outcome.code != codes.DONE]
    return f"the canary {', '.join(bad)} was not renewed" if bad else None


def not_started(plan: Planned, why: str) -> UnitOutcome:
    """Return the outcome of a cluster of a run whose turn did not come: resume begins it.

    Args:
        plan: the cluster's.
        why: as the user reads it.
    """
    return UnitOutcome(
        plan.unit,
        Ending.NOT_STARTED,
        why,
        (f"The {plan.unit.noun} is as it was: only commands that change nothing were sent to its nodes.",),
        plan.steps,
    )


def carry_out_all(
    run: RunContext,
    jobs: Sequence[Job[Any]],
    rollout: Rollout,
    seen: Moment,
    before: Iterable[UnitOutcome] = (),
    *,
    resumed: bool = False,
) -> list[UnitOutcome]:
    """Carry out the plans of several units, a few at a time.

    Args:
        run: the run.
        jobs: the units' parts of it, in the order in which they begin.
        rollout: which go first, how many at a time, and how many may fail.
        seen: when the units were looked at for the plans.
        before: what has become of the run's other units, if it is resumed.
        resumed: it is a run that was taken up again.
    """
    journal, watch, folder = run.journal, run.watch, run.folder
    begun = frozenset(job.name for job in jobs if was_begun(journal.records, job.name))

    def act(job: Job[Any]) -> UnitOutcome:
        return carry_out(run, job, seen, resumed)

    outcomes = [
        _still_apart(one, folder) if one.outcome is Ending.NOT_STARTED and was_begun(journal.records, one.name) else one
        for one in in_turn(jobs, rollout, watch.stop, act, before, begun)
    ]
    for one in outcomes:
        if one.outcome is Ending.NOT_STARTED:
            watch.progress.finished(one.name, one.outcome, one.reason)
    return outcomes


def _still_apart(outcome: UnitOutcome, folder: RunFolder) -> UnitOutcome:
    # What an earlier process of the run began is not as it was, even where this one has sent nothing.
    noun = outcome.unit.noun
    advice = (
        f"`mmpctl resume {folder.name}` looks at every node and goes on: the run had started work on this {noun}.",
    )
    return replace(outcome, outcome=Ending.STOPPED, advice=advice)


def snapshot_name(folder: RunFolder) -> str:
    """Return the name of a run's backups on the devices: whoever finds one there knows that a run was at work."""
    return f"pre-{folder.name}"
