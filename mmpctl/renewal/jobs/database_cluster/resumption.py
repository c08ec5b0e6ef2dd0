"""Remaining steps of a stopped run's database clusters: planned again until a node has left, then looked up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from mmpctl.cluster.foreign_runs import begun_since, copies_at_work
from mmpctl.cluster.keeper import decide_keeper
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.plan import is_opened, plan
from mmpctl.cluster.preflight import Preflight, Verdict, going_on
from mmpctl.cluster.step_kinds import ActionName
from mmpctl.cluster.target import Goal, Naming
from mmpctl.documents.begun import BegunCluster, BegunRenewal
from mmpctl.errors import MmpError, RefusedError
from mmpctl.renewal.claim import known_marks
from mmpctl.renewal.context import RunContext, Watch
from mmpctl.renewal.jobs.database_cluster import observation
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan, judged, own_address
from mmpctl.renewal.jobs.database_cluster.job import DatabaseCluster
from mmpctl.renewal.jobs.database_cluster.kept_backups import check_backups
from mmpctl.renewal.jobs.database_cluster.node_states import beginning, nodes_seen
from mmpctl.renewal.jobs.database_cluster.observation import Sight
from mmpctl.renewal.jobs.database_cluster.operator_confirmation import KeeperWord, word_then, words_of
from mmpctl.renewal.jobs.database_cluster.preparation import Prepared, prepare
from mmpctl.renewal.jobs.database_cluster.request import check_files, check_nodes, other_addresses
from mmpctl.renewal.jobs.database_cluster.safety import rest_of_cluster, whereabouts
from mmpctl.renewal.jobs.database_cluster.unit import requested_unit
from mmpctl.renewal.not_begun import not_begun
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.resume.comparison import Comparison
from mmpctl.renewal.resume.continuation import Continuation
from mmpctl.renewal.resume.not_resumed import stopped
from mmpctl.renewal.resume.open_steps import cut_line, look_up
from mmpctl.renewal.resume.said import Said
from mmpctl.renewal.rollout import snapshot_name
from mmpctl.renewal.side_by_side import side_by_side
from mmpctl.renewal.stopped import Rest
from mmpctl.runs.ending import Ending
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import Journal
from mmpctl.runs.record import Event
from mmpctl.runs.state import accounted, unfinished, was_begun

# What was given is not what the run began with: nothing is wrong with the nodes.
_NOT_AS_BEGUN = ("other-files", "files", "other-keeper")
_NOT_OPENED = (
    "No node has left its cluster. When the cause is removed, go on with `mmpctl resume {run}`; or close "
    "this run (`mmpctl runs --close {run} --reason TEXT`) and start a new one with `mmpctl renew`."
)
_SAY_AGAIN = (
    "The request says that {keeper} was confirmed as the keeper of {cluster}, but nothing proves who wrote that. If "
    "you know that its database is the one to keep, say so: --keeper {cluster}={keeper}."
)
_SAY_WHY = (
    "Only if it is certain that {keeper} holds the database that must survive, `mmpctl resume {run}` goes on with the "
    "keeper's name after --keeper and the reason after --reason; both are kept in the run."
)


ClusterContinuation = Continuation[ClusterPlan]


@dataclass(frozen=True, slots=True)
class Words:
    """What the operator said when the run was resumed.

    Args:
        certs: the folder of the new certificates, if it has moved.
        other_runs: runs of other machines on which nobody works any more.
        keepers: the word on the keeper, by cluster.
        proved: what the request says of keepers was said by this user: nobody needs to say it again.
        changes: what is not as it was when the run began, to be told, one sentence each.
    """

    certs: Path | None
    other_runs: frozenset[str]
    keepers: Mapping[str, KeeperWord]
    proved: bool
    changes: tuple[str, ...] = ()

    @classmethod
    def of(cls, said: Said, now: datetime) -> Words:
        """Return what was said, as words on keepers.

        Args:
            said: by the operator.
            now: the time, aware, UTC.
        """
        keepers = words_of(said.keepers, said.reason, now)
        return cls(said.certs, said.other_runs, keepers, said.proved, said.changes)

    def on_keeper(self, one: BegunCluster) -> KeeperWord | None:
        """Return what the operator said of a cluster's keeper, now or when the run began.

        Args:
            one: the cluster's part of the request.
        """
        now, then = self.keepers.get(one["name"]), word_then(one) if self.proved else None
        # A name that is given again takes nothing back of the reason that was given then.
        return then if now is None or (then and then.reasoned and not now.reasoned) else now


def look(
    run: RunContext, clusters: Sequence[BegunCluster], request: BegunRenewal, said: Said
) -> dict[str, ClusterContinuation | UnitOutcome]:
    """Look at clusters of a stopped run, each by itself.

    Args:
        run: the run; its journal is told what was found.
        clusters: their parts of the request.
        request: the run's.
        said: what the operator said.

    Returns:
        By cluster, what is left of it, or why it does not go on.
    """
    words = Words.of(said, run.watch.clock())
    wanted = {one["name"]: one for one in clusters}
    folder, journal = run.folder, run.journal
    selected = run.nr.filter(filter_func=lambda host: host.get("cluster") in wanted)
    sights = observation.run(selected, services=request["names"] == Naming.SAME, clock=run.watch.clock)

    def find(sight: Sight) -> ClusterContinuation | UnitOutcome:
        one = wanted[sight.cluster.name]
        # What the journal says now: the look itself adds to it.
        compared = Comparison.of(sight.cluster.name, journal.records, frozenset(request["leave_out"]))
        try:
            goal = _goal(sight.cluster, one, request, folder, words.other_runs)
            files = words.certs or Path(request["certs"])
            word = words.keepers.get(one["name"])
            if word is not None and word.node != goal.keeper:
                raise _other_keeper(one["name"], word.node, goal.keeper)
            if is_opened(journal.history(sight.cluster.name)):
                return _continuation(run, sight, goal, one, files, words, compared)
            return _beginning(run, sight, goal, one, files, words, compared)
        except MmpError as error:
            return replace(
                _stopped(one, error, folder), nodes=compared.with_error(nodes_seen(sight.cluster, folder.name), error)
            )

    # One cluster's long look does not delay the others.
    found = side_by_side(find, sights, len(sights))
    return dict(zip((sight.cluster.name for sight in sights), found, strict=True))


def _goal(
    cluster: ObservedCluster,
    one: BegunCluster,
    request: BegunRenewal,
    folder: RunFolder,
    other_runs: frozenset[str],
) -> Goal:
    return Goal(
        keeper=one["keeper"],
        # As it is seen now: the inventory may have been put right since.
        keeper_address=own_address(cluster),
        wanted={},
        left_out=frozenset(request["leave_out"]) & {node.name for node in cluster.nodes},
        names=Naming(request["names"]),
        slaves_at_once=request["slaves_at_once"],
        snapshot=snapshot_name(folder),
        known_runs=frozenset(one["known_runs"]) | accounted(folder.path.parent, cluster.name) | other_runs,
    )


def _continuation(
    run: RunContext,
    sight: Sight,
    goal: Goal,
    one: BegunCluster,
    certs: Path,
    words: Words,
    compared: Comparison,
) -> ClusterContinuation | UnitOutcome:
    folder, journal, watch = run.folder, run.journal, run.watch
    check_nodes(sight, one, goal.left_out)
    others = (*_copies(sight, journal, folder), *begun_since(sight.cluster, folder.name, goal.known_runs))
    if others:
        raise _not_alone(others, folder)
    prepared = _prepared(run, sight, goal, certs)
    check_files(prepared, one)
    check_backups(journal, sight.cluster.name, folder.path)
    journal.append(Event.RESUMED, sight.cluster.name, detail=beginning(sight.cluster))
    keeper, word = decide_keeper(prepared.cluster, goal.keeper), words.keepers.get(sight.cluster.name)
    planned = ClusterPlan(sight.site, prepared, keeper, Preflight(Verdict.READY), (), word=word)
    job = DatabaseCluster(run, planned, {node["name"]: node["in_use"] for node in one["nodes"]})
    try:
        looked_up = look_up(run, job)
    except MmpError as error:
        halted = _stopped(one, error, folder, prepared.cluster, _rest(run, prepared))
        return replace(halted, nodes=compared.with_error(nodes_seen(prepared.cluster, folder.name), error))
    prepared = replace(prepared, cluster=job.seen)
    found = (*looked_up, *other_addresses(sight, one), *_told(words, sight, watch))
    left = plan(prepared.cluster, prepared.goal, journal.history(sight.cluster.name))
    if any(step.action in (ActionName.REMOVE, ActionName.INITIALIZE) for step in left):
        # Days may have passed: whoever the nodes are and what their clocks say is found out anew, before they are told.
        # Once the keeper is made again, the guards of each join know more of who is who.
        seen = observation.look_at_clocks(run.nr, prepared.cluster, goal.left_out, watch.clock)
        if reasons := going_on(seen, prepared.goal, watch.clock()):
            wrong = MmpError(
                "; ".join(reasons),
                code="not-as-planned",
                advice=f"Correct this, then go on with `mmpctl resume {folder.name}`.",
            )
            halted = _stopped(one, wrong, folder, seen, _rest(run, prepared))
            return replace(halted, nodes=compared.with_error(nodes_seen(seen, folder.name)))
    keeper = decide_keeper(prepared.cluster, goal.keeper)
    planned = replace(planned, prepared=prepared, keeper=keeper, steps=left)
    return Continuation(planned, found, compared.with_left(nodes_seen(prepared.cluster, folder.name), left))


def _beginning(
    run: RunContext,
    sight: Sight,
    goal: Goal,
    one: BegunCluster,
    certs: Path,
    words: Words,
    compared: Comparison,
) -> ClusterContinuation | UnitOutcome:
    """A cluster of the run that nobody has taken apart yet: judged as a new renewal judges it, the keeper too."""
    folder, journal, watch = run.folder, run.journal, run.watch
    name = sight.cluster.name
    other = unfinished(folder.path.parent, name)
    if other not in (None, folder.name):
        reason = f"the run {other} was started on this cluster later and is not finished: resume that one"
        return UnitOutcome(requested_unit(one), Ending.REFUSED, reason)
    copies = tuple(_copies(sight, journal, folder))
    if copies:
        refused = _not_alone(copies, folder)
        nodes = compared.with_error(nodes_seen(sight.cluster, folder.name))
        return UnitOutcome(requested_unit(one), Ending.REFUSED, str(refused), nodes=nodes)
    begun = was_begun(journal.records, name)
    if begun:
        check_nodes(sight, one, goal.left_out)
    prepared = _prepared(run, sight, goal, certs)
    check_files(prepared, one)
    # A reason that was given when the run began counts as the name does: only where it is proved who gave it.
    word = words.on_keeper(one)
    planned = judged(sight.site, prepared, word)
    if planned.preflight.verdict is not Verdict.READY:
        if begun and planned.preflight.verdict is Verdict.NOTHING_TO_DO:
            journal.append(Event.END, name, result=Ending.NOTHING_TO_DO)
        advice: tuple[str, ...] = (_NOT_OPENED.format(run=folder.name),)
        if not planned.keeper.settled and planned.keeper.contradictions:
            advice += (_SAY_WHY.format(keeper=goal.keeper, run=folder.name),)
        elif one["keeper_confirmed"] and word is None:
            advice += (_SAY_AGAIN.format(cluster=name, keeper=goal.keeper),)
        done = planned.preflight.verdict is Verdict.NOTHING_TO_DO
        now = nodes_seen(planned.cluster, folder.name)
        nodes = compared.with_left(now, ()) if done else compared.with_error(now)
        return replace(not_begun(planned), advice=advice, nodes=nodes)
    says = ("nothing was started · therefore: from the beginning", *cut_line(journal))
    if begun:
        journal.append(Event.RESUMED, name, detail=beginning(sight.cluster))
        says = ("no node was removed · therefore: from the beginning, with new backups", *cut_line(journal))
    found = tuple(f"the journal says: {text}" for text in says)
    for line in found:
        watch.progress.note(name, line)
    nodes = compared.with_left(nodes_seen(planned.cluster, folder.name), planned.steps)
    return Continuation(planned, (*found, *_told(words, sight, watch)), nodes)


def _prepared(run: RunContext, sight: Sight, goal: Goal, certs: Path) -> Prepared:
    made = prepare(sight, goal, certs, run.watch.clock())
    return made.with_keys(observation.look_at_keys(run.nr, [(made.cluster, made.goal)]))


def _stopped(
    one: BegunCluster,
    error: MmpError,
    folder: RunFolder,
    seen: ObservedCluster | None = None,
    rest: Rest | None = None,
) -> UnitOutcome:
    return stopped(
        requested_unit(one),
        error,
        folder,
        whereabouts(seen, one["keeper"], folder),
        rest,
        is_refused=error.code in _NOT_AS_BEGUN,
    )


def _rest(run: RunContext, prepared: Prepared) -> Rest:
    left = plan(prepared.cluster, prepared.goal, run.journal.history(prepared.cluster.name))
    return rest_of_cluster(run, prepared, left)


def _told(words: Words, sight: Sight, watch: Watch) -> tuple[str, ...]:
    for line in words.changes:
        watch.progress.note(sight.cluster.name, line)
    return words.changes


def _copies(sight: Sight, journal: Journal, folder: RunFolder) -> Iterator[str]:
    known = known_marks(journal.records, sight.cluster.name)
    return copies_at_work(sight.cluster, folder.name, known)


def _not_alone(why: Iterable[str], folder: RunFolder) -> RefusedError:
    return RefusedError(
        "; ".join(why),
        code="not-alone",
        advice="Only commands that change nothing were sent. Resume the run on the machine where it has continued, "
        "with the folder "
        f"there. Only if that folder is lost for good, close this run with `mmpctl runs --close {folder.name} "
        f"--reason TEXT` and start a new renewal with --other-run {folder.name}.",
    )


def _other_keeper(cluster: str, said: str, keeper: str) -> RefusedError:
    return RefusedError(
        f"{said} was given as keeper of {cluster}, but the run was started with {keeper}",
        code="other-keeper",
        advice="The keeper of a run cannot be changed. Find out which node is the right one. If the run's keeper is "
        "wrong, close this run with `mmpctl runs --close RUN --reason TEXT`, and start a new renewal. "
        "Nothing was sent.",
    )
