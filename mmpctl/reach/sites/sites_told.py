"""What came of each site, for people and for documents."""

from __future__ import annotations

from collections.abc import Iterator

from mmpctl.cluster.clocks import TOLERANCE, off_by
from mmpctl.documents.asked import SiteDocument
from mmpctl.reach.engine import Answer


def oddities(answer: Answer) -> Iterator[str]:
    """Yield what is odd about a site that has answered, a sentence each.

    Args:
        answer: what came of it.
    """
    if answer.clock_ahead is not None and abs(answer.clock_ahead) > TOLERANCE.total_seconds():
        yield f"the clock of the site {answer.site.name} is {off_by(answer.clock_ahead)}"
    if answer.same_inventory is False:
        yield (
            f"the inventory of the site {answer.site.name} differs from its part of this one; "
            "bring the entries of its nodes there"
        )


def site_document(answer: Answer) -> SiteDocument:
    """Return what came of a site, as JSON.

    Args:
        answer: what came of it.
    """
    return {
        "name": answer.site.name,
        "answered": answer.hello is not None and answer.error is None,
        "error": answer.error.told if answer.error else None,
        "version": answer.hello.version if answer.hello else None,
        "rows": answer.rows,
        "clock_ahead": None if answer.clock_ahead is None else round(answer.clock_ahead, 3),
        "same_inventory": answer.same_inventory,
    }
