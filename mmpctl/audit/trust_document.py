"""The trust graph as the JSON of an audit."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from mmpctl.audit.model import TrustGraph
from mmpctl.audit.peer_findings import severity_of
from mmpctl.documents.audit import TrustCheck, TrustGraphDocument
from mmpctl.enums import assert_never
from mmpctl.peers.checks import Check
from mmpctl.peers.store_verdict import Verdict
from mmpctl.times import iso


def trust_document(graph: TrustGraph, now: datetime) -> TrustGraphDocument:
    """Return the trust graph as JSON.

    Args:
        graph: of an audit.
        now: the time of the audit, aware.
    """
    return {
        "checks": [_check(each, now, graph.due_days) for each in graph.checks],
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


def _check(check: Check, now: datetime, due_days: int) -> TrustCheck:
    leaf, by, until = check.pair.leaf, check.acceptance.by, check.acceptance.until
    return {
        "relation": check.relation.name,
        "deployment": check.deployment,
        "assumed": check.is_assumed,
        "presenter": {
            "node": check.presenter,
            "service": check.pair.service,
            "use": check.pair.use,
            "file": check.pair.file,
            "sha256": leaf.sha256 if leaf else None,
            "subject": leaf.subject if leaf else None,
            "not_after": iso(leaf.not_after) if leaf else None,
        },
        "verifier": {
            "node": check.verifier,
            "service": check.relation.verifier,
            "use": check.store.use if check.store else None,
            "file": check.store.file if check.store else None,
        },
        "verdict": check.acceptance.verdict.value,
        "by": {"sha256": by.sha256, "subject": by.subject, "not_after": iso(by.not_after)} if by else None,
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
