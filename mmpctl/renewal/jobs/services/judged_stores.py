"""Hold the new certificates of services against the stores of all who check them, on every node that was looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from mmpctl.certificates.services.peer_of_node import held_of, path_of, peer_of
from mmpctl.inventory.deployments import deployments_of, is_standalone
from mmpctl.inventory.nodes import Node
from mmpctl.peers.checks import Check, checks_of
from mmpctl.peers.deployment import Membership
from mmpctl.peers.held import Held
from mmpctl.peers.outside_links import OutsideLink, outside_links
from mmpctl.peers.peer import Peer
from mmpctl.renewal.jobs.services.extended_trust import unseen_services, with_trust_extended
from mmpctl.renewal.jobs.services.observation import GroupSight
from mmpctl.renewal.jobs.services.preparation import Prepared
from mmpctl.services.new_acceptance import NewPath, Others, not_judged, not_known, refused_edges, refusing
from mmpctl.services.outside_stores import not_asked_about, to_confirm
from mmpctl.services.seen_services import UnitKey
from mmpctl.services.store_extension import extensions, held_then, left_over
from mmpctl.tasks.node_facts import NodeFacts


def with_stores_judged(
    prepared: Sequence[Prepared], everybody: Iterable[Node], *, again: bool = False
) -> tuple[Prepared, ...]:
    """Return groups of nodes with what speaks against their new certificates at those who check them, and what helps.

    Args:
        prepared: the groups, all that were looked at.
        everybody: all nodes that belong to them by the inventory, and may not have been looked at.
        again: it was judged before which nodes check the new certificates, with those that are not given now.
    """
    facts = {name: seen for one in prepared for name, seen in one.sight.facts.items()}
    peers = {name: _peer(seen) for name, seen in facts.items()}
    alone = {name for name, peer in peers.items() if any(pair.service == "callbridge" for pair in peer.pairs)}
    placed = deployments_of(everybody)
    members = {**{name: Membership(name) for name in alone}, **placed}
    troubles = {name: seen.troubles for name, seen in facts.items()}
    others = Others(members, peers.keys(), troubles, alone)
    checks, links = checks_of(peers, members), outside_links(peers)
    return tuple(_judged(one, checks, None if again else others, links) for one in prepared)


def _judged(one: Prepared, checks: Sequence[Check], others: Others | None, links: Sequence[OutsideLink]) -> Prepared:
    news = [
        NewPath(key.node, given.setting, path_of(*given.sent), _in_use(one.sight, key, given.setting.command))
        for (key, _), given in one.sets.items()
    ]
    own = one.sight.group.names
    replaced = {(key.node, command): tuple(map(held_of, given.sent[1])) for (key, command), given in one.sets.items()}
    then = tuple(held_then(checks, replaced))
    reachable = [name for name in own if one.wish.is_about(name)]
    found = extensions(news, then, reachable, replaced.keys())
    refused = left_over(refused_edges(news, then), found)
    told = refusing(refused, reachable, own, outside=is_standalone(one.sight.group.name))
    elsewhere = not_judged(news, others, own) if others is not None else ()
    stores = (*elsewhere, *told, *not_known(news, then))
    mine = [link for link in links if link.node in own]
    outside = tuple(to_confirm(news, one.wish.done, mine))
    notes = (*one.faults.notes, *not_asked_about(news, mine))
    judged = replace(one, faults=replace(one.faults, stores=stores, outside=outside, notes=notes))
    unseen = unseen_services(one, found)
    return replace(judged, to_look_at=unseen) if unseen else with_trust_extended(judged, found)


def _in_use(sight: GroupSight, key: UnitKey, command: str) -> tuple[Held, ...]:
    seen, facts = sight.group.service(key), sight.facts[key.node]
    names = seen.pairs[command] if seen is not None else None
    own = facts.files.get(names.certificate) if names is not None else None
    if names is None or own is None or not own.certificates:
        return ()
    bundle = facts.files.get(names.bundle) if names.bundle is not None else None
    return path_of(own.certificates, bundle.certificates if bundle is not None else ())


def _peer(seen: NodeFacts) -> Peer:
    files = {name: file.certificates for name, file in seen.files.items() if file.certificates}
    off = frozenset(name for name, settings in seen.services.items() if settings.enabled is False)
    return peer_of(seen.places, files, off)
