"""Give clusters new certificates of a private CA, from the requests to the renewal; each stop can be gone on from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from nornir.core import Nornir

from mmpctl import exit_codes as codes
from mmpctl.cluster.preflight import Verdict
from mmpctl.documents.asked import Asked
from mmpctl.documents.issuing.rotate import RotatedCluster, RotationDocument
from mmpctl.fleet.run_on import close_all
from mmpctl.inventory.select import select
from mmpctl.renewal.context import Watch
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan
from mmpctl.renewal.jobs.database_cluster.renew_options import ClusterWish, RenewOptions
from mmpctl.renewal.jobs.database_cluster.unit import cluster_unit
from mmpctl.renewal.not_begun import left_as_it_is, not_begun
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.rollout import canary_trouble
from mmpctl.reports.issuing.what_next import BEGUN, after_rotation
from mmpctl.runbooks import before_window
from mmpctl.runbooks import plan as planning
from mmpctl.runbooks import renew as renewing
from mmpctl.runbooks.before_window import Issuing
from mmpctl.runbooks.plan import PlanReport
from mmpctl.runbooks.renew import RenewReport
from mmpctl.runs.ending import Ending
from mmpctl.signing.rotation import Part, Preparation, Problem

Confirm = Callable[[PlanReport], PlanReport | None]


@dataclass(frozen=True, slots=True)
class RotatedUnit:
    """How far one cluster came.

    Args:
        name: of the cluster.
        part: the last part that was begun with.
        problems: why it does not go on before its plan.
        notes: what a person should know.
        plan: of its renewal; None if nobody was shown one.
        renewed: how its renewal ended, or why it did not begin; None if it did not come as far, or was not to.
    """

    name: str
    part: Part
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    plan: ClusterPlan | None = None
    renewed: UnitOutcome | None = None

    @property
    def outcome(self) -> str:
        """The word for it: a renewal's, or `ready` if it was to end before that."""
        if self.renewed is not None:
            return self.renewed.outcome
        return Verdict.READY if not self.problems else Ending.REFUSED

    @property
    def code(self) -> int:
        """The cluster's own exit code."""
        if self.renewed is not None:
            return self.renewed.code
        if any(one.locked for one in self.problems):
            return codes.LOCKED
        return codes.REFUSED if self.problems else codes.DONE

    @property
    def reason(self) -> str | None:
        """Why it does not go on, in sentences; None if all is well."""
        if self.renewed is not None:
            return self.renewed.reason
        return "; ".join(": ".join(filter(None, (one.node, one.message))) for one in self.problems) or None


@dataclass(frozen=True, slots=True)
class RotateReport:
    """What came of a rotation.

    Args:
        certs: the folder of requests and certificates.
        clusters: in the order of the inventory.
        notes: what concerns no cluster.
        renewal: what came of the renewal; None if none was to begin.
    """

    certs: Path
    clusters: tuple[RotatedUnit, ...]
    notes: tuple[str, ...]
    renewal: RenewReport | None = None

    @property
    def code(self) -> int:
        """The exit code: that of the clusters if they agree, else 10."""
        return codes.exit_code(one.code for one in self.clusters)


def run(
    nr: Nornir,
    certs: Path,
    issuing: Issuing,
    options: RenewOptions,
    *,
    confirm: Confirm | None = None,
    watch: Watch | None = None,
) -> RotateReport:
    """Request, sign, stage and plan; then renew if somebody confirms the plan.

    Unless `confirm` is given, this ends before the window: no cluster is touched, and no calls drop.

    Args:
        nr: filtered by the caller to whole clusters.
        certs: the folder of requests and certificates; made if it is not there.
        issuing: who issues, and where the keys come from.
        options: what is wanted of the renewal.
        confirm: shown the plan before anything is changed; gives it back, or None for no.
        watch: who watches; nobody by default.

    Returns:
        How far each cluster came. The same call goes on from there, unless a renewal stopped: then
        `runbooks.resume.run` does.

    Raises:
        UsageError: a name that is unknown, a folder that cannot be used, a CA that cannot sign.
    """
    so_far = before_window.run(nr, certs, issuing, options, watch=watch)
    return window(nr, so_far, options, confirm=confirm, watch=watch)


def window(
    nr: Nornir,
    so_far: Preparation,
    options: RenewOptions,
    *,
    confirm: Confirm | None = None,
    watch: Watch | None = None,
) -> RotateReport:
    """Plan the clusters that are prepared, and renew them if somebody confirms the plan.

    Args:
        nr: filtered by the caller to whole clusters.
        so_far: what `before_window.run` returned.
        options: what is wanted of the renewal.
        confirm: see `run`; None to end with the plan.
        watch: who watches; nobody by default.

    Raises:
        UsageError: the folder of the runs cannot be used.
    """
    watching = watch or Watch()
    seen = _Seen()
    names = so_far.begin(Part.PLAN)
    held_up = [cluster_unit(name, None) for name in options.rollout.canaries if so_far.problems.get(name)]
    why = canary_trouble(UnitOutcome(one, Ending.REFUSED) for one in held_up)
    if names:
        watching.progress.note("", f"plan: looking at {', '.join(names)}")
        chosen = select(nr, clusters=names)
        wish = ClusterWish(so_far.certs, options).narrowed(chosen)
        if confirm is None or why is not None:
            _plan(chosen, wish, why, seen, watching)
        else:
            _renew(chosen, wish, confirm, seen, watching)
    for name, one in seen.ended.items():
        if one.outcome in BEGUN:
            so_far.parts[name] = Part.RENEW
    clusters = (
        RotatedUnit(
            name,
            so_far.parts[name],
            tuple(so_far.problems.get(name, ())),
            tuple(so_far.notes.get(name, ())),
            seen.plans.get(name),
            seen.ended.get(name),
        )
        for name in so_far.clusters
    )
    return RotateReport(so_far.certs, tuple(clusters), tuple(so_far.notes.get("", ())), seen.renewal)


@dataclass(slots=True)
class _Seen:
    """What came of the clusters that were planned."""

    plans: dict[str, ClusterPlan] = field(default_factory=dict)
    ended: dict[str, UnitOutcome] = field(default_factory=dict)
    renewal: RenewReport | None = None


def _plan(nr: Nornir, wish: ClusterWish, why: str | None, seen: _Seen, watch: Watch) -> None:
    try:
        report = planning.run_with(nr, wish.certs, wish.options, clock=watch.clock)
    finally:
        close_all(nr)
    for one in report.clusters:
        seen.plans[one.name] = one
        if one.verdict is not Verdict.READY:
            seen.ended[one.name] = not_begun(one)
        elif why is not None:
            seen.ended[one.name] = left_as_it_is(one, why)


def _renew(nr: Nornir, wish: ClusterWish, confirm: Confirm, seen: _Seen, watch: Watch) -> None:
    def confirmed(report: PlanReport) -> PlanReport | None:
        answered = confirm(report)
        seen.plans.update({one.name: one for one in (answered or report).clusters})
        return answered

    seen.renewal = renewing.run_with(nr, wish.certs, wish.options, confirm=confirmed, watch=watch)
    seen.ended.update({one.name: one for one in seen.renewal.clusters})


def document(report: RotateReport, asked: Asked | None = None) -> RotationDocument:
    """Return the report as JSON.

    Args:
        report: of `run`.
        asked: the options that the next command takes too.
    """
    told = renewing.document(report.renewal) if report.renewal is not None else None
    renewed = {one["name"]: one for one in (told["clusters"] if told else ())}
    clusters: list[RotatedCluster] = [
        {
            "name": one.name,
            "keeper": one.plan.keeper.keeper if one.plan else None,
            "code": one.code,
            "outcome": one.outcome,
            "reason": one.reason,
            "part": one.part,
            "problems": [each.document() for each in one.problems],
            "notes": list(one.notes),
            "plan": one.plan.document() if one.plan else None,
            "renewal": renewed.get(one.name),
        }
        for one in report.clusters
    ]
    return {
        "schema": 1,
        "command": "rotate",
        "folder": str(report.certs),
        "run": told and told["run"],
        "reminder": told and told["reminder"],
        "clusters": clusters,
        "notes": list(report.notes),
        "next": after_rotation(clusters, asked),
    }
