"""Systems beside the Meeting Servers that a node shows: their certificates are held in a store of its own.

Source: the notes on Call Bridge and Unified CM, IM and Presence (releases from 3.8 on). What such a system holds cannot
be seen from here; that it is there can.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mmpctl.peers.peer import Peer, Store

CUCM, IMPS = "CUCM", "IMPS"
# By the service whose store it is, and a word of the store's place.
_STORES: Final = {("callbridge", "ucm"): CUCM, ("callbridge", "imps"): IMPS}


@dataclass(frozen=True, slots=True)
class OutsideLink:
    """A node that works with a system outside.

    Args:
        system: `CUCM`, `IMPS`.
        node: inventory name.
        store: what the node holds the system's certificate against.
        until: when the first certificate in it ends; None if it could not be read.
    """

    system: str
    node: str
    store: Store
    until: datetime | None = None


def outside_links(peers: Mapping[str, Peer]) -> tuple[OutsideLink, ...]:
    """Return the systems outside that nodes show, in the order of the nodes.

    Args:
        peers: what each node shows, by its name.
    """
    return tuple(link for name, peer in peers.items() for store in peer.stores for link in _links(name, store))


def _links(node: str, store: Store) -> Iterator[OutsideLink]:
    for (service, word), system in _STORES.items():
        if store.service == service and word in store.words:
            ends = [one.not_after for one in store.held or ()]
            yield OutsideLink(system, node, store, min(ends, default=None))
