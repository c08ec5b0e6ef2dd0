"""What an audit found of nodes and clusters as a whole: no certificate tells it, so every form must."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mmpctl.documents.audit import AuditCluster, AuditDocument, AuditNode
from mmpctl.documents.finding import FindingDocument
from mmpctl.severity import Severity, rank, worst


@dataclass(frozen=True, slots=True)
class Trouble:
    """One finding of a node or a cluster.

    Args:
        cluster: of the document.
        node: likewise; None if the cluster as a whole is meant.
        finding: likewise.
    """

    cluster: AuditCluster
    node: AuditNode | None
    finding: FindingDocument

    @property
    def where(self) -> str:
        """The name of what it is about."""
        return str((self.node or self.cluster)["name"])


def troubles(document: AuditDocument) -> tuple[Trouble, ...]:
    """Return the findings of all nodes and clusters, notes left out, the worst first.

    Args:
        document: of `mmpctl audit`.
    """
    found = (one for one in _all(document) if one.finding["severity"] != Severity.NOTE)
    return tuple(sorted(found, key=lambda one: rank(one.finding["severity"])))


def worst_of(findings: Iterable[FindingDocument]) -> Severity:
    """Return the worst severity of some findings; `ok` if there are only notes.

    Args:
        findings: of the document.
    """
    return worst(one["severity"] for one in findings)


def worst_of_node(node: AuditNode) -> Severity:
    """Return how bad a node as a whole is; one that was not seen is never ok.

    Args:
        node: of the document.
    """
    told = worst_of(node["findings"])
    return told if node["reachable"] else worst((told, Severity.UNKNOWN))


def not_well(cluster: AuditCluster) -> bool:
    """Return whether something is wrong with a cluster as a whole.

    Args:
        cluster: of the document.
    """
    return cluster["in_sync"] is False or worst_of(cluster["findings"]) is not Severity.OK


def is_host_key(node: AuditNode) -> bool:
    """Return whether a node was not talked to because of its host key.

    Args:
        node: of the document.
    """
    return any(one["id"] == "host-key" for one in node["findings"])


def _all(document: AuditDocument) -> Iterator[Trouble]:
    for cluster in document["clusters"]:
        for finding in cluster["findings"]:
            yield Trouble(cluster, None, finding)
        for node in cluster["nodes"]:
            for finding in node["findings"]:
                yield Trouble(cluster, node, finding)
