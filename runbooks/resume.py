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
from mmpctl.cluster.plan import plan
from mmpctl.cluster.preflight import READY, Preflight
from mmpctl.errors import MmpError
from mmpctl.runbooks import observe
from mmpctl.runbooks import outcome as codes
from mmpctl.runbooks.fleet import close_all
from mmpctl.runbooks.lookup import look_up
from mmpctl.runbooks.observe import Sight
from mmpctl.runbooks.outcome import ClusterOutcome
from mmpctl.runbooks.plan import ClusterPlan
from mmpctl.runbooks.prepare import prepare
from mmpctl.runbooks.recording import record_into
from mmpctl.runbooks.renew import RenewReport, carry_out_all, document, lock_cluster, snapshot_name
from mmpctl.runbooks.request import check_files, check_inventory, check_nodes
from mmpctl.runbooks.runs import open_clusters
from mmpctl.runbooks.watch import Watch
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import Journal
from mmpctl.runs.lock import LockedError
from mmpctl.runs.transcript import Transcripts


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
    confirm: Callable[[tuple[Continuation, ...]], bool] = lambda _: True,
    watch: Watch | None = None,
) -> RenewReport:
    """Finish every cluster of a run that has not come to its end.

    Args:
        nr: the whole inventory, the same that the run began with.
        folder: the run's folder.
        certs: the folder of the new certificates, where it has moved.
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
        outcomes = {
            one["name"]: ClusterOutcome(one["name"], one["keeper"], codes.DONE, "nothing to do")
            for one in request["clusters"]
            if one["name"] not in todo
        }
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
            looked = _look(fleet, free, request, folder, certs, journal, watching)
            outcomes.update({name: found for name, found in looked.items() if isinstance(found, ClusterOutcome)})
            goes_on = tuple(found for found in looked.values() if isinstance(found, Continuation))
            if goes_on and confirm(goes_on):
                done = carry_out_all(fleet, [one.plan for one in goes_on], folder, journal, watching)
                outcomes.update({outcome.name: outcome for outcome in done})
            else:
                outcomes.update({one.plan.name: _not_confirmed(one) for one in goes_on})
        report = RenewReport(folder.name, tuple(outcomes[one["name"]] for one in request["clusters"]), folder.path)
        folder.write("report.json", document(report, "resume"))
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
    journal: Journal,
    watch: Watch,
) -> dict[str, Continuation | ClusterOutcome]:
    wanted = {one["name"]: one for one in clusters}
    sights = observe.run(nr.filter(filter_func=lambda host: host.get("cluster") in wanted))

    def look(sight: Sight) -> Continuation | ClusterOutcome:
        one = wanted[sight.cluster.name]
        try:
            goal = _goal(sight.cluster, one, request, folder)
            files = certs or Path(request["certs"])
            return _continuation(nr, sight, goal, one, files, journal, folder, watch)
        except MmpError as error:
            return _stopped(one, error)

    if not sights:
        return {}
    # One cluster's long look does not delay the others.
    with ThreadPoolExecutor(max_workers=len(sights)) as pool:
        return dict(zip((sight.cluster.name for sight in sights), pool.map(look, sights), strict=True))


def _goal(cluster: ObservedCluster, one: Mapping[str, Any], request: Mapping[str, Any], folder: RunFolder) -> Goal:
    return Goal(
        keeper=one["keeper"],
        keeper_address=one["keeper_address"],
        wanted={},
        left_out=frozenset(request["leave_out"]) & {node.name for node in cluster.nodes},
        names=request["names"],
        slaves_at_once=request["slaves_at_once"],
        snapshot=snapshot_name(folder),
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
) -> Continuation:
    check_nodes(sight.cluster, one, goal.left_out)
    prepared = prepare(sight, goal, certs, watch.clock())
    check_files(prepared, one)
    in_use = {node["name"]: node["in_use"] for node in one["nodes"]}
    lookup = look_up(nr, prepared, in_use, journal, folder, watch)
    prepared = replace(prepared, cluster=lookup.cluster)
    left = plan(prepared.cluster, prepared.goal, journal.history(sight.cluster.name))
    keeper = decide_keeper(prepared.cluster, goal.keeper)
    return Continuation(ClusterPlan(sight.site, prepared, keeper, Preflight(READY), left), lookup.found)


def _stopped(one: Mapping[str, Any], error: MmpError) -> ClusterOutcome:
    code = codes.STOPPED if error.code == "not-reachable" else codes.LOOK
    if error.code in ("other-files", "files"):
        code = codes.REFUSED
    outcome = "refused" if code == codes.REFUSED else "stopped"
    advice = (error.advice,) if error.advice else ()
    return ClusterOutcome(one["name"], one["keeper"], code, outcome, str(error), advice)


def _not_confirmed(one: Continuation) -> ClusterOutcome:
    return ClusterOutcome(
        one.plan.name, one.plan.goal.keeper, codes.REFUSED, "refused", codes.NOT_CONFIRMED, one.found, one.plan.steps
    )
