"""The plans of clusters at many sites: each is made where its certificates are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mmpctl import exit_codes as codes
from mmpctl.cluster.preflight import Verdict
from mmpctl.documents.plan import PlanDocument, PlannedCluster
from mmpctl.errors import UsageError
from mmpctl.inventory.nodes import Cluster, Node, grouped
from mmpctl.reach.answer_lines import Part
from mmpctl.reach.engine import Answer, Engine, Errand
from mmpctl.reach.site_inventory import digest_of, nodes_around, site_of_cluster
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


def plan(
    engine: Engine,
    sites: Mapping[str, RemoteSite],
    nodes: Sequence[Node],
    everybody: Sequence[Node],
    wanted: PlanRequest,
) -> SitesPlan:
    """Have each cluster planned at its site.

    Args:
        engine: carries the requests.
        sites: all of the file of sites, by name.
        nodes: those of the selected clusters, whole.
        everybody: all nodes of the inventory here.
        wanted: how it is planned; its clusters are those of the nodes.

    Raises:
        UsageError: a cluster has no site, or a name of the operator's is not known.
    """
    clusters = {cluster.name: cluster for cluster in grouped(nodes) if cluster.name is not None}
    _check_names(clusters, wanted)
    by_site: dict[RemoteSite, list[Cluster]] = {}
    for cluster in clusters.values():
        by_site.setdefault(site_of_cluster(cluster, sites), []).append(cluster)
    errands = [
        Errand(site, _part_of(wanted, here), digest_of(nodes_around(site.name, everybody)))
        for site, here in by_site.items()
    ]
    found, answers = gather(engine, errands, _planned)
    told = {name: one for parts in found.values() for name, one in parts.items()}
    lost = {answer.site.name: answer for answer in answers}
    planned = {
        name: told[name][0] if name in told else _not_planned(clusters[name], lost[site.name])
        for site, here in by_site.items()
        for name in (cluster.name for cluster in here)
        if name is not None
    }
    confirm = {name: one for name, (_, one) in told.items()}
    return SitesPlan(tuple(planned[name] for name in clusters), tuple(answers), confirm)


def _part_of(wanted: PlanRequest, clusters: Sequence[Cluster]) -> PlanRequest:
    """Return what is wanted of some clusters."""
    names = tuple(cluster.name for cluster in clusters if cluster.name is not None)
    here = {node.name for cluster in clusters for node in cluster.nodes}
    keepers = {cluster: node for cluster, node in wanted.keepers.items() if cluster in names}
    return replace(
        wanted,
        clusters=names,
        keepers=keepers,
        reason=wanted.reason if keepers else None,
        leave_out=wanted.leave_out & here,
    )


def _check_names(clusters: Mapping[str, Cluster], wanted: PlanRequest) -> None:
    nodes = {node.name: node for cluster in clusters.values() for node in cluster.nodes}
    for cluster, node in wanted.keepers.items():
        if node not in nodes or nodes[node].cluster != cluster:
            raise UsageError(
                f"--keeper {cluster}={node}: no node {node} in a selected cluster {cluster}",
                advice=f"The selected clusters are {', '.join(clusters)}.",
            )
    for node in sorted(wanted.leave_out - nodes.keys()):
        raise UsageError(f"--leave-out {node}: no such node", advice=f"Known nodes: {', '.join(sorted(nodes))}.")


def _planned(part: Part) -> tuple[PlannedCluster, Confirmable]:
    confirm = from_wire(part.told.get("confirm"), Confirmable, f"`confirm` of {part.name}")
    return document_in(part, "plan", PlannedCluster), confirm


def _not_planned(cluster: Cluster, answer: Answer) -> PlannedCluster:
    site = answer.site.name
    why = f"the site {site} is away" if answer.error else f"the inventory of the site {site} does not have it"
    return {
        "name": cluster.name or "",
        "job": "database",
        "site": cluster.site,
        "keeper": None,
        "keeper_proved": False,
        "keeper_evidence": [],
        "keeper_conclusions": [],
        "keeper_contradictions": [],
        "verdict": Verdict.REFUSED.value,
        "reasons": [f"the cluster was not seen: {why}"],
        "notes": [],
        "expected": None,
        "steps": [],
    }
