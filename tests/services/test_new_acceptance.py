"""Who would refuse the new certificate of a service: told before anything is touched, and only where it is so."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmpctl.peers.checks import checks_of
from mmpctl.peers.deployment import Membership
from mmpctl.peers.held import Held
from mmpctl.peers.outside_links import OutsideLink
from mmpctl.peers.peer import Peer, Store
from mmpctl.peers.store_verdict import ACCEPTING
from mmpctl.services.new_acceptance import NewPath, Others, not_judged, not_known, refused_edges, refusing
from mmpctl.services.outside_stores import not_asked_about, to_confirm
from mmpctl.services.renewable import PairSetting, renewable
from tests.peers.certificates import BETWEEN, DIRECT, LEAF, OLDER, OTHER, ROOT, STRANGER, held
from tests.services.web_bridges import C2W, MEMBERS, NEW, NODES, OLD, SETTINGS, peer
from tests.support.gate import examples
from tests.support.renewed_peer import with_new


def told(new: NewPath, *stores: Iterable[Held] | None, off: Iterable[str] = ()) -> list[str]:
    peers = {name: peer(OLD, store, off=off) for name, store in zip(NODES, stores, strict=True)}
    checks = checks_of(peers, MEMBERS)
    return [*refusing(refused_edges([new], checks), NODES, NODES, outside=False), *not_known([new], checks)]


def test_a_store_with_the_ca_of_both_accepts_the_new_one() -> None:
    assert told(NewPath("edge-1", C2W, NEW, OLD), *[[held(ROOT)]] * 3) == []


def test_stores_of_leafs_would_refuse_the_new_one_and_are_named_once() -> None:
    [sentence] = told(NewPath("edge-1", C2W, NEW, OLD), OLD, OLD, [held(ROOT)])
    assert "callbridge would refuse the new certificate of webbridge3 c2w of edge-1" in sentence
    assert "cb-trust.cer on lon-1, cb-trust.cer on lon-2." in sentence and "`callbridge trust c2w`" in sentence


def test_whoever_was_not_selected_is_not_touched_and_may_be_selected() -> None:
    peers = {name: peer(OLD, OLD) for name in NODES}
    edges = list(refused_edges([NewPath("edge-1", C2W, NEW, OLD)], checks_of(peers, MEMBERS)))
    [sentence] = refusing(edges, ["lon-1", "edge-1"], NODES, outside=False)
    assert ", or select lon-2 as well, so that a run can do it; then plan again" in sentence
    assert "select" not in next(refusing(edges, NODES, NODES, outside=False))


def test_a_store_in_another_group_is_brought_into_this_one_by_the_inventory() -> None:
    peers = {name: peer(OLD, OLD) for name in NODES}
    edges = list(refused_edges([NewPath("edge-1", C2W, NEW, OLD)], checks_of(peers, MEMBERS)))
    [sentence] = refusing(edges, ["edge-1"], ["edge-1"], outside=True)
    assert ", or write `serves: lon` for edge-1 in the inventory, so that a run does both; then" in sentence
    assert "select" not in sentence
    [sentence] = refusing(edges, ["edge-1", "lon-1"], ["edge-1", "lon-1"], outside=False)
    assert ", or write `serves: lon` for lon-2 in the inventory" in sentence and "select" not in sentence


def test_a_store_that_cannot_be_read_is_not_taken_for_one_that_accepts() -> None:
    [sentence] = told(NewPath("edge-1", C2W, NEW, OLD), None, [held(ROOT)], [held(ROOT)])
    assert "could not be read (cb-trust.cer on lon-1)" in sentence


@pytest.mark.parametrize(
    ("command", "stores", "off"),
    [
        # What nobody checks, what is refused already, and what is off.
        ("webbridge3 https", OLD, ()),
        ("turn", OLD, ()),
        ("webbridge3 c2w", [held(STRANGER)], ()),
        ("webbridge3 c2w", OLD, ["callbridge"]),
        ("webbridge3 c2w", OLD, ["webbridge3"]),
    ],
)
def test_nothing_is_told_where_a_renewal_takes_nothing_away(command: str, stores: list[Held], off: list[str]) -> None:
    assert told(NewPath("edge-1", SETTINGS[command], NEW, OLD), *[stores] * 3, off=off) == []


_PATHS = (OLD, NEW, (held(STRANGER),), (held(OLDER),))
_CONTENT = st.none() | st.lists(
    st.sampled_from([held(one) for one in (ROOT, BETWEEN, OTHER, DIRECT, LEAF, OLDER)]), max_size=3, unique=True
)
_PEERS = st.builds(peer, st.sampled_from(_PATHS), _CONTENT)


@examples(200)
@given(
    st.dictionaries(st.sampled_from(NODES), _PEERS, min_size=1),
    st.sampled_from([C2W, SETTINGS["callbridge"]]),
    st.sampled_from(_PATHS),
    st.data(),
)
def test_a_link_that_is_up_and_would_break_is_told_whatever_the_fleet_is(
    peers: dict[str, Peer], setting: PairSetting, path: tuple[Held, ...], data: st.DataObject
) -> None:
    node = data.draw(st.sampled_from(sorted(peers)))
    use = f"{setting.command} certificate"
    new = NewPath(node, setting, path, ())

    def up(shown: dict[str, Peer]) -> set[tuple[str, ...]]:
        return {
            (edge.relation.command, edge.presenter, edge.pair.use, edge.verifier)
            for edge in checks_of(shown, MEMBERS)
            if edge.acceptance.verdict in ACCEPTING
        }

    broken = up(peers) - up(with_new(peers, node, use, path))
    sentences = list(refusing(refused_edges([new], checks_of(peers, MEMBERS)), NODES, NODES, outside=False))
    assert all(any(f"`{edge[0]}`" in one and f" on {edge[3]}" in one for one in sentences) for edge in broken)
    assert bool(broken) == bool(sentences)


# Who was not looked at.


def test_neighbours_that_were_not_seen_may_check_what_is_new() -> None:
    others = Others(MEMBERS, {"edge-1", "lon-1"})
    [sentence] = not_judged([NewPath("edge-1", C2W, NEW)], others, ["edge-1"])
    assert sentence.startswith("lon-2 could not be looked at")
    assert list(not_judged([NewPath("edge-1", SETTINGS["turn"], NEW)], others, ["edge-1"])) == []


def test_a_service_that_could_not_be_understood_may_check_what_is_new() -> None:
    others = Others(MEMBERS, set(NODES), {"lon-2": ["`scheduler` is refused"]})
    [sentence] = not_judged([NewPath("edge-1", C2W, NEW)], others, ["edge-1"])
    assert sentence.startswith("it is not known whether all services of lon-2") and "`scheduler`" in sentence


def test_an_edge_that_works_with_nobody_knows_who_must_be_named() -> None:
    new = NewPath("edge-1", C2W, NEW)
    [sentence] = not_judged([new], Others({}, {"edge-1"}), ["edge-1"])
    assert "`serves`" in sentence
    # A server with a Call Bridge of its own may be all there is.
    assert list(not_judged([new], Others({"edge-1": Membership("edge-1")}, {"edge-1"}), ["edge-1"])) == []


# Systems outside.


@pytest.mark.parametrize(
    ("command", "path", "done", "systems"),
    [
        ("webadmin", (held(LEAF), held(BETWEEN)), [], []),  # below the same root
        ("webadmin", (held(DIRECT),), [], []),
        ("webadmin", (held(STRANGER),), [], ["CUCM", "CMM", "TMS"]),
        ("webadmin", (held(OLDER),), [], ["CUCM", "CMM", "TMS"]),  # another root of the same name
        ("webadmin", (held(STRANGER),), ["CUCM", "TMS"], ["CMM"]),
        ("callbridge", (held(STRANGER),), [], ["CUCM", "SIP"]),
        ("callbridge", (held(STRANGER),), ["SIP"], ["CUCM"]),
        ("webbridge3 https", (held(STRANGER),), [], ["Expressway"]),
        ("webbridge3 c2w", (held(STRANGER),), [], []),
        ("turn", (held(STRANGER),), [], []),
    ],
)
def test_another_ca_is_confirmed_for_each_system_outside(
    command: str, path: tuple[Held, ...], done: list[str], systems: list[str]
) -> None:
    new = NewPath("edge-1", SETTINGS[command], path, OLD)
    assert [one.rpartition("--done ")[2] for one in to_confirm([new], done)] == systems


def test_an_old_certificate_that_could_not_be_read_proves_no_common_ca() -> None:
    assert len(list(to_confirm([NewPath("lon-1", SETTINGS["callbridge"], NEW)], ["SIP"]))) == 1


def test_a_system_that_a_node_shows_is_named_with_the_file_that_shows_it() -> None:
    new = NewPath("lon-1", SETTINGS["callbridge"], (held(STRANGER),), OLD)
    shown = [
        OutsideLink(system, node, Store("callbridge", f"callbridge {word} trusted certificates", f"{word}.cer"))
        for system, word in (("CUCM", "ucm"), ("IMPS", "imps"))
        for node in ("lon-2", "lon-1")
    ]
    told = list(to_confirm([new], ["SIP"], shown))
    assert [one.rpartition("--done ")[2] for one in told] == ["CUCM", "IMPS"]
    assert "lon-2 shows that it works with it (callbridge imps trusted certificates: imps.cer). Then say so" in told[1]
    assert "if you have no such system" not in " ".join(told)


def test_systems_outside_that_nobody_is_asked_about_are_told_of() -> None:
    https = next(one for one in renewable("webbridge3").settings if one.folder == "https")
    same, other = NewPath("edge-1", https, NEW, OLD), NewPath("edge-1", https, NEW, ())
    [told] = not_asked_about([same])
    assert told.startswith("Expressway: nobody sees from here which certificates such systems accept, and the renewal")
    assert list(to_confirm([same], ())) == [] and list(not_asked_about([other])) == []
    [wanted] = to_confirm([other], ())
    assert "--done Expressway" in wanted
