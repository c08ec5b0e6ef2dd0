"""The trust graph: which service checks which, and what holds of it whatever the fleet is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmpctl.peers.checks import Check, checks_of
from mmpctl.peers.deployment import Membership
from mmpctl.peers.held import Held
from mmpctl.peers.peer import Pair, Peer, Store
from mmpctl.peers.store_verdict import ACCEPTING, Verdict
from tests.peers.certificates import BETWEEN, DIRECT, LEAF, OTHER, ROOT, STRANGER, held
from tests.support import pki
from tests.support.gate import examples

TOGETHER = Membership("lon")
OWN, ELSE = (held(DIRECT),), (held(STRANGER),)
CA = (held(ROOT),)


def pair(service: str, words: str = "", path: tuple[Held, ...] = OWN) -> Pair:
    return Pair(service, f"{service} {words} certificate".replace("  ", " "), f"{service}.cer", path)


def store(service: str, words: str, content: tuple[Held, ...] | None = CA) -> Store:
    return Store(service, f"{service} {words}", "trust.cer", content)


CALL_BRIDGE = Peer(
    (pair("callbridge"), pair("webadmin")),
    (store("callbridge", "c2w trusted certificates"), store("callbridge", "callbridge cluster trusted certificates")),
)
WEB_BRIDGE = Peer((pair("webbridge3", "https"), pair("webbridge3", "c2w")), (store("webbridge3", "c2w trust bundle"),))
SCHEDULER = Peer((pair("scheduler", "c2w"),), (store("scheduler", "c2w trust bundle"),))


def graph(peers: Mapping[str, Peer], **members: Membership) -> tuple[Check, ...]:
    return checks_of(peers, {name: members.get(name, TOGETHER) for name in peers})


def told(check: Check) -> tuple[str, str, str, str]:
    return check.relation.name, f"{check.pair.use} of {check.presenter}", check.verifier, check.acceptance.verdict


def test_a_call_bridge_and_a_web_bridge_check_each_other() -> None:
    assert set(map(told, graph({"core": CALL_BRIDGE, "edge": WEB_BRIDGE}))) == {
        ("c2w", "callbridge certificate of core", "edge", "ca"),
        ("c2w", "webbridge3 c2w certificate of edge", "core", "ca"),
    }


def test_peers_of_a_cluster_check_both_certificates_of_each_other() -> None:
    found = graph({"one": CALL_BRIDGE, "two": CALL_BRIDGE})
    assert Counter((each.relation.name, each.pair.service, each.presenter) for each in found) == {
        ("cluster", service, node): 1 for service in ("callbridge", "webadmin") for node in ("one", "two")
    }


def test_an_edges_web_admin_is_no_peer_of_a_call_bridge() -> None:
    edge = replace(WEB_BRIDGE, pairs=(*WEB_BRIDGE.pairs, pair("webadmin")))
    assert {each.relation.name for each in graph({"core": CALL_BRIDGE, "edge": edge})} == {"c2w"}


def test_a_scheduler_that_a_web_bridge_does_not_know_is_refused() -> None:
    listed = replace(WEB_BRIDGE, stores=(store("webbridge3", "c2w trust bundle", ELSE),))
    verdicts = {told(each)[1:] for each in graph({"core": SCHEDULER, "edge": listed})}
    assert ("scheduler c2w certificate of core", "edge", "refused") in verdicts
    assert ("webbridge3 c2w certificate of edge", "core", "ca") in verdicts


@pytest.mark.parametrize(
    ("service", "own", "words", "presented", "verdict"),
    [
        ("recorder", "sip", "sip ca bundle", CA, Verdict.CA),
        ("recorder", "sip", "sip ca bundle", OWN, Verdict.LEAF),
        ("recorder", "", "trust bundle", CA, Verdict.REFUSED),
        ("recorder", "", "trust bundle", OWN, Verdict.LEAF),
        ("streamer", "", "trust bundle", CA, Verdict.REFUSED),
        ("webbridge", "", "trust bundle", CA, Verdict.REFUSED),
        ("webbridge", "", "trust bundle", OWN, Verdict.LEAF),
        ("h323_gateway", "", "ca bundle", CA, Verdict.REFUSED),
        ("webbridge3", "c2w", "c2w trust bundle", None, Verdict.UNKNOWN),
    ],
)
def test_stores_of_each_release(
    service: str, own: str, words: str, presented: tuple[Held, ...] | None, verdict: Verdict
) -> None:
    peer = Peer((pair(service, own),), (store(service, words, presented),))
    found = [each for each in graph({"core": CALL_BRIDGE, "edge": peer}) if each.verifier == "edge"]
    assert [each.acceptance.verdict for each in found] == [verdict]


@pytest.mark.parametrize(
    ("service", "own", "verdict"),
    [
        ("webbridge3", "c2w", Verdict.NOT_SET),
        ("webbridge", "", Verdict.NOT_SET),
        ("recorder", "", Verdict.NOT_SET),
        ("recorder", "sip", Verdict.UNCHECKED),
        ("h323_gateway", "", Verdict.UNCHECKED),
    ],
)
def test_a_store_that_is_not_set(service: str, own: str, verdict: Verdict) -> None:
    found = graph({"core": CALL_BRIDGE, "edge": Peer((pair(service, own),))})
    assert [each.acceptance.verdict for each in found if each.verifier == "edge"] == [verdict]


def test_xmpp_servers_list_each_other_and_never_themselves() -> None:
    server = Peer((pair("xmpp"),), (store("xmpp", "cluster trust bundle", OWN),))
    assert [(each.presenter, each.verifier) for each in graph({"one": server, "two": server})] == [
        ("one", "two"),
        ("two", "one"),
    ]


def test_a_service_that_is_off_is_marked() -> None:
    off = replace(WEB_BRIDGE, off=frozenset({"webbridge3"}))
    assert {each.is_off for each in graph({"core": CALL_BRIDGE, "edge": off})} == {True}


@pytest.mark.parametrize("evidence", [True, False])
def test_an_assumed_link_needs_evidence_on_one_side(evidence: bool) -> None:
    unknown = replace(WEB_BRIDGE, stores=(store("webbridge3", "c2w trust bundle", ELSE),))
    edge = unknown if evidence else replace(unknown, pairs=(pair("webbridge3", "c2w", ELSE),))
    assumed = Membership("lon", is_assumed=True)
    found = graph({"core": CALL_BRIDGE, "edge": edge}, edge=assumed)
    assert Counter(each.acceptance.verdict for each in found) == (
        {Verdict.CA: 1, Verdict.REFUSED: 1} if evidence else {}
    )
    assert all(each.is_assumed for each in found)
    declared = graph({"core": CALL_BRIDGE, "edge": edge})
    assert len(declared) == 2 and not any(each.is_assumed for each in declared)


def test_an_uploader_is_shown_with_those_that_it_accepts() -> None:
    uploader = Peer((), (store("uploader", "cms trust bundle"),))
    other = replace(CALL_BRIDGE, pairs=(pair("webadmin", path=ELSE),), stores=())
    found = graph({"one": CALL_BRIDGE, "two": other, "three": uploader})
    assert [(each.presenter, each.acceptance.verdict) for each in found if each.verifier == "three"] == [
        ("one", Verdict.CA)
    ]


# Whatever the fleet is.

AUTHORITIES = (ROOT, BETWEEN, OTHER)
PATHS = ((held(DIRECT),), (held(LEAF), held(BETWEEN)), (held(STRANGER),), (held(LEAF),), ())
CONTENT = st.lists(st.sampled_from([held(one) for one in (*AUTHORITIES, DIRECT, LEAF)]), max_size=4, unique=True).map(
    tuple
)
PLACES = [("callbridge", ""), ("webadmin", ""), ("webbridge3", "c2w"), ("scheduler", "c2w"), ("recorder", "sip")]
STORES = [
    ("callbridge", "c2w trusted certificates"),
    ("callbridge", "callbridge cluster trusted certificates"),
    ("webbridge3", "c2w trust bundle"),
    ("scheduler", "c2w trust bundle"),
    ("recorder", "sip ca bundle"),
    ("recorder", "trust bundle"),
]
PEERS = st.builds(
    Peer,
    st.lists(st.builds(lambda at, path: pair(at[0], at[1], path), st.sampled_from(PLACES), st.sampled_from(PATHS)),
             max_size=4, unique_by=lambda one: one.use).map(tuple),
    st.lists(st.builds(lambda at, held: store(at[0], at[1], held), st.sampled_from(STORES), CONTENT | st.none()),
             max_size=4, unique_by=lambda one: one.use).map(tuple),
    st.frozensets(st.sampled_from(["scheduler", "webbridge3"]), max_size=1),
)  # fmt: skip
NODES = ("a", "b", "c", "d")
MEMBERS = st.builds(Membership, st.sampled_from(["lon", "osl"]), st.booleans())
FLEETS = st.dictionaries(st.sampled_from(NODES), st.tuples(PEERS, MEMBERS | st.none()), max_size=4)
Fleet = dict[str, tuple[Peer, Membership | None]]


def of(fleet: Fleet) -> tuple[Check, ...]:
    return checks_of(
        {name: peer for name, (peer, _) in fleet.items()},
        {name: member for name, (_, member) in fleet.items() if member is not None},
    )


@examples(200)
@given(FLEETS)
def test_each_edge_is_between_nodes_that_work_together_and_of_what_they_show(fleet: Fleet) -> None:
    for each in of(fleet):
        presenter, its = fleet[each.presenter]
        verifier, others = fleet[each.verifier]
        assert its is not None and others is not None and its.deployment == others.deployment
        assert each.pair in presenter.pairs and each.pair.service == each.relation.presenter
        assert each.store is None or (each.store in verifier.stores and each.store.service == each.relation.verifier)
        assert not (each.relation.between_nodes and each.presenter == each.verifier)
        accepted = each.acceptance.verdict in ACCEPTING
        assert accepted == (each.acceptance.by is not None) == (each.acceptance.until is not None)
        if accepted:
            assert each.store is not None and each.acceptance.by in (each.store.held or ())
            leaf, until = each.pair.leaf, each.acceptance.until
            assert leaf is not None and until is not None and until <= leaf.not_after


@examples(100)
@given(FLEETS, st.permutations(NODES))
def test_the_order_of_the_nodes_does_not_matter(fleet: Fleet, order: list[str]) -> None:
    other = {name: fleet[name] for name in order if name in fleet}
    assert Counter(map(repr, of(other))) == Counter(map(repr, of(fleet)))


@examples(100)
@given(FLEETS)
def test_a_store_that_grows_accepts_whom_it_has_accepted(fleet: Fleet) -> None:
    before = {(each.relation, each.presenter, each.pair.use, each.verifier): each.acceptance for each in of(fleet)}
    more = {
        name: (
            replace(
                peer,
                stores=tuple(
                    replace(one, held=(*one.held, held(OTHER), held(ROOT))) if one.held is not None else one
                    for one in peer.stores
                ),
            ),
            member,
        )
        for name, (peer, member) in fleet.items()
    }
    after = {(each.relation, each.presenter, each.pair.use, each.verifier): each.acceptance for each in of(more)}
    for link, acceptance in before.items():
        if acceptance.verdict in ACCEPTING:
            now = after[link]
            assert now.verdict in ACCEPTING
            assert now.until is not None and acceptance.until is not None and now.until >= acceptance.until


def test_the_certificates_of_the_tests_are_what_they_seem() -> None:
    assert held(ROOT).is_root and held(ROOT).may_have_signed(held(BETWEEN))
    assert not held(OTHER).may_have_signed(held(BETWEEN)) and pki.authority().certificate != ROOT.certificate
