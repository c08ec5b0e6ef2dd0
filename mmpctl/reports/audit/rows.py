"""The rows of an audit's document, flat: what table-like forms are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mmpctl.documents.audit import AuditCluster, AuditNode
from mmpctl.documents.certificate import CertificateDocument
from mmpctl.reports.audit.troubles import worst_of_node


@dataclass(frozen=True, slots=True)
class Flat:
    """One certificate with its whereabouts.

    Args:
        cluster: of the document.
        node: likewise.
        certificate: likewise; None for a node without one, e.g. because it was not seen.
    """

    cluster: AuditCluster
    node: AuditNode
    certificate: CertificateDocument | None

    @property
    def severity(self) -> str:
        """How bad it is; a node without a certificate is as bad as its findings, and never ok if it was not seen."""
        if self.certificate is not None:
            return str(self.certificate["severity"])
        return worst_of_node(self.node)


def flat(clusters: Iterable[AuditCluster]) -> Iterator[Flat]:
    """Yield all certificates, and a row for each node without one.

    Args:
        clusters: of `mmpctl audit`.
    """
    for cluster in clusters:
        for node in cluster["nodes"]:
            for certificate in node["certificates"]:
                yield Flat(cluster, node, certificate)
            if not node["certificates"]:
                yield Flat(cluster, node, None)
