"""The findings of a whole node or cluster, as two audits compare them. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from mmpctl.documents.history import ChangedSide
from mmpctl.documents.kept import KeptCluster, KeptNode
from mmpctl.severity import Severity

# Id, and the words where one id is told of several things; severity and message.
Findings = Mapping[tuple[str, str], ChangedSide]

# The others are one thing, which is told in other words from day to day.
_SEVERAL = ("stranger", "not-a-member")
# That a node was not seen is a change of its own.
_TOLD_ELSEWHERE = ("not-seen", "may-not-look")


def findings_of(whole: KeptNode | KeptCluster | None) -> Findings:
    """Return the findings of a node or cluster that matter, by what they are about.

    Args:
        whole: a node or cluster of an audit's document; None if there was none.
    """
    if whole is None:
        return {}
    found: dict[tuple[str, str], ChangedSide] = {
        (one["id"], one["message"] if one["id"] in _SEVERAL else ""): {
            "severity": one["severity"],
            "message": one["message"],
        }
        for one in whole.get("findings", ())
        if one["severity"] != Severity.NOTE and one["id"] not in _TOLD_ELSEWHERE
    }
    if whole.get("in_sync") is False:
        # Not every reason for it is a finding.
        apart: ChangedSide = {"severity": Severity.UNFIT, "message": "the database cluster is not in sync"}
        found.setdefault(("not-in-sync", ""), apart)
    return found
