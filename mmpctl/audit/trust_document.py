"""The trust graph as the JSON of an audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeVar

from mmpctl.audit.model import TrustGraph
from mmpctl.audit.peer_findings import severity_of
from mmpctl.documents.audit import TrustCheck, TrustGraphDocument, TrustPresenter, TrustReason, TrustVerifier
from mmpctl.enums import assert_never
from mmpctl.peers.checks import Check
from mmpctl.peers.store_verdict import Verdict
from mmpctl.times import iso

_T = TypeVar("_T", bound=Mapping[str, Any])


def trust_document(graph: TrustGraph, now: datetime) -> TrustGraphDocument:
    """Return the trust graph as JSON.

    Args:
        graph: of an audit.
        now: the time of the audit, aware.
    """
    ends = _Ends()
    return {
        "checks": [_check(each, now, graph.due_days, ends) for each in graph.checks],
        "not_placed": list(graph.not_placed),
        "outside": [
            {
                "system": link.system,
                "node": link.node,
                "service": link.store.service,
                "use": link.store.use,
                "file": link.store.file,
                "until": iso(link.until) if link.until else None,
            }
            for link in graph.outside
        ],
    }


class _Ends:
    """The ends of edges, each kept once: a certificate is checked by all nodes of its cluster."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Any] = {}

    def once(self, end: _T) -> _T:
        """Return an end that is alike, if there is one already."""
        known: _T = self._known.setdefault((*end, *end.values()), end)
        return known


def _check(check: Check, now: datetime, due_days: int, ends: _Ends) -> TrustCheck:
    leaf, by, until = check.pair.leaf, check.acceptance.by, check.acceptance.until
    presenter: TrustPresenter = {
        "node": check.presenter,
        "service": check.pair.service,
        "use": check.pair.use,
        "file": check.pair.file,
        "sha256": leaf.sha256 if leaf else None,
        "subject": leaf.subject if leaf else None,
        "not_after": iso(leaf.not_after) if leaf else None,
    }
    verifier: TrustVerifier = {
        "node": check.verifier,
        "service": check.relation.verifier,
        "use": check.store.use if check.store else None,
        "file": check.store.file if check.store else None,
    }
    reason: TrustReason | None = (
        {"sha256": by.sha256, "subject": by.subject, "not_after": iso(by.not_after)} if by else None
    )
    return {
        "relation": check.relation.name,
        "deployment": check.deployment,
        "assumed": check.is_assumed,
        "presenter": ends.once(presenter),
        "verifier": ends.once(verifier),
        "verdict": check.acceptance.verdict.value,
        "by": ends.once(reason) if reason else None,
        "breaks": _breaks(check.acceptance.verdict),
        "until": iso(until) if until else None,
        "off": check.is_off,
        "severity": severity_of(check, now, due_days).value,
    }


def _breaks(verdict: Verdict) -> Literal["now", "renewal", "expiry", "never", "unknown"]:
    if verdict is Verdict.REFUSED or verdict is Verdict.NOT_SET:
        return "now"
    if verdict is Verdict.LEAF:
        return "renewal"
    if verdict is Verdict.CA or verdict is Verdict.NO_ROOT:
        return "expiry"
    if verdict is Verdict.UNCHECKED:
        return "never"
    if verdict is Verdict.UNKNOWN:
        return "unknown"
    return assert_never(verdict)
