"""Finish what an interrupted run began: the journal and the devices together say what is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nornir.core import Nornir

from mmpctl.cluster.goal import SAME, Goal
from mmpctl.cluster.keeper import decide_keeper
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.plan import INITIALIZE, REMOVE, is_opened, plan
from mmpctl.cluster.preflight import NOTHING_TO_DO, READY, Preflight, going_on
from mmpctl.errors import MmpError
from mmpctl.moment import Moment
from mmpctl.runbooks import observe
from mmpctl.runbooks import outcome as codes
from mmpctl.runbooks.fleet import close_all
from mmpctl.runbooks.ledger import check_backups
from mmpctl.runbooks.locking import lock_cluster
from mmpctl.runbooks.lookup import cut_line, look_up
from mmpctl.runbooks.observe import Sight
from mmpctl.runbooks.outcome import ClusterOutcome
from mmpctl.runbooks.plan import ClusterPlan, judge
from mmpctl.runbooks.prepare import prepare
from mmpctl.runbooks.recording import record_into
from mmpctl.runbooks.renew import RenewReport, carry_out_all, document, not_begun, snapshot_name
from mmpctl.runbooks.report import leave_report
from mmpctl.runbooks.request import (
    check_files,
    check_inventory,
    check_nodes,
    check_request,
    other_addresses,
    rollout_of,
)
from mmpctl.runbooks.runs import accounted, open_clusters, unfinished, was_begun
from mmpctl.runbooks.unresumed import asked_to_stop, ended, not_confirmed, rest_of, stopped
from mmpctl.runbooks.watch import Watch
from mmpctl.runbooks.witness import beginning
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import END, RESUMED, Journal
from mmpctl.runs.lock import LockedError
from mmpctl.runs.transcript import Transcripts

_NOT_OPENED = (
    "No node has left its cluster. When the cause is gone, `mmpctl resume {run}` looks again; or end this run "
    "(`mmpctl runs --close {run} --reason TEXT`) and begin anew with `mmpctl renew`."
)


@dataclass(frozen=True, slots=True)
class Continuation:
    """What a resumed run found for one cluster, and what it is going to do.

    Args:
        plan: the plan with the steps that are left.
        found: "the journal says … · the device says … · therefore …", one line for each open step.
    """

    plan: ClusterPlan
    found: tuple[str, ...]


def run(
    nr: Nornir,
    folder: RunFolder,
    *,
    certs: Path | None = None,
    other_runs: frozenset[str] = frozenset(),
    confirm: Callable[[tuple[Continuation, ...]], bool] = lambda _: True,
    watch: Watch | None = None,
) -> RenewReport:
    """Finish every cluster of a run that has not come to its end.

    Args:
        nr: the whole inventory, the same that the run began with.
        folder: the run's folder.
        certs: the folder of the new certificates, where it has moved.
        other_runs: runs of other machines on which nobody works any more.
        confirm: shown what was found and what is left; nothing is changed when it says no.
        watch: who watches the run; nobody by default.

    Returns:
        How it ended for each cluster of the run.

    Raises:
        JournalError: the journal was changed, or is another run's.
        LockedError: another process works on the run.
        RefusedError: request, inventory or certificates are not those of the run; says what differs.
    """
    watching = watch or Watch()
    request = folder.request
    journal = folder.journal(watching.clock)
    transcripts = Transcripts(watching.clock)
    try:
        todo = open_clusters(request, journal.records)
        outcomes = {one["name"]: ended(one, journal, folder) for one in request["clusters"] if one["name"] not in todo}
        check_request(folder, journal)
        check_inventory(nr, [one for one in request["clusters"] if one["name"] in todo])
        fleet = nr.filter(filter_func=lambda host: host.get("cluster") in todo)
        with ExitStack() as stack:
            record_into(fleet, transcripts)
            transcripts.attach(folder.subfolder("transcripts"))
            free = []
            for one in (one for one in request["clusters"] if one["name"] in todo):
                try:
                    stack.enter_context(lock_cluster(nr, one["name"], watching, folder.name))
                    free.append(one)
                except LockedError as error:
                    outcomes[one["name"]] = ClusterOutcome(
                        one["name"], one["keeper"], codes.LOCKED, "not started", str(error)
                    )
            looked = _look(fleet, free, request, folder, certs, other_runs, journal, watching)
            outcomes.update({name: found for name, found in looked.items() if isinstance(found, ClusterOutcome)})
            seen = Moment.now()
            # What is apart is put together first; what was never begun waits its turn.
            goes_on = tuple(
                sorted(
                    (found for found in looked.values() if isinstance(found, Continuation)),
                    key=lambda one: not is_opened(journal.history(one.plan.name)),
                )
            )
            if goes_on and not watching.stop.wished and confirm(goes_on):
                watching.progress.queued(tuple(one.plan.name for one in goes_on))
                plans = [one.plan for one in goes_on]
                before = tuple(outcomes.values())
                done = carry_out_all(fleet, plans, folder, journal, watching, rollout_of(request), seen, before)
                found = {one.plan.name: one.found for one in goes_on}
                outcomes.update({outcome.name: replace(outcome, found=found[outcome.name]) for outcome in done})
            else:
                for one in goes_on:
                    halted = watching.stop.wished
                    outcomes[one.plan.name] = (
                        asked_to_stop(one.plan, one.found, folder) if halted else not_confirmed(one.plan, one.found)
                    )
        report = RenewReport(folder.name, tuple(outcomes[one["name"]] for one in request["clusters"]), folder.path)
        if todo:
            # Of a run that had ended before, the report says how.
            leave_report(folder, document(report, "resume"), watching)
        return report
    finally:
        journal.close()
        close_all(nr)


def refused(folder: RunFolder, error: MmpError) -> RenewReport:
    """The report of a run that could not be taken up at all.

    Args:
        folder: the run's folder.
        error: what `run` raised.
    """
    locked = isinstance(error, LockedError)
    code, word = (codes.LOCKED, "not started") if locked else (codes.REFUSED, "refused")
    outcomes = (
        ClusterOutcome(one["name"], one["keeper"], code, word, str(error)) for one in folder.request["clusters"]
    )
    return RenewReport(folder.name, tuple(outcomes), folder.path)


def _look(
    nr: Nornir,
    clusters: list[dict[str, Any]],
    request: Mapping[str, Any],
    folder: RunFolder,
    certs: Path | None,
    other_runs: frozenset[str],
    journal: Journal,
    watch: Watch,
) -> dict[str, Continuation | ClusterOutcome]:
    wanted = {one["name"]: one for one in clusters}
    selected = nr.filter(filter_func=lambda host: host.get("cluster") in wanted)
    sights = observe.run(selected, services=request["names"] == SAME, clock=watch.clock)

    def look(sight: Sight) -> Continuation | ClusterOutcome:
        one = wanted[sight.cluster.name]
        try:
            goal = _goal(sight.cluster, one, request, folder, other_runs)
            files = certs or Path(request["certs"])
            if is_opened(journal.history(sight.cluster.name)):
                return _continuation(nr, sight, goal, one, files, journal, folder, watch)
            return _beginning(sight, goal, one, files, journal, folder, watch)
        except MmpError as error:
            return stopped(one, error, folder)

    if not sights:
        return {}
    # One cluster's long look does not delay the others.
    with ThreadPoolExecutor(max_workers=len(sights)) as pool:
        return dict(zip((sight.cluster.name for sight in sights), pool.map(look, sights), strict=True))


def _goal(
    cluster: ObservedCluster,
    one: Mapping[str, Any],
    request: Mapping[str, Any],
    folder: RunFolder,
    other_runs: frozenset[str],
) -> Goal:
    return Goal(
        keeper=one["keeper"],
        keeper_address=one["keeper_address"],
        wanted={},
        left_out=frozenset(request["leave_out"]) & {node.name for node in cluster.nodes},
        names=request["names"],
        slaves_at_once=request["slaves_at_once"],
        snapshot=snapshot_name(folder),
        known_runs=frozenset(one["known_runs"]) | accounted(folder.path.parent, cluster.name) | other_runs,
    )


def _continuation(
    nr: Nornir,
    sight: Sight,
    goal: Goal,
    one: Mapping[str, Any],
    certs: Path,
    journal: Journal,
    folder: RunFolder,
    watch: Watch,
) -> Continuation | ClusterOutcome:
    check_nodes(sight, one, goal.left_out)
    prepared = prepare(sight, goal, certs, watch.clock())
    check_files(prepared, one)
    check_backups(journal, sight.cluster.name, folder.path)
    journal.append(RESUMED, sight.cluster.name, detail=beginning(sight.cluster))
    in_use = {node["name"]: node["in_use"] for node in one["nodes"]}
    try:
        lookup = look_up(nr, prepared, in_use, journal, folder, watch)
    except MmpError as error:
        return stopped(one, error, folder, prepared.cluster, rest_of(nr, prepared, journal, folder, watch))
    prepared = replace(prepared, cluster=lookup.cluster)
    found = (*lookup.found, *other_addresses(sight, one))
    left = plan(prepared.cluster, prepared.goal, journal.history(sight.cluster.name))
    if any(step.action in (REMOVE, INITIALIZE) for step in left):
        # Days may have passed: whoever the nodes are and what their clocks say is found out anew, before they are told.
        # Once the keeper is made anew, the guards of each join know more of who is who.
        seen = observe.look_at_clocks(nr, prepared.cluster, goal.left_out, watch.clock)
        if reasons := going_on(seen, prepared.goal, watch.clock()):
            wrong = MmpError("; ".join(reasons), code="not-as-planned", advice="then resume")
            return stopped(one, wrong, folder, seen, rest_of(nr, prepared, journal, folder, watch))
    keeper = decide_keeper(prepared.cluster, goal.keeper)
    return Continuation(ClusterPlan(sight.site, prepared, keeper, Preflight(READY), left), found)


def _beginning(
    sight: Sight, goal: Goal, one: Mapping[str, Any], certs: Path, journal: Journal, folder: RunFolder, watch: Watch
) -> Continuation | ClusterOutcome:
    """A cluster of the run that nobody has taken apart yet: judged as a new renewal judges it, the keeper too."""
    name = sight.cluster.name
    other = unfinished(folder.path.parent, name)
    if other not in (None, folder.name):
        reason = f"the run {other} has begun with this cluster since and is not finished: resume that one"
        return ClusterOutcome(name, goal.keeper, codes.REFUSED, "refused", reason)
    begun = was_begun(journal.records, name)
    if begun:
        check_nodes(sight, one, goal.left_out)
    prepared = prepare(sight, goal, certs, watch.clock())
    check_files(prepared, one)
    planned = judge(sight.site, prepared, goal.keeper if one["keeper_confirmed"] else None)
    if planned.preflight.verdict != READY:
        if begun and planned.preflight.verdict == NOTHING_TO_DO:
            journal.append(END, name, result=NOTHING_TO_DO)
        return replace(not_begun(planned), advice=(_NOT_OPENED.format(run=folder.name),))
    says = ("nothing was begun · therefore: from the beginning", *cut_line(journal))
    if begun:
        journal.append(RESUMED, name, detail=beginning(sight.cluster))
        says = ("nothing was taken apart · therefore: from the beginning, with new backups", *cut_line(journal))
    found = tuple(f"the journal says: {text}" for text in says)
    for line in found:
        watch.progress.note(name, line)
    return Continuation(planned, found)
