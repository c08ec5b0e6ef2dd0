"""What stores must come to hold: all that they hold, and enough more that nobody refuses what is new."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmpctl.peers.checks import Check, checks_of
from mmpctl.peers.held import Held
from mmpctl.peers.peer import Peer
from mmpctl.peers.store_verdict import ACCEPTING
from mmpctl.services.new_acceptance import NewPath, refused_edges
from mmpctl.services.store_extension import Extension, extensions, held_then, left_over
from mmpctl.services.store_settings import STORES
from tests.peers.certificates import BETWEEN, DIRECT, LEAF, OLDER, OTHER, ROOT, STRANGER, held
from tests.services.web_bridges import C2W, MEMBERS, NEW, NODES, OLD, SETTINGS, peer
from tests.support import pki
from tests.support.gate import examples
from tests.support.renewed_peer import with_new

WHOLE = (held(LEAF), held(BETWEEN), held(ROOT))


def found(new: NewPath, *stores: list[Held], nodes: tuple[str, ...] = NODES) -> list[Extension]:
    peers = {name: peer(OLD, store) for name, store in zip(NODES, stores, strict=True)}
    return list(extensions([new], checks_of(peers, MEMBERS), nodes, []))


def extended(peers: dict[str, Peer], found: list[Extension]) -> dict[str, Peer]:
    """The same nodes with their stores extended."""
    after = dict(peers)
    for one in found:
        stores = tuple(
            replace(store, held=(*(store.held or ()), *one.added)) if store.use == one.store.use else store
            for store in after[one.node].stores
        )
        after[one.node] = replace(after[one.node], stores=stores)
    return after


def accepted(checks: tuple[Check, ...]) -> set[tuple[str, ...]]:
    return {
        (edge.relation.command, edge.presenter, edge.pair.use, edge.verifier)
        for edge in checks
        if edge.acceptance.verdict in ACCEPTING
    }


@pytest.mark.parametrize(
    ("store", "path", "added"),
    [
        # A list of certificates gets the new one, and its CAs for whoever goes by these.
        ([held(DIRECT)], WHOLE, [LEAF, BETWEEN, ROOT]),
        ([held(DIRECT)], NEW, [LEAF, BETWEEN]),
        # A store of CAs gets CAs only, the root last.
        ([held(ROOT)], (held(STRANGER), held(OTHER)), [OTHER]),
        # Without its root, a store of CAs would not accept it as it accepts the present one.
        ([held(ROOT)], (held(STRANGER),), None),
        # It is accepted already.
        ([held(ROOT)], WHOLE, None),
    ],
)
def test_what_a_store_lacks(store: list[Held], path: tuple[Held, ...], added: list[pki.Pair] | None) -> None:
    every = found(NewPath("edge-1", C2W, path, OLD), store, [held(DIRECT), *WHOLE, held(OTHER)], [held(DIRECT)])
    mine = [one for one in every if one.node == "lon-1"]
    assert [one.added for one in mine] == ([] if added is None else [tuple(map(held, added))])
    assert [(one.setting.command, one.presenters) for one in mine] == (
        [] if added is None else [("callbridge trust c2w", ("webbridge3 c2w of edge-1",))]
    )


def test_only_nodes_that_the_run_may_touch_are_extended() -> None:
    new = NewPath("edge-1", C2W, WHOLE, OLD)
    assert [one.node for one in found(new, *[list(OLD)] * 3, nodes=("lon-2",))] == ["lon-2"]


def test_a_store_that_is_replaced_is_judged_by_what_it_holds_then() -> None:
    peers = {name: peer(OLD, OLD) for name in NODES}
    checks = checks_of(peers, MEMBERS)
    assert list(held_then(checks, {("lon-1", "callbridge"): WHOLE})) == list(checks)
    assert [one.pair for one in STORES if one.pair] == ["recorder sip", "streamer sip", "h323_gateway"]
    assert len({one.part for one in STORES}) == len(STORES)


_PATHS = (OLD, NEW, WHOLE, (held(STRANGER),), (held(STRANGER), held(OTHER)), (held(OLDER),))
_CONTENT = st.lists(
    st.sampled_from([held(one) for one in (ROOT, BETWEEN, OTHER, DIRECT, LEAF, OLDER)]), max_size=3, unique=True
)


@examples(200)
@given(
    st.dictionaries(st.sampled_from(NODES), st.builds(peer, st.sampled_from(_PATHS), _CONTENT), min_size=1),
    st.sampled_from([C2W, SETTINGS["callbridge"]]),
    st.sampled_from(_PATHS),
    st.data(),
)
def test_no_link_breaks_after_all_was_extended_but_those_that_are_told(
    peers: dict[str, Peer], setting: object, path: tuple[Held, ...], data: st.DataObject
) -> None:
    node = data.draw(st.sampled_from(sorted(peers)))
    new = NewPath(node, setting, path, ())  # type: ignore[arg-type]
    checks = checks_of(peers, MEMBERS)
    more = list(extensions([new], checks, NODES, []))
    told = {
        (edge.relation.command, edge.presenter, edge.pair.use, edge.verifier)
        for _, edge in left_over(refused_edges([new], checks), more)
    }
    then = extended(peers, more)
    use = f"{new.setting.command} certificate"
    # Nothing that was accepted is refused because of it, before the new certificate is presented and after.
    assert accepted(checks) <= accepted(checks_of(then, MEMBERS))
    assert accepted(checks) - accepted(checks_of(with_new(then, node, use, path), MEMBERS)) == told
