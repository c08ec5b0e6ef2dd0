"""Finish what an interrupted run began: the journal and the devices together say what is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nornir.core import Nornir

from mmpctl.cluster.goal import Goal
from mmpctl.cluster.keeper import decide_keeper
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.plan import Step, plan
from mmpctl.cluster.preflight import READY, Preflight
from mmpctl.errors import MmpError, OutcomeUnknown
from mmpctl.moment import Moment
from mmpctl.runbooks import by_hand, observe
from mmpctl.runbooks import outcome as codes
from mmpctl.runbooks.aftermath import keep
from mmpctl.runbooks.fleet import close_all
from mmpctl.runbooks.ledger import check_backups, endings
from mmpctl.runbooks.locking import lock_cluster
from mmpctl.runbooks.lookup import cut_line, look_up
from mmpctl.runbooks.observe import Sight
from mmpctl.runbooks.outcome import ClusterOutcome
from mmpctl.runbooks.plan import ClusterPlan, judge
from mmpctl.runbooks.prepare import Prepared, prepare
from mmpctl.runbooks.recording import record_into
from mmpctl.runbooks.renew import RenewReport, carry_out_all, document, not_begun, snapshot_name
from mmpctl.runbooks.report import leave_report
from mmpctl.runbooks.request import check_files, check_inventory, check_nodes, rollout_of
from mmpctl.runbooks.runs import CLOSED, accounted, open_clusters, unfinished, was_begun
from mmpctl.runbooks.watch import Watch
from mmpctl.runbooks.witness import beginning
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import END, RESUMED, Journal
from mmpctl.runs.lock import LockedError
from mmpctl.runs.transcript import Transcripts

# The steps that are left, the procedure by hand, and where that is kept.
Rest = tuple[tuple[Step, ...], dict[str, Any], str]


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
        RefusedError: inventory or certificates are not those of the run; says what differs.
    """
    watching = watch or Watch()
    request = folder.request
    journal = folder.journal(watching.clock)
    transcripts = Transcripts(watching.clock)
    try:
        todo = open_clusters(request, journal.records)
        outcomes = {one["name"]: _ended(one, journal, folder) for one in request["clusters"] if one["name"] not in todo}
        check_inventory(nr, [one for one in request["clusters"] if one["name"] in todo])
        fleet = nr.filter(filter_func=lambda host: host.get("cluster") in todo)
        with ExitStack() as stack:
            record_into(fleet, transcripts)
            transcripts.attach(folder.subfolder("transcripts"))
            free = []
            for one in (one for one in request["clusters"] if one["name"] in todo):
                try:
                    stack.enter_context(lock_cluster(nr, one["name"], watching))
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
                    key=lambda one: not was_begun(journal.records, one.plan.name),
                )
            )
            if goes_on and not watching.stop.wished and confirm(goes_on):
                watching.progress.queued(tuple(one.plan.name for one in goes_on))
                plans = [one.plan for one in goes_on]
                done = carry_out_all(fleet, plans, folder, journal, watching, rollout_of(request), seen)
                outcomes.update({outcome.name: outcome for outcome in done})
            else:
                for one in goes_on:
                    stopped = watching.stop.wished
                    outcomes[one.plan.name] = _asked_to_stop(one, folder) if stopped else _not_confirmed(one)
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
    sights = observe.run(nr.filter(filter_func=lambda host: host.get("cluster") in wanted))

    def look(sight: Sight) -> Continuation | ClusterOutcome:
        one = wanted[sight.cluster.name]
        try:
            goal = _goal(sight.cluster, one, request, folder, other_runs)
            files = certs or Path(request["certs"])
            if was_begun(journal.records, sight.cluster.name):
                return _continuation(nr, sight, goal, one, files, journal, folder, watch)
            return _beginning(sight, goal, one, files, journal, folder, watch)
        except MmpError as error:
            return _stopped(one, error, folder)

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
        return _stopped(one, error, folder, _rest(nr, prepared, journal, folder, watch))
    prepared = replace(prepared, cluster=lookup.cluster)
    left = plan(prepared.cluster, prepared.goal, journal.history(sight.cluster.name))
    keeper = decide_keeper(prepared.cluster, goal.keeper)
    return Continuation(ClusterPlan(sight.site, prepared, keeper, Preflight(READY), left), lookup.found)


def _beginning(
    sight: Sight, goal: Goal, one: Mapping[str, Any], certs: Path, journal: Journal, folder: RunFolder, watch: Watch
) -> Continuation | ClusterOutcome:
    """A cluster of the run whose turn had not come: judged as a new renewal judges it."""
    name = sight.cluster.name
    other = unfinished(folder.path.parent, name)
    if other not in (None, folder.name):
        reason = f"the run {other} has begun with this cluster since and is not finished: resume that one"
        return ClusterOutcome(name, goal.keeper, codes.REFUSED, "refused", reason)
    prepared = prepare(sight, goal, certs, watch.clock())
    check_files(prepared, one)
    planned = judge(sight.site, prepared, goal.keeper if one["keeper_confirmed"] else None)
    if planned.preflight.verdict != READY:
        return not_begun(planned)
    says = ("nothing was begun · therefore: from the beginning", *cut_line(journal))
    found = tuple(f"the journal says: {text}" for text in says)
    for line in found:
        watch.progress.note(name, line)
    return Continuation(planned, found)


def _rest(nr: Nornir, prepared: Prepared, journal: Journal, folder: RunFolder, watch: Watch) -> Rest:
    """What is left by what was seen, as steps and as the procedure by hand."""
    history = journal.history(prepared.cluster.name)
    left = plan(prepared.cluster, prepared.goal, history)
    home, saw = (folder.path / "by-hand").absolute(), endings(journal, prepared.cluster.name)
    rest = by_hand.document(nr, prepared, left, home, watch.clock(), history, saw)
    return left, rest, keep(rest, folder)


def _stopped(one: Mapping[str, Any], error: MmpError, folder: RunFolder, rest: Rest | None = None) -> ClusterOutcome:
    code = codes.STOPPED if error.code == "not-reachable" or isinstance(error, OutcomeUnknown) else codes.LOOK
    if error.code in ("other-files", "files"):
        code = codes.REFUSED
    outcome = "refused" if code == codes.REFUSED else "stopped"
    keeper = one["keeper"]
    advice = (
        "Nothing was changed by this look.",
        f"The good copy of the database is on {keeper}; the backups are in {folder.path / 'backups'}.",
        f"Never run `database cluster join` on {keeper}, and never `database cluster initialize` on another node.",
    )
    if rest is None:
        return ClusterOutcome(one["name"], keeper, code, outcome, str(error), advice)
    left, procedure, kept = rest
    return ClusterOutcome(one["name"], keeper, code, outcome, str(error), (*advice, kept), left, procedure)


def _ended(one: Mapping[str, Any], journal: Journal, folder: RunFolder) -> ClusterOutcome:
    """A cluster that had come to its end before; one whose check had failed is not well for having been resumed."""
    name, keeper = one["name"], one["keeper"]
    end = next(record for record in reversed(journal.records) if (record.event, record.cluster) == (END, name))
    if end.result == CLOSED:
        reason = f"the run was closed ({end.detail.get('reason')}): it cannot be resumed, `mmpctl renew` begins anew"
        return ClusterOutcome(name, keeper, codes.REFUSED, "refused", reason)
    if end.result == "failed":
        reason = f"all steps were done, but the check afterwards failed: {end.detail.get('reason')}"
        advice = ("`mmpctl status` shows how it is now.", f"The backups are in {folder.path / 'backups'}.")
        return ClusterOutcome(name, keeper, codes.UNVERIFIED, "failed", reason, advice)
    return ClusterOutcome(name, keeper, codes.DONE, "nothing to do")


def _asked_to_stop(one: Continuation, folder: RunFolder) -> ClusterOutcome:
    goes_on = f"`mmpctl resume {folder.name}` looks at every node again, and goes on. This look has begun nothing."
    why = "asked to stop before anything was begun"
    keeper = one.plan.goal.keeper
    return ClusterOutcome(one.plan.name, keeper, codes.STOPPED, "stopped", why, (goes_on, *one.found), one.plan.steps)


def _not_confirmed(one: Continuation) -> ClusterOutcome:
    return ClusterOutcome(
        one.plan.name, one.plan.goal.keeper, codes.REFUSED, "refused", codes.NOT_CONFIRMED, one.found, one.plan.steps
    )
