"""The sites of an audit at a glance: what each comes to, how bad it is, and when it was seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mmpctl.documents.audit import AuditDocument
from mmpctl.reports.audit.answer import answer
from mmpctl.reports.audit.counts import counts
from mmpctl.reports.audit.rows import flat
from mmpctl.reports.audit.site_extracts import SiteExtract, site_extracts
from mmpctl.reports.audit.troubles import worst_of, worst_of_node
from mmpctl.severity import BAD, Severity, rank, worst

# What the nodes without a site are called together.
NO_SITE = "no site"


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One site.

    Args:
        name: of the site; None for the nodes that have none.
        severity: the worst that was found there; never ok if it did not answer.
        answer: what its part of the audit comes to, in sentences.
        nodes: how many were asked for.
        unseen: of them, not seen.
        bad: how many certificates are expired or unfit.
        due: how many are due.
        error: why the site did not answer; None if it did.
        seen: when it answered last, ISO 8601; None if nobody knows.
        version: of mmpctl there; None if it did not answer, or was not asked.
    """

    name: str | None
    severity: Severity
    answer: tuple[str, ...]
    nodes: int
    unseen: int
    bad: int
    due: int
    error: str | None
    seen: str | None
    version: str | None


def site_rows(document: AuditDocument) -> tuple[SiteRow, ...]:
    """Return a row for each site that was asked, the worst first; none for an audit of one machine.

    Args:
        document: of `mmpctl audit`.
    """
    if not document.get("sites"):
        return ()
    return worst_first(site_row(part) for part in site_extracts(document) if part.asked is not None)


def worst_first(rows: Iterable[SiteRow]) -> tuple[SiteRow, ...]:
    """Return rows in the order in which a person wants to read them.

    Args:
        rows: of any sites.
    """
    return tuple(sorted(rows, key=lambda row: (rank(row.severity), row.name or "")))


def site_row(part: SiteExtract) -> SiteRow:
    """Return the row of a site.

    Args:
        part: of an audit.
    """
    document, asked = part.document, part.asked
    clusters = document["clusters"]
    found = counts(document)
    answered = asked["answered"] if asked else found.unseen < found.nodes
    wrong = (Severity.UNFIT for cluster in clusters if cluster["name"] is not None and cluster["in_sync"] is False)
    severity = worst(
        (
            *(row.severity for row in flat(clusters)),
            *(worst_of_node(node) for cluster in clusters for node in cluster["nodes"]),
            *(worst_of(cluster["findings"]) for cluster in clusters),
            *wrong,
            Severity.OK if answered else Severity.UNKNOWN,
        )
    )
    seen = document["at"] if answered else None
    error = None
    if asked and not answered:
        seen, error = asked.get("last_seen"), asked["error"] or "no reason is known"
    return SiteRow(
        part.name,
        severity,
        answer(document).sentences() if (asked["rows"] if asked else answered) else ("Not seen.",),
        found.nodes,
        found.unseen,
        sum(found.severities[one] for one in BAD),
        found.severities[Severity.DUE],
        error,
        seen,
        asked["version"] if asked else None,
    )
