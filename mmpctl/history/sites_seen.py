"""When each site of an audit answered last, by the audits that are kept."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from mmpctl.documents.asked import SiteDocument
from mmpctl.documents.kept import KeptAudit

# Documents are big; a site that has been away for longer was told of by then.
_MOST = 5


def tell_last_seen(sites: Iterable[SiteDocument], at: str, before: Iterable[KeptAudit]) -> None:
    """Set `last_seen` of each site, as far as it is known.

    Args:
        sites: of an audit; changed.
        at: the time of this audit.
        before: earlier audits, the last one first; no more are read than are needed.
    """
    away = {}
    for site in sites:
        if site["answered"]:
            site["last_seen"] = at
        else:
            away[site["name"]] = site
    if not away:
        return
    for audit in islice(before, _MOST):
        for kept in audit.get("sites", ()):
            seen = kept.get("last_seen")
            if kept["name"] in away and seen is not None:
                away.pop(kept["name"])["last_seen"] = seen
        if not away:
            return
