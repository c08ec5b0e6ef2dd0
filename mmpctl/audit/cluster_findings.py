"""What an audit finds of nodes and clusters as a whole, beside their certificates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from mmpctl.audit.certificate_rows import CertificateRow
from mmpctl.certificates.fitness import Use
from mmpctl.cluster.account import end_of_password
from mmpctl.cluster.clocks import is_off, off_by
from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.errors import HostKeyError, MayNotLook, MmpError
from mmpctl.findings.finding import Finding, finding
from mmpctl.severity import Severity
from mmpctl.tasks.node_facts import NodeFacts

_DATABASE = (Use.SERVER.value, Use.CLIENT.value)


def not_seen(error: MmpError) -> Finding:
    """Return why a node is a row without certificates.

    Args:
        error: what came of asking it.
    """
    ids = {HostKeyError: "host-key", MayNotLook: "may-not-look"}
    id_ = next((name for kind, name in ids.items() if isinstance(error, kind)), "not-seen")
    cure = error.advice or "Look again afterwards. Until then, its state is not known."
    return finding(id_, "", detail=error.message, cure=cure)


def node_findings(seen: NodeFacts, rows: Sequence[CertificateRow], now: datetime) -> tuple[Finding, ...]:
    """Return what is wrong with a node that was seen.

    Args:
        seen: what was found on it.
        rows: its certificates.
        now: aware.
    """
    found = [finding("not-understood", "", detail=trouble) for trouble in seen.troubles]
    if seen.account is not None and seen.account.password_ends is not None:
        ends = end_of_password(seen.account.password_ends, now.astimezone(timezone.utc).date())
        found.append(finding("password-ends", "", detail=f"{seen.account.name} {ends}"))
    lines = [line for line in seen.status.unknown if line not in seen.status.alarming] if seen.status else []
    found += [finding("unknown-line", "", detail=repr(line)) for line in lines]
    if seen.clock_ahead is not None and is_off(seen.clock_ahead):
        clock = finding("clock", "", detail=off_by(seen.clock_ahead))
        # As long as each certificate is valid by either clock, or by none, it changes nothing yet.
        misled = any(_is_valid(row, now) != _is_valid(row, now + timedelta(seconds=seen.clock_ahead)) for row in rows)
        found.append(clock if misled else replace(clock, severity=Severity.NOTE))
    return tuple(found)


def _is_valid(row: CertificateRow, at: datetime) -> bool | None:
    return row.facts.not_before <= at <= row.facts.not_after if row.facts else None


def cluster_findings(
    cluster: ObservedCluster,
    rows: Mapping[str, Sequence[CertificateRow]],
    asked: frozenset[str],
    strangers: bool = True,
) -> tuple[Finding, ...]:
    """Return the faults of a cluster that its nodes report; nothing is concluded about nodes that were not seen.

    Args:
        cluster: all nodes of the inventory's cluster; those that were not asked or did not answer have no status.
        rows: the certificates of the nodes that were seen, by name.
        asked: the names of the nodes that the audit was about.
        strangers: the cluster holds all nodes that the inventory has, so that others are strangers to it.
    """
    return (
        *_not_in_sync(cluster),
        *_masters(cluster),
        *(finding("stranger", "", detail=address) for address in strangers_of(cluster) if strangers),
        *_absent(cluster, asked),
        *_authorities(rows),
    )


def _not_in_sync(cluster: ObservedCluster) -> Iterator[Finding]:
    apart = [
        f"{node.name} reports {node.status.status}" for node in cluster.nodes if node.status and not node.is_enabled
    ]
    lagging: dict[str, list[str]] = {}
    unseen = True
    for node in _talking(cluster):
        for member in node.status.nodes if node.status else ():
            owner = cluster.owner(member.address)
            if owner is None or member.healthy:
                continue
            unseen = unseen and owner.status is None
            lagging.setdefault(f"{owner.name} is {member.state}", []).append(node.name)
    told = [*apart, *(f"{what} (seen by {', '.join(seers)})" for what, seers in lagging.items())]
    if told:
        bad = finding("not-in-sync", "", detail="; ".join(told))
        # Of a node that was not seen, what others say of it is not more than that.
        yield replace(bad, severity=Severity.UNKNOWN) if unseen and not apart else bad


def _masters(cluster: ObservedCluster) -> Iterator[Finding]:
    masters = {node.name: sorted(cluster.masters_named_by(node)) for node in _talking(cluster)}
    named = {name for names in masters.values() for name in names}
    if named - {cluster.inventory_master.name}:
        told = "; ".join(f"{name} shows {' and '.join(names) or 'nobody'}" for name, names in masters.items())
        yield finding("masters-differ", "", detail=f"{told}; the inventory says {cluster.inventory_master.name}")


def _absent(cluster: ObservedCluster, asked: frozenset[str]) -> Iterator[Finding]:
    """Nodes of the inventory's cluster that every other node that talks leaves out."""
    for node in cluster.databases:
        others = [other for other in _talking(cluster) if other is not node]
        listed = {owner.name for other in others for owner in _members(cluster, other)}
        if node.name in asked and others and node.name not in listed:
            yield finding("not-a-member", "", detail=node.name)


def _authorities(rows: Mapping[str, Sequence[CertificateRow]]) -> Iterator[Finding]:
    cas: dict[frozenset[str], list[str]] = {}
    for name, certificates in rows.items():
        prints = frozenset(row.fingerprint for row in certificates if row.use == Use.CA.value and row.fingerprint)
        if prints:
            cas.setdefault(prints, []).append(name)
    if len(cas) > 1:
        differ = finding("cas-differ", "", detail=" / ".join(", ".join(names) for names in cas.values()))
        # While one CA follows another, files may hold both: no harm as long as what all hold vouches for everybody.
        shared = frozenset.intersection(*cas)
        own = (row for certificates in rows.values() for row in certificates if row.is_own and row.use in _DATABASE)
        yield replace(differ, severity=Severity.NOTE) if all(shared & set(row.signers) for row in own) else differ


def _talking(cluster: ObservedCluster) -> list[ObservedNode]:
    return [node for node in cluster.databases if node.is_enabled]


def _members(cluster: ObservedCluster, node: ObservedNode) -> Iterator[ObservedNode]:
    owners = (cluster.owner(member.address) for member in (node.status.nodes if node.status else ()))
    return (owner for owner in owners if owner is not None)


def strangers_of(cluster: ObservedCluster) -> tuple[str, ...]:
    """Return the addresses of members that are no nodes of the cluster in the inventory.

    Args:
        cluster: all nodes of the inventory's cluster.
    """
    members = {member.address for node in cluster.nodes for member in (node.status.nodes if node.status else ())}
    return tuple(sorted(address for address in members if cluster.owner(address) is None))


def not_well(cluster: ObservedCluster) -> Finding:
    """That a cluster is not well of which each line by itself looks well.

    Args:
        cluster: all nodes of the inventory's cluster.
    """
    told = "no node shows a master" if not cluster.masters else "the nodes do not all see the same members and master"
    return finding("not-in-sync", "", detail=told)


def in_sync(cluster: ObservedCluster) -> bool | None:
    """Return whether the cluster is well; None if no known fact speaks against it but not everything is known.

    Args:
        cluster: all nodes of the inventory's cluster.
    """
    if any(node.status is None for node in cluster.nodes):
        return False if any(_not_in_sync(cluster)) else None
    if any(node.status.alarming for node in cluster.nodes if node.status):
        # Each such line is a finding of its own: the facts beside it are judged by themselves.
        facts = (replace(node, status=replace(node.status, alarming=())) for node in cluster.nodes if node.status)
        return None if replace(cluster, nodes=tuple(facts)).is_healthy() else False
    return cluster.is_healthy()
