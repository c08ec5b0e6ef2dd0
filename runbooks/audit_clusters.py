"""What an audit finds of nodes and clusters as a whole, beside their certificates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mmpctl.certificates.finding import Finding, finding
from mmpctl.certificates.fitness import Use
from mmpctl.cluster.clocks import TOLERANCE, off_by
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.errors import HostKeyError, MmpError
from mmpctl.runbooks.audit_rows import CertificateRow
from mmpctl.tasks.examine import NodeExamination


def not_seen(error: MmpError) -> Finding:
    """Why a node is a row without certificates.

    Args:
        error: what came of asking it.
    """
    if isinstance(error, HostKeyError):
        return finding("host-key", "", detail=error.message)
    cure = error.advice or "Look again afterwards; until then nothing is known of it."
    return finding("not-seen", "", detail=error.message, cure=cure)


def node_findings(seen: NodeExamination) -> tuple[Finding, ...]:
    """What is wrong with a node that was seen.

    Args:
        seen: what was found on it.
    """
    found = [finding("not-understood", "", detail=trouble) for trouble in seen.troubles]
    if seen.clock_ahead is not None and abs(seen.clock_ahead) > TOLERANCE.total_seconds():
        found.append(finding("clock", "", detail=off_by(seen.clock_ahead)))
    return tuple(found)


def cluster_findings(
    cluster: ObservedCluster, rows: Mapping[str, Sequence[CertificateRow]], asked: frozenset[str]
) -> tuple[Finding, ...]:
    """What is wrong with a cluster, by what its nodes say; of nodes that were not seen, nothing is concluded.

    Args:
        cluster: all nodes of the inventory's cluster; those that were not asked or did not answer have no status.
        rows: the certificates of the nodes that were seen, by name.
        asked: the names of the nodes that the audit was about.
    """
    return tuple(_findings(cluster, rows, asked))


def _findings(
    cluster: ObservedCluster, rows: Mapping[str, Sequence[CertificateRow]], asked: frozenset[str]
) -> Iterator[Finding]:
    talking = [node for node in cluster.databases if node.status is not None and node.is_enabled]
    lagging: dict[str, list[str]] = {}
    for node in talking:
        for member in node.status.nodes if node.status else ():
            owner = cluster.owner(member.address)
            if owner is None:
                continue
            if not member.healthy:
                lagging.setdefault(f"{owner.name} is {member.state}", []).append(node.name)
    if lagging:
        detail = "; ".join(f"{what} (seen by {', '.join(seers)})" for what, seers in lagging.items())
        yield finding("not-in-sync", "", detail=detail)
    masters = {node.name: sorted(cluster.masters_named_by(node)) for node in talking}
    named = {name for names in masters.values() for name in names}
    if named - {cluster.inventory_master.name}:
        told = "; ".join(f"{name} says {' and '.join(names) or 'nobody'}" for name, names in masters.items())
        yield finding("masters-differ", "", detail=f"{told}; the inventory says {cluster.inventory_master.name}")
    strangers = {
        member.address
        for node in cluster.nodes
        for member in (node.status.nodes if node.status else ())
        if cluster.owner(member.address) is None
    }
    yield from (finding("stranger", "", detail=address) for address in sorted(strangers))
    listed = {
        owner.name
        for node in talking
        for member in (node.status.nodes if node.status else ())
        if (owner := cluster.owner(member.address))
    }
    if talking and len(talking) == sum(node.name in asked for node in cluster.databases):
        absent = [node.name for node in cluster.databases if node.name in asked and node.name not in listed]
        yield from (finding("not-a-member", "", detail=name) for name in absent)
    cas: dict[tuple[str, ...], list[str]] = {}
    for name, certificates in rows.items():
        prints = tuple(sorted(row.fingerprint for row in certificates if row.use == Use.CA.value and row.fingerprint))
        if prints:
            cas.setdefault(prints, []).append(name)
    if len(cas) > 1:
        yield finding("cas-differ", "", detail=" / ".join(", ".join(names) for names in cas.values()))


def in_sync(cluster: ObservedCluster) -> bool | None:
    """Whether the cluster is well; None where not every node of it was seen.

    Args:
        cluster: all nodes of the inventory's cluster.
    """
    if any(node.status is None for node in cluster.nodes):
        return None
    return cluster.is_healthy()
