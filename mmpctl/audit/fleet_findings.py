"""What only the whole fleet shows: one key on several nodes, what hangs on a CA, and a wrong clock here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from mmpctl.audit.certificate_rows import CertificateRow
from mmpctl.cluster.clocks import this_machine_ahead, this_machine_is_off
from mmpctl.findings.finding import Finding, finding

_NAMED = 5

Rows = Mapping[str, tuple[CertificateRow, ...]]


@dataclass(frozen=True, slots=True)
class AuthorityUse:
    """What hangs on a CA.

    Args:
        clusters: how many clusters have it in a file of theirs.
        leaves: how many certificates of the fleet it vouches for, directly or not.
        before: how many of them it expires before.
        others: how many nodes without a cluster have it.
    """

    clusters: int
    leaves: int
    before: int
    others: int


def with_shared_keys(rows: Rows) -> dict[str, tuple[CertificateRow, ...]]:
    """Return the rows of all nodes, with a note on each certificate whose key other nodes have too.

    CAs are meant to be shared, and so is what a service trusts.

    Args:
        rows: by inventory name.
    """
    owners: dict[str, dict[str, None]] = {}
    for node, certificates in rows.items():
        for row in certificates:
            if row.is_own and row.key_sha256:
                owners.setdefault(row.key_sha256, {})[node] = None

    def noted(row: CertificateRow) -> CertificateRow:
        sharers = sorted(owners.get(row.key_sha256 or "", ())) if row.is_own else []
        if len(sharers) < 2:
            return row
        more = f" and {len(sharers) - _NAMED} more" if len(sharers) > _NAMED else ""
        note = finding("same-key", row.file, detail=", ".join(sharers[:_NAMED]) + more)
        return replace(row, findings=(*row.findings, note))

    return {node: tuple(map(noted, certificates)) for node, certificates in rows.items()}


def with_this_clock(
    findings: Mapping[str, tuple[Finding, ...]], ahead: Iterable[float | None]
) -> dict[str, tuple[Finding, ...]]:
    """Return the findings of all nodes; a wrong clock of this machine is no fault of theirs.

    Args:
        findings: of nodes as a whole, by inventory name.
        ahead: seconds that the clock of each node is ahead of this machine's; None if a node shows none.
    """
    here = this_machine_ahead(ahead)
    if here is None:
        return dict(findings)
    off = finding("this-clock", "", detail=this_machine_is_off(here))

    def told(one: Finding) -> Finding:
        return replace(off, severity=one.severity) if one.id == "clock" else one

    return {node: tuple(map(told, found)) for node, found in findings.items()}


def authority_uses(rows: Rows, clusters: Mapping[str, str | None]) -> dict[str, AuthorityUse]:
    """Return what hangs on each CA of the fleet, by its fingerprint.

    Args:
        rows: by inventory name.
        clusters: the cluster of each node.
    """
    ends = {row.fingerprint: row.facts.not_after for row in _all(rows) if row.fingerprint and row.ca and row.facts}
    held: dict[str, set[str]] = {}
    alone: dict[str, set[str]] = {}
    for node, certificates in rows.items():
        for row in certificates:
            if row.fingerprint in ends:
                cluster = clusters[node]
                (alone if cluster is None else held).setdefault(row.fingerprint, set()).add(cluster or node)
    leaves: dict[str, set[str]] = {}
    late: dict[str, set[str]] = {}
    for row in _all(rows):
        if not row.is_own or not row.fingerprint or not row.facts:
            continue
        for signer in row.signers[1:]:
            leaves.setdefault(signer, set()).add(row.fingerprint)
            if signer in ends and ends[signer] < row.facts.not_after:
                late.setdefault(signer, set()).add(row.fingerprint)
    return {ca: AuthorityUse(*(len(found.get(ca, ())) for found in (held, leaves, late, alone))) for ca in ends if ca}


def _all(rows: Rows) -> Iterator[CertificateRow]:
    for certificates in rows.values():
        yield from certificates
