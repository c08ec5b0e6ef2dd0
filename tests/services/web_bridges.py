"""Nodes with a Call Bridge and a Web Bridge that check each other, with real certificates."""

from __future__ import annotations

from collections.abc import Iterable

from mmpctl.peers.deployment import Membership
from mmpctl.peers.held import Held
from mmpctl.peers.peer import Pair, Peer, Store
from mmpctl.services.renewable import RENEWABLE
from tests.peers.certificates import BETWEEN, DIRECT, LEAF, held

SETTINGS = {setting.command: setting for service in RENEWABLE for setting in service.settings}
C2W = SETTINGS["webbridge3 c2w"]
NODES = ("lon-1", "lon-2", "edge-1")
MEMBERS = dict.fromkeys(NODES, Membership("lon"))
OLD, NEW = (held(DIRECT),), (held(LEAF), held(BETWEEN))


def peer(certificate: tuple[Held, ...], store: Iterable[Held] | None, *, off: Iterable[str] = ()) -> Peer:
    """A node with a Call Bridge and a Web Bridge, which all trust the same."""
    content = None if store is None else tuple(store)
    return Peer(
        (
            Pair("callbridge", "callbridge certificate", "cb.cer", certificate),
            Pair("webbridge3", "webbridge3 c2w certificate", "c2w.cer", certificate),
            Pair("webbridge3", "webbridge3 https certificate", "https.cer", certificate),
            Pair("turn", "turn tls certificate", "turn.cer", certificate),
        ),
        (
            Store("callbridge", "callbridge c2w trusted certificates", "cb-trust.cer", content),
            Store("webbridge3", "webbridge3 c2w trust bundle", "wb-trust.cer", content),
        ),
        frozenset(off),
    )
