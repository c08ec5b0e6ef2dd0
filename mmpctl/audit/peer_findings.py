"""What the trust graph shows: connections that are refused, or will be at the next renewal or at an expiry."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from mmpctl.enums import assert_never
from mmpctl.findings.finding import Finding, finding
from mmpctl.peers.checks import Check
from mmpctl.peers.store_verdict import ACCEPTING, Verdict
from mmpctl.severity import Severity

_NAMED: Final = 5
_ASSUMED: Final = " If they do not work together, name the cluster of the server as `serves` in the inventory."


def peer_findings(checks: Iterable[Check], now: datetime, due_days: int) -> dict[str, tuple[Finding, ...]]:
    """Return what is wrong with whom each node trusts, by the node's name: one finding for each store and fault.

    Args:
        checks: the trust graph.
        now: aware.
        due_days: days of warning before something ends.
    """
    edges = [each for each in checks if not each.is_off]
    # Of the two certificates that a peer of a cluster has, one may be enough.
    accepted = frozenset(_ends(one) for one in edges if _is_peer(one) and one.acceptance.verdict in ACCEPTING)
    together: dict[tuple[str, str, str, str], list[Check]] = {}
    for edge in edges:
        for id_ in _ids(edge, accepted):
            together.setdefault((edge.verifier, edge.relation.command, _file(edge), id_), []).append(edge)
    found: dict[str, list[Finding]] = {}
    for (node, _, file, id_), alike in together.items():
        found.setdefault(node, []).append(_finding(id_, file, alike, now, due_days))
    return {node: tuple(each) for node, each in found.items()}


def severity_of(check: Check, now: datetime, due_days: int) -> Severity:
    """Return how bad one edge of the graph is by itself.

    Args:
        check: the edge.
        now: aware.
        due_days: days of warning before it ends.
    """
    verdict = check.acceptance.verdict
    if check.is_off or verdict is Verdict.UNCHECKED or verdict is Verdict.NO_ROOT:
        return Severity.NOTE
    if verdict is Verdict.REFUSED or verdict is Verdict.NOT_SET:
        return Severity.NOTE if check.is_assumed else Severity.UNFIT
    if verdict is Verdict.UNKNOWN:
        return Severity.UNKNOWN
    if verdict is Verdict.CA or verdict is Verdict.LEAF:
        ends = _at_an_end(check.acceptance.until, now, due_days)
        return Severity.NOTE if ends is Severity.OK and verdict is Verdict.LEAF else ends
    return assert_never(verdict)


def _at_an_end(until: datetime | None, now: datetime, due_days: int) -> Severity:
    if until is None or until - now > timedelta(days=due_days):
        return Severity.OK
    return Severity.EXPIRED if until < now else Severity.DUE


def _ids(edge: Check, accepted: Collection[tuple[str, str]]) -> Iterator[str]:
    verdict, leaf = edge.acceptance.verdict, edge.pair.leaf
    if verdict is Verdict.REFUSED:
        yield _refused(edge, accepted)
    elif verdict is Verdict.NOT_SET:
        yield "store-not-set"
    elif verdict is Verdict.LEAF:
        yield "store-of-leafs"
    elif verdict is Verdict.NO_ROOT:
        yield "store-without-root"
    until = edge.acceptance.until
    if leaf is not None and until is not None and until < leaf.not_after:
        yield "store-ends"


def _refused(edge: Check, accepted: Collection[tuple[str, str]]) -> str:
    if _is_peer(edge):
        return "half-trusted" if _ends(edge) in accepted else "call-bridge-not-trusted"
    ids = {"callbridge": "call-bridge-not-trusted", "scheduler": "scheduler-not-trusted"}
    return ids.get(edge.relation.presenter, "not-trusted")


def _is_peer(edge: Check) -> bool:
    return edge.relation.name == "cluster"


def _ends(edge: Check) -> tuple[str, str]:
    return edge.presenter, edge.verifier


def _file(edge: Check) -> str:
    # Where there is no store, it is told of what is presented.
    return edge.pair.file if edge.store is None else edge.store.file


def _finding(id_: str, file: str, alike: list[Check], now: datetime, due_days: int) -> Finding:
    first = alike[0]
    names = list(dict.fromkeys(f"{one.relation.presenter} of {one.presenter}" for one in alike))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    until = min((one.acceptance.until for one in alike if one.acceptance.until is not None), default=None)
    told = finding(
        id_,
        file,
        detail=", ".join(names[:_NAMED]) + more,
        verifier=first.relation.verifier,
        command=first.relation.command,
        date=f"{until:%Y-%m-%d}" if until else "",
    )
    if id_ == "store-ends":
        ends = _at_an_end(until, now, due_days)
        told = replace(told, severity=Severity.NOTE if ends is Severity.OK else ends)
    if all(one.is_assumed for one in alike):
        told = replace(told, severity=Severity.NOTE, cure=told.cure + _ASSUMED)
    return told
