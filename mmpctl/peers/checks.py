"""The trust graph: each check that one service makes of another's certificate, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from mmpctl.peers.deployment import Membership
from mmpctl.peers.held import Held
from mmpctl.peers.peer import Pair, Peer, Store
from mmpctl.peers.relations import RELATIONS, Relation
from mmpctl.peers.store_verdict import ACCEPTING, Acceptance, Verdict, judge


@dataclass(frozen=True, slots=True)
class Check:
    """One edge of the graph: a service presents its certificate, and another one checks it.

    Args:
        relation: the kind of the link.
        presenter: the node that presents.
        pair: what it presents.
        verifier: the node that checks.
        deployment: the cluster that both work with.
        store: what it holds the certificate against; None if none is set.
        acceptance: what comes of it.
        is_assumed: that the two nodes work together is not in the inventory.
        is_off: one of the two services is switched off.
    """

    relation: Relation
    presenter: str
    pair: Pair
    verifier: str
    deployment: str
    store: Store | None
    acceptance: Acceptance
    is_assumed: bool = False
    is_off: bool = False

    def with_store(self, held: tuple[Held, ...]) -> Check:
        """Return the check with another content of the store; what comes of it now is left as it is.

        Args:
            held: the certificates in it.
        """
        return self if self.store is None else replace(self, store=replace(self.store, held=held))


def checks_of(peers: Mapping[str, Peer], members: Mapping[str, Membership]) -> tuple[Check, ...]:
    """Return the edges of the graph, in the order of nodes and relations.

    A link whose nodes are only assumed to work together counts if one side of it accepts the other at all.

    Args:
        peers: what each node shows, by its name; a node that was not seen is left out.
        members: with what each node works.
    """
    together: dict[str, list[str]] = {}
    for name in peers:
        if name in members:
            together.setdefault(members[name].deployment, []).append(name)
    found: list[Check] = []
    for deployment, nodes in together.items():
        assumed = frozenset(name for name in nodes if members[name].is_assumed)
        edges = [
            edge
            for presenter in nodes
            for verifier in nodes
            for edge in _between((presenter, peers[presenter]), (verifier, peers[verifier]), deployment, assumed)
        ]
        found += _evident(edges)
    return tuple(found)


def _between(
    presenter: tuple[str, Peer], verifier: tuple[str, Peer], deployment: str, assumed: frozenset[str]
) -> Iterator[Check]:
    for relation in RELATIONS:
        if relation.between_nodes and presenter[0] == verifier[0]:
            continue
        store = next((one for one in verifier[1].stores if _is_store(one, relation)), None)
        if store is None and not _has_verifier(verifier[1], relation):
            continue
        for pair in presenter[1].pairs:
            if _is_presented(pair, presenter[1], relation):
                yield Check(
                    relation,
                    presenter[0],
                    pair,
                    verifier[0],
                    deployment,
                    store,
                    _acceptance(pair, store, relation),
                    is_assumed=bool(assumed & {presenter[0], verifier[0]}) and presenter[0] != verifier[0],
                    is_off=relation.presenter in presenter[1].off or relation.verifier in verifier[1].off,
                )


def _is_presented(pair: Pair, peer: Peer, relation: Relation) -> bool:
    if pair.service != relation.presenter or pair.words != relation.presented:
        return False
    return not relation.with_call_bridge or any(one.service == "callbridge" for one in peer.pairs)


def _is_store(store: Store, relation: Relation) -> bool:
    return store.service == relation.verifier and relation.store <= store.words


def _has_verifier(peer: Peer, relation: Relation) -> bool:
    """Whether the verifying service is set up: one that has a certificate of its own, of the right release."""
    own = [pair for pair in peer.pairs if pair.service == relation.verifier]
    return any(relation.own is None or pair.words == relation.own for pair in own)


def _acceptance(pair: Pair, store: Store | None, relation: Relation) -> Acceptance:
    if store is None:
        return Acceptance(Verdict.NOT_SET if relation.demanded else Verdict.UNCHECKED)
    if not pair.path or store.held is None:
        return Acceptance(Verdict.UNKNOWN)
    return judge(pair.path, store.held, listed=relation.listed)


def _evident(edges: Iterable[Check]) -> list[Check]:
    """Leave out links that nothing speaks for: neither the inventory nor a store on either side."""
    everything = list(edges)
    meeting = {_ends(edge) for edge in everything if edge.acceptance.verdict in ACCEPTING}
    return [edge for edge in everything if _ends(edge) in meeting or (edge.relation.certain and not edge.is_assumed)]


def _ends(edge: Check) -> tuple[str, frozenset[tuple[str, str]]]:
    """The link that an edge is one direction of."""
    ends = {(edge.presenter, edge.relation.presenter), (edge.verifier, edge.relation.verifier)}
    return edge.relation.name, frozenset(ends)
