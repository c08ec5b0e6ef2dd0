"""A page for each site of an audit, and one that leads to them: of tens of thousands of nodes, one is too large."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import quote

from mmpctl.documents.audit import AuditDocument
from mmpctl.documents.history import KeptCounts
from mmpctl.reports.audit.answer import answer, named
from mmpctl.reports.audit.counts import counts
from mmpctl.reports.audit.page import audit_page_pieces, digest, page_style, page_template
from mmpctl.reports.audit.site_extracts import site_extracts
from mmpctl.reports.audit.site_rows import NO_SITE, SiteRow, site_row, worst_first
from mmpctl.reports.audit.trend import trend
from mmpctl.severity import BAD, Severity

INDEX: Final = "audit.html"
_AS_IT_IS: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
# A character may have four bytes.
_MOST_SHOWN: Final = 50
_NO_SITE_FILE: Final = "audit_no_site.html"


def site_pages(document: AuditDocument, history: Sequence[KeptCounts] = ()) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield the name of each file with the pieces of its text: the page of each site, and at last the index.

    Args:
        document: of `mmpctl audit`.
        history: audits of before, the oldest first, each with `at` and the counts by severity; the index shows them.
    """
    rows = []
    for part in site_extracts(document):
        rows.append(site_row(part))
        # A site's counts of before are not kept.
        yield file_of_site(part.name), audit_page_pieces(part.document, site=part.name or NO_SITE, index=INDEX)
    yield INDEX, (_index(document, worst_first(rows), history),)


def file_of_site(site: str | None) -> str:
    """Return the name of the file with a site's page; no two sites have the same.

    Args:
        site: its name; None for the nodes that have none.
    """
    if site is None:
        return _NO_SITE_FILE
    told = "".join(one if one.isalnum() or one in "._-" else quote(one, safe="") for one in site)
    if not _AS_IT_IS.fullmatch(site):
        # Some file systems take capitals for small letters, none takes more than 255 bytes, and some names are devices.
        told = f"{told[:_MOST_SHOWN]}-{hashlib.sha256(site.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    return f"audit-{told}.html"


def _index(document: AuditDocument, rows: Sequence[SiteRow], history: Sequence[KeptCounts]) -> str:
    style = page_style()
    return page_template("audit_sites.html.j2").render(
        answer=tuple(_sentences(rows)) or answer(document).sentences(),
        at=document["at"],
        counts=counts(document),
        sites=rows,
        pages={row.name: quote(file_of_site(row.name)) for row in rows},
        trend=trend(document, history),
        style=style,
        policy=f"default-src 'none'; style-src '{digest(style)}'; base-uri 'none'; form-action 'none'",
    )


def _sentences(rows: Sequence[SiteRow]) -> Iterator[str]:
    """Yield which sites need somebody, the most urgent first; nothing if none does."""
    kinds = (("Act today", BAD), ("Look at", (Severity.UNKNOWN,)), ("Due soon", (Severity.DUE,)))
    concerned = 0
    for words, severities in kinds:
        names = [row.name or NO_SITE for row in rows if row.severity in severities]
        concerned += len(names)
        if names:
            yield f"{words}: {named(names)}."
    fine = len(rows) - concerned
    if concerned and fine:
        yield f"The other {fine} sites are in order." if fine > 1 else "The other site is in order."
