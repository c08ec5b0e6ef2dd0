"""The numbers of an audit, counted once for all forms out of its rows: whatever tells one of them tells the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from mmpctl.documents.audit import AuditDocument
from mmpctl.reports.audit.rows import flat
from mmpctl.reports.audit.troubles import is_host_key, not_well, worst_of_node
from mmpctl.severity import STATES, Severity


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are.

    Args:
        nodes: that were asked.
        unseen: of them, not seen.
        certificates: of the nodes that were seen.
        severities: certificates by severity; they add up to all.
        clusters_not_well: clusters with something wrong as a whole.
        nodes_not_well: nodes that were seen, and have something wrong as a whole.
        host_keys: nodes that were not talked to because of their host key; they are among the unseen.
    """

    nodes: int
    unseen: int
    certificates: int
    severities: Mapping[str, int]
    clusters_not_well: int
    nodes_not_well: int
    host_keys: int


def counts(document: AuditDocument) -> Counts:
    """Count an audit.

    Args:
        document: of `mmpctl audit`.
    """
    nodes = [node for cluster in document["clusters"] for node in cluster["nodes"]]
    # A word of a newer release is as bad as `unknown`, here as in every list.
    found = Counter(Severity.read(row.severity) for row in flat(document["clusters"]) if row.certificate is not None)
    return Counts(
        nodes=len(nodes),
        unseen=sum(not node["reachable"] for node in nodes),
        certificates=found.total(),
        severities={severity: found[severity] for severity in STATES},
        clusters_not_well=sum(one["name"] is not None and not_well(one) for one in document["clusters"]),
        nodes_not_well=sum(bool(node["reachable"]) and worst_of_node(node) is not Severity.OK for node in nodes),
        host_keys=sum(is_host_key(node) for node in nodes),
    )
