"""A node after a renewal, as its peers see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from mmpctl.peers.held import Held
from mmpctl.peers.peer import Peer


def with_new(peers: Mapping[str, Peer], node: str, use: str, path: Iterable[Held]) -> dict[str, Peer]:
    """The same nodes after one certificate was renewed, and nothing else was changed."""
    peer = peers[node]
    pairs = tuple(replace(pair, path=tuple(path)) if pair.use == use else pair for pair in peer.pairs)
    return {**peers, node: replace(peer, pairs=pairs)}
