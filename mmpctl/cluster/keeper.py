"""Which node's database survives: proved by every node's status, or confirmed by the operator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mmpctl.cluster.keeper_evidence import evidence_of
from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.traces import conclusions, contradictions


@dataclass(frozen=True, slots=True)
class KeeperDecision:
    """What is known about the keeper, always the inventory's master.

    Args:
        keeper: inventory name of the node whose database is to survive.
        proved: every database node answers and names it as the only master.
        confirmed: the operator named it.
        refusals: why no cluster may be taken apart with it; empty when it may.
        open_questions: why a confirmation by name is wanted; empty when none is.
        evidence: what is known of each node, one sentence a node.
        conclusions: what the nodes' traces say of who was master, one sentence each.
        contradictions: why they speak against the keeper, if no status proves it; empty when they do not.
        reasoned: the operator said why it is the right one all the same.
    """

    keeper: str
    proved: bool
    confirmed: bool
    refusals: tuple[str, ...]
    open_questions: tuple[str, ...]
    evidence: tuple[str, ...]
    conclusions: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()
    reasoned: bool = False

    @property
    def settled(self) -> bool:
        """The keeper may be relied on."""
        if self.refusals:
            return False
        return not self.open_questions or (self.confirmed and (self.reasoned or not self.contradictions))


def decide_keeper(
    cluster: ObservedCluster, confirmed: str | None = None, now: datetime | None = None, *, reasoned: bool = False
) -> KeeperDecision:
    """Decide whether the inventory's master is the keeper.

    Args:
        cluster: all nodes, seen in one look.
        confirmed: the name that the operator gave for this cluster, if any.
        now: the time, aware, for the age of backups in the evidence; nothing is decided by it.
        reasoned: the operator said why it is the right one.

    Returns:
        The decision with its reasons; it never names another node than the inventory's master.
    """
    master = cluster.inventory_master
    # A client proves no master, but that it was connected to another one must not be overlooked.
    named = {node.name: cluster.masters_named_by(node) for node in cluster.nodes}
    all_named = {name for names in named.values() for name in names}
    refusals = []
    if confirmed is not None and confirmed != master.name:
        refusals.append(
            f"{confirmed} was given as keeper, but the inventory's master is {master.name}: "
            "the keeper is always the inventory's master, correct one of the two"
        )
    if len(all_named) > 1:
        refusals.append(
            f"the nodes show more than one master ({', '.join(sorted(all_named))}): find out by hand which "
            "database is the right one"
        )
    elif all_named and all_named != {master.name}:
        other = next(iter(all_named))
        refusals.append(
            f"the nodes show {other} as master, the inventory has {master.name}: correct the inventory or the cluster"
        )
    silent = sorted(node.name for node in cluster.databases if not named[node.name])
    refusals += emptied(cluster, master)
    questions = []
    if silent:
        questions.append(f"no status proves the master: {', '.join(silent)} cannot show one")
    views = _member_views(cluster)
    if len(views) > 1:
        told = "; ".join(f"{', '.join(seers)} see {', '.join(sorted(names))}" for names, seers in views.items())
        questions.append(f"the nodes disagree on who is a member ({told})")
    if silent and master.answers and not master.is_called(master.name):
        questions.append(f"the keeper's prompt shows {master.hostname!r}, its inventory name is {master.name!r}")
    return KeeperDecision(
        keeper=master.name,
        proved=not refusals and not silent,
        confirmed=confirmed == master.name,
        refusals=tuple(refusals),
        open_questions=tuple(questions),
        evidence=tuple(evidence_of(cluster, node, now) for node in cluster.nodes),
        conclusions=tuple(one.told for one in conclusions(cluster, master.name)) if silent else (),
        contradictions=contradictions(cluster, master.name) if questions else (),
        reasoned=reasoned,
    )


def emptied(cluster: ObservedCluster, keeper: ObservedNode) -> tuple[str, ...]:
    """Whether a keeper's database must be thought to be gone: a join that has failed destroys it before it fails.

    Args:
        cluster: all nodes, seen in one look.
        keeper: the one whose database is to survive.

    Returns:
        The sentence that says so, with the cure; none if nothing speaks for it, or it is master all the same.
    """
    if not keeper.has_failed_to_join or cluster.masters_named_by(keeper):
        return ()
    return (
        f"{keeper.name}'s last command is a join that did not succeed: it destroys the node's database first. "
        "Find out what it holds; restore its backup and type `database cluster remove` there, or make the "
        "node with the right database the master in the inventory",
    )


def _member_views(cluster: ObservedCluster) -> dict[frozenset[str], list[str]]:
    views: dict[frozenset[str], list[str]] = {}
    for node in cluster.databases:
        if node.status is not None and node.status.nodes:
            owners = ((member.address, cluster.owner(member.address)) for member in node.status.nodes)
            members = frozenset(owner.name if owner else address for address, owner in owners)
            views.setdefault(members, []).append(node.name)
    return views
