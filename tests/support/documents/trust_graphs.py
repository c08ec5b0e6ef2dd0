"""Trust graphs as an audit's JSON has them, made by the program's own code."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

from mmpctl.audit.model import TrustGraph
from mmpctl.audit.trust_document import trust_document
from mmpctl.peers.checks import checks_of
from mmpctl.peers.deployment import Membership
from mmpctl.peers.held import Held
from mmpctl.peers.peer import Pair, Peer, Store
from tests.support.documents.audits import AT


def trust_graph(*deployments: str, edges: int = 2, not_placed: tuple[str, ...] = ()) -> Any:
    """Clusters of two Call Bridges with a scheduler each, and Web Bridges that list Call Bridges, but no schedulers.

    Args:
        deployments: names of the clusters.
        edges: how many Web Bridges each has.
        not_placed: servers of which nobody knows whom they serve.
    """
    root = Held("0" * 64, "O=Lab, CN=CA", "O=Lab, CN=CA", AT + timedelta(days=900), True)
    peers: dict[str, Peer] = {}
    members: dict[str, Membership] = {}
    for cluster in deployments:
        own = {name: _leaf(f"{cluster}-{name}") for name in ("1", "2")}
        for name, leaf in own.items():
            peers[f"{cluster}-{name}"] = Peer(
                (
                    Pair("callbridge", "callbridge certificate", "cb.cer", (leaf,)),
                    Pair("scheduler", "scheduler c2w certificate", "s.cer", (_leaf(f"{cluster}-{name}-s"),)),
                ),
                (
                    Store("callbridge", "callbridge c2w trusted certificates", "ca.cer", (root,)),
                    Store("scheduler", "scheduler c2w trust bundle", "ca.cer", (root,)),
                ),
            )
        for number in range(1, edges + 1):
            peers[f"{cluster}-edge-{number}"] = Peer(
                (Pair("webbridge3", "webbridge3 c2w certificate", "c2w.cer", (_leaf(f"{cluster}-e{number}"),)),),
                (Store("webbridge3", "webbridge3 c2w trust bundle", "listed.cer", tuple(own.values())),),
            )
        members |= {name: Membership(cluster) for name in peers if name.startswith(cluster)}
    return trust_document(TrustGraph(checks_of(peers, members), not_placed), AT)


def _leaf(name: str) -> Held:
    return Held(sha256(name.encode()).hexdigest(), f"CN={name}", "O=Lab, CN=CA", AT + timedelta(days=200), False)
