"""The plans of clusters, or of services, at many sites: each is made where its certificates are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mmpctl import exit_codes as codes
from mmpctl.cluster.preflight import Verdict
from mmpctl.documents.plan import PlanDocument, PlannedCluster
from mmpctl.errors import UsageError
from mmpctl.inventory.nodes import Node
from mmpctl.reach.answer_lines import Part
from mmpctl.reach.engine import Answer, Engine, Errand
from mmpctl.reach.lines.site_line import SiteRefuses
from mmpctl.reach.site_inventory import digest_of, nodes_around
from mmpctl.reach.site_units import UnitAtSite
from mmpctl.reach.sites.site_parts import document_in, gather
from mmpctl.reach.sites_file import RemoteSite
from mmpctl.reach.tickets.confirmed_plan import Confirmable
from mmpctl.reach.verbs import PlanRequest
from mmpctl.reach.wire import from_wire


@dataclass(frozen=True, slots=True)
class SitesPlan:
    """The plans of all clusters.

    Args:
        clusters: in the order of the inventory; refused if their site has not told of them.
        answers: what came of each site.
        confirm: what is needed to have a plan confirmed, by cluster, for those that their site has told.
    """

    clusters: tuple[PlannedCluster, ...]
    answers: tuple[Answer, ...]
    confirm: Mapping[str, Confirmable] = field(default_factory=dict)

    @property
    def code(self) -> int:
        """5 if all are refused, 10 if only some are, or if a site did not answer to the end."""
        if any(answer.error is not None for answer in self.answers):
            return codes.DIFFERENT
        refused = (one["verdict"] == Verdict.REFUSED for one in self.clusters)
        return codes.exit_code(codes.REFUSED if one else codes.DONE for one in refused)

    def document(self) -> PlanDocument:
        """Return the same as JSON."""
        return {"schema": 1, "command": "plan", "clusters": list(self.clusters)}


def plan(engine: Engine, units: Sequence[UnitAtSite], everybody: Sequence[Node], wanted: PlanRequest) -> SitesPlan:
    """Have each cluster, or the services of each group of nodes, planned at its site.

    Args:
        engine: carries the requests.
        units: the clusters, or the groups.
        everybody: all nodes of the inventory here.
        wanted: how it is planned; its clusters are those of the units.

    Raises:
        UsageError: a name of the operator's is not known.
    """
    _check_names(units, wanted)
    by_site: dict[RemoteSite, list[UnitAtSite]] = {}
    for unit in units:
        if unit.at is not None:
            by_site.setdefault(unit.at, []).append(unit)
    errands = [
        Errand(site, part_of(wanted, here), digest_of(nodes_around(site.name, everybody)))
        for site, here in by_site.items()
    ]
    found, answers = gather(engine, errands, _planned)
    told = {name: one for parts in found.values() for name, one in parts.items()}
    ended = {answer.site: answer for answer in answers}
    # What a site leaves out of its answer has no part in the services that were asked for.
    silent = {site for site, answer in ended.items() if answer.error is None and found[site.name] and wanted.services}
    planned = [
        _noted(*told[unit.name], unit.at)
        if unit.name in told
        else _not_planned(unit, ended.get(unit.at) if unit.at else None)
        for unit in units
        if unit.name in told or unit.at not in silent
    ]
    confirm = {name: one for name, (_, one) in told.items()}
    # Each site leaves out what has no part in the services that were asked for, unless it has nothing else to tell.
    concerned = [one for one in planned if one["name"] not in confirm or confirm[one["name"]].concerned]
    return SitesPlan(tuple(concerned or planned), tuple(answers), confirm)


def part_of(wanted: PlanRequest, units: Sequence[UnitAtSite]) -> PlanRequest:
    """Return what is wanted of some clusters or groups.

    Args:
        wanted: of all.
        units: those that are meant.
    """
    names = tuple(unit.name for unit in units)
    here = frozenset(node for unit in units for node in unit.nodes)
    keepers = {cluster: node for cluster, node in wanted.keepers.items() if cluster in names}
    return replace(
        wanted,
        clusters=names,
        keepers=keepers,
        reason=wanted.reason if keepers else None,
        leave_out=wanted.leave_out & here,
        services=wanted.services.of_nodes(here) if wanted.services is not None else None,
    )


def why_no_renewal(site: RemoteSite, confirm: Confirmable) -> str | None:
    """Return why a desk cannot have a site renew, whatever the plan says; None if it can.

    Args:
        site: of the file of sites.
        confirm: what the site has told with its plan.
    """
    lacking = [
        *(() if site.renews else ("set `renews: true` for it in the file of sites",)),
        *(() if confirm.renews else ("have its program start `mmpctl site` with --renews",)),
    ]
    return f"the site {site.name} does not renew: {', and '.join(lacking)}" if lacking else None


def _noted(planned: PlannedCluster, confirm: Confirmable, site: RemoteSite | None) -> PlannedCluster:
    """Return a plan that says, weeks before the window, if nobody could begin with it from the desk."""
    trouble = why_no_renewal(site, confirm) if site is not None and planned["verdict"] == Verdict.READY else None
    if trouble is None:
        return planned
    return {**planned, "notes": [f"{trouble}. Until then, `mmpctl renew --engine` is refused", *planned["notes"]]}


def _check_names(units: Sequence[UnitAtSite], wanted: PlanRequest) -> None:
    nodes = {node.name: node for unit in units for node in unit.group.nodes}
    for cluster, node in wanted.keepers.items():
        if node not in nodes or nodes[node].cluster != cluster:
            raise UsageError(
                f"--keeper {cluster}={node}: no node {node} in a selected cluster {cluster}",
                advice=f"The selected clusters are {', '.join(unit.name for unit in units)}.",
            )
    named = {
        "--leave-out": wanted.leave_out,
        "--drop-calls": frozenset(wanted.services.drop_calls if wanted.services is not None else ()),
    }
    for option, names in named.items():
        for node in sorted(names - nodes.keys()):
            raise UsageError(f"{option} {node}: no such node", advice=f"Known nodes: {', '.join(sorted(nodes))}.")


def _planned(part: Part) -> tuple[PlannedCluster, Confirmable]:
    confirm = from_wire(part.told.get("confirm"), Confirmable, f"`confirm` of {part.name}")
    return document_in(part, "plan", PlannedCluster), confirm


def _not_planned(unit: UnitAtSite, answer: Answer | None) -> PlannedCluster:
    return {
        "name": unit.name,
        "job": unit.job,
        "site": unit.group.site,
        "keeper": None,
        "keeper_proved": False,
        "keeper_evidence": [],
        "keeper_conclusions": [],
        "keeper_contradictions": [],
        "verdict": Verdict.REFUSED.value,
        "reasons": [_why_not(unit, answer)],
        "notes": [],
        "expected": None,
        "steps": [],
    }


def _why_not(unit: UnitAtSite, answer: Answer | None) -> str:
    if answer is None:
        return unit.refusal
    if answer.error is None:
        return f"the cluster was not seen: the inventory of the site {unit.site} does not have it"
    if isinstance(answer.error, SiteRefuses):
        return f"the cluster was not seen: {answer.error.message}"
    return f"the cluster was not seen: the site {unit.site} is away"
