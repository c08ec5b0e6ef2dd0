"""Remaining steps of a stopped run's services: what is off is finished first, whatever else is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mmpctl.cluster.preflight import Preflight, Verdict
from mmpctl.cluster.progress import History
from mmpctl.documents.services.service_request import BegunServices, RequestedGroup
from mmpctl.errors import MmpError
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.jobs.services import observation
from mmpctl.renewal.jobs.services.begun_with import OTHER_FILES, check_alone, check_files, check_nodes, files_of
from mmpctl.renewal.jobs.services.call_counts import counter
from mmpctl.renewal.jobs.services.group_plan import GroupPlan, judged
from mmpctl.renewal.jobs.services.group_states import nodes_seen, states
from mmpctl.renewal.jobs.services.group_work import GroupWork
from mmpctl.renewal.jobs.services.job import GroupJob
from mmpctl.renewal.jobs.services.observation import GroupSight
from mmpctl.renewal.jobs.services.preparation import Prepared, contents_of, prepare
from mmpctl.renewal.jobs.services.request import goal_of, identities_of, keys_of, requested_unit
from mmpctl.renewal.jobs.services.safety import safety
from mmpctl.renewal.jobs.services.wish import ServiceWish
from mmpctl.renewal.journal_context import at_work
from mmpctl.renewal.not_begun import not_begun
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.resume.comparison import Comparison
from mmpctl.renewal.resume.continuation import Continuation
from mmpctl.renewal.resume.not_resumed import stopped
from mmpctl.renewal.resume.open_steps import cut_line, look_up
from mmpctl.renewal.resume.said import Said
from mmpctl.renewal.side_by_side import side_by_side
from mmpctl.runs.ending import Ending
from mmpctl.runs.record import Event
from mmpctl.runs.state import accounted, unfinished, was_begun
from mmpctl.services.renewal_order import plan
from mmpctl.services.seen_services import UnitKey
from mmpctl.services.service_history import has_done, is_open, is_opened, resumed
from mmpctl.services.service_preflight import FoundFaults
from mmpctl.services.service_steps import ServiceAction

GroupContinuation = Continuation[GroupPlan]


def look(
    run: RunContext, groups: Sequence[RequestedGroup], request: BegunServices, said: Said
) -> dict[str, GroupContinuation | UnitOutcome]:
    """Look at the services of groups of a stopped run, each by itself.

    Args:
        run: the run; its journal is told what was found.
        groups: their parts of the request.
        request: the run's.
        said: what the operator said.

    Returns:
        By group, what is left of it, or why it does not go on.
    """
    wanted = {one["name"]: one for one in groups}
    wish = _wish(request, said)
    sights = observation.run(run.nr, wish.services, run.watch.clock, counter(run.nr, wish))

    def find(sight: GroupSight) -> GroupContinuation | UnitOutcome:
        one = wanted[sight.group.name]
        # What the journal says now: the look itself adds to it.
        compared = Comparison.of(sight.group.name, run.journal.records, frozenset())
        try:
            if is_opened(run.journal.history(sight.group.name, resumed=resumed)):
                return _continuation(run, sight, one, wish, request, compared, said)
            return _beginning(run, sight, one, wish, compared, said)
        except MmpError as error:
            refused = error.code == OTHER_FILES
            found = stopped(requested_unit(one), error, run.folder, (), is_refused=refused)
            return replace(found, nodes=compared.with_error(nodes_seen(sight.group), error))

    mine = [sight for sight in sights if sight.group.name in wanted]
    found = side_by_side(find, mine, max(len(mine), 1))
    return dict(zip((sight.group.name for sight in mine), found, strict=True))


def work_of(run: RunContext, planned: GroupPlan) -> GroupWork:
    """Return one group's part of a run, as its steps need it.

    Args:
        run: the run.
        planned: the group's plan.
    """
    prepared = planned.prepared
    return GroupWork(
        run,
        planned.name,
        planned.goal,
        planned.identities,
        planned.were_on,
        prepared.wish.services,
        prepared.contents,
        counter(run.nr, prepared.wish),
    )


def _wish(request: BegunServices, said: Said) -> ServiceWish:
    return ServiceWish(
        said.certs or Path(request["certs"]),
        tuple(request["services"]),
        request["max_calls"],
        frozenset(request["drop_calls"]),
        frozenset(request["done"]),
    )


def _continuation(
    run: RunContext,
    sight: GroupSight,
    one: RequestedGroup,
    wish: ServiceWish,
    request: BegunServices,
    compared: Comparison,
    said: Said,
) -> GroupContinuation | UnitOutcome:
    """What is left of a group in which the run has touched a service; files and other nodes may be missing."""
    group, folder, journal = sight.group, run.folder, run.journal
    history = journal.history(group.name, resumed=resumed)
    goal = goal_of(one, request)
    open_ones = [unit.key for unit in goal.units if is_open(unit.key, history)]
    check_nodes(sight, one, {key.node for key in open_ones})
    known = frozenset(one["known_runs"]) | accounted(folder.path.parent, group.name) | said.other_runs
    check_alone(run, sight, known)
    journal.append(Event.RESUMED, group.name, detail={**at_work(), "states": states(group)})
    sets, notes = files_of(sight, [unit for unit in goal.units if not _is_done(unit.key, history)], wish, open_ones)
    prepared = Prepared(sight, wish, goal, FoundFaults(), contents_of(sets), sets, run.watch.clock())
    planned = GroupPlan(prepared, known, Preflight(Verdict.READY), (), identities_of(one), keys_of(one["were_on"]))
    job = GroupJob(run, planned, work_of(run, planned))
    try:
        looked_up = look_up(run, job)
    except MmpError as error:
        told = safety(job.work, job.seen, job.history)
        halted = stopped(requested_unit(one), error, folder, told)
        return replace(halted, nodes=compared.with_error(nodes_seen(job.seen), error))
    for line in (*notes, *said.changes):
        run.watch.progress.note(group.name, line)
    left = plan(job.seen, goal, job.history)
    planned = replace(planned, prepared=replace(prepared, sight=replace(sight, group=job.seen)), steps=left)
    return Continuation(planned, (*looked_up, *notes, *said.changes), compared.with_left(nodes_seen(job.seen), left))


def _beginning(
    run: RunContext, sight: GroupSight, one: RequestedGroup, wish: ServiceWish, compared: Comparison, said: Said
) -> GroupContinuation | UnitOutcome:
    """A group of the run in which no service was touched yet: judged as a new renewal judges it."""
    group, folder, journal = sight.group, run.folder, run.journal
    other = unfinished(folder.path.parent, group.name)
    if other not in (None, folder.name):
        reason = f"the run {other} was started on this cluster later and is not finished: resume that one"
        return UnitOutcome(requested_unit(one), Ending.REFUSED, reason)
    # A run that died right after its claim has left its own mark, although it never intended anything.
    known = frozenset({folder.name, *one["known_runs"]}) | accounted(folder.path.parent, group.name) | said.other_runs
    check_alone(run, sight, known)
    begun = was_begun(journal.records, group.name)
    check_nodes(sight, one, {node["name"] for node in one["nodes"]} if begun else set())
    # Who checks the new certificates was judged when the run began, with all nodes that work with these.
    keys = frozenset(UnitKey(unit["name"], unit["service"]) for unit in one["units"])
    mine = replace(wish, only=frozenset(key.node for key in keys), units=keys)
    planned = judged(prepare(sight, mine, run.watch.clock()), known)
    if planned.verdict is not Verdict.READY:
        if begun and planned.verdict is Verdict.NOTHING_TO_DO:
            journal.append(Event.END, group.name, result=Ending.NOTHING_TO_DO)
        advice = (
            f"No service was touched. When the cause is removed, go on with `mmpctl resume {folder.name}`; or close "
            f"this run (`mmpctl runs --close {folder.name} --reason TEXT`) and start a new one.",
        )
        return replace(not_begun(planned), advice=advice, nodes=compared.with_error(nodes_seen(group)))
    check_files(planned.goal, one)
    says = ("no service was touched · therefore: from the beginning", *cut_line(journal))
    if begun:
        journal.append(Event.RESUMED, group.name, detail={**at_work(), "states": states(group)})
    found = tuple(f"the journal says: {text}" for text in says)
    for line in (*found, *said.changes):
        run.watch.progress.note(group.name, line)
    return Continuation(planned, (*found, *said.changes), compared.with_left(nodes_seen(group), planned.steps))


def _is_done(key: UnitKey, history: History) -> bool:
    return has_done(history, ServiceAction.PROVE, key)
