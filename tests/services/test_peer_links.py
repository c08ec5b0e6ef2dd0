"""What has become of the peers of a service: nobody who was away before counts, and nothing is taken for known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmpctl.services.peer_links import LinksCompared, LinksTold, PeerLink, compared, kinds_of, tellers
from mmpctl.services.renewable import RENEWABLE
from mmpctl.services.seen_services import UnitKey

EDGE = UnitKey("lon-edge-1", "webbridge3")
OWN = UnitKey("lon-1", "callbridge")
SILENT = LinksTold(why_not="no answer in time")


def one(told: str, *alarms: str) -> LinksTold:
    return LinksTold({"webBridges 1": PeerLink("Web Bridge c2w://join.example.com:9999", told)}, frozenset(alarms))


@pytest.mark.parametrize(
    ("before", "now", "word"),
    [
        ("success", "success", "connected"),
        ("connectionFailure", "success", "connected"),
        ("", "success", "connected"),
        ("success", "connectionFailure", "lost"),
        ("success", "", "lost"),
        ("connectionFailure", "connectionFailure", "not_before"),
        ("connected", "connected", "not_before"),
        ("", "connectionFailure", "not_known"),
        ("connectionFailure", "", "not_known"),
    ],
)
def test_words_before_and_after(before: str, now: str, word: str) -> None:
    assert list(compared(EDGE, {"lon-1": one(before)}, {"lon-1": one(now)}).as_json()) == [word]


@pytest.mark.parametrize(
    ("key", "before", "now", "word"),
    [
        (EDGE, SILENT, one("success"), "not_known"),
        (EDGE, one("success"), SILENT, "not_known"),
        (OWN, one("success"), SILENT, "lost"),
        (OWN, SILENT, SILENT, "not_known"),
        (EDGE, one("success"), LinksTold(), "lost"),
    ],
)
def test_a_call_bridge_that_tells_nothing(key: UnitKey, before: LinksTold, now: LinksTold, word: str) -> None:
    found = compared(key, {"lon-1": before}, {"lon-1": now})
    assert list(found.as_json()) == [word]


def test_sentences_name_who_tells_what_of_whom() -> None:
    found = compared(EDGE, {"lon-1": one("success", "a")}, {"lon-1": one("connectionFailure", "a", "b")})
    assert found == LinksCompared(
        lost=(
            "Web Bridge c2w://join.example.com:9999 was connected to lon-1 before, and its state there is "
            "`connectionFailure` now",
        ),
        alarms=("b on lon-1",),
    )


def test_every_call_bridge_is_asked_of_a_server_and_its_own_of_itself() -> None:
    assert tellers(EDGE, ("lon-1", "lon-2")) == ("lon-1", "lon-2")
    assert tellers(OWN, ("lon-1", "lon-2")) == ("lon-1",)
    assert tellers(UnitKey("lon-edge-1", "webadmin"), ("lon-1", "lon-2")) == ()
    assert {one.name for one in RENEWABLE if not kinds_of(one.name)} == {
        "scheduler", "meetingapps", "xmpp", "h323_gateway",
    }  # fmt: skip


WORDS = st.sampled_from(["success", "connectionFailure", "unused", ""])
TOLD = st.builds(
    LinksTold,
    st.dictionaries(st.sampled_from("abc"), st.builds(PeerLink, st.sampled_from("xyz"), WORDS)),
    st.frozensets(st.sampled_from("pq")),
    st.sampled_from(["", "no answer"]),
)
MANY = st.dictionaries(st.sampled_from(["lon-1", "lon-2"]), TOLD)


@given(st.sampled_from([EDGE, OWN]), MANY, MANY)
def test_only_who_was_connected_can_be_lost(
    key: UnitKey, before: dict[str, LinksTold], now: dict[str, LinksTold]
) -> None:
    found = compared(key, before, now)
    were = sum(link.is_up for then in before.values() if not then.why_not for link in then.links.values())
    if not were and key is EDGE:
        assert not found.lost
    assert compared(key, before, before).lost == ()


@pytest.mark.parametrize(
    ("peer", "host"),
    [
        ("Web Bridge c2w://Edge.example.com:9999", "edge.example.com"),
        ("Web Bridge https://[2001:db8::1]:443/", "2001:db8::1"),
        ("TURN server 10.0.0.1", "10.0.0.1"),
        ("TURN server turn.example.com:3478", "turn.example.com"),
        ("recorder ", ""),
    ],
)
def test_the_host_of_an_address(peer: str, host: str) -> None:
    assert PeerLink(peer, "").host == host


def many(**told: str) -> LinksTold:
    return LinksTold({name: PeerLink(f"Web Bridge c2w://{name}:9999", state) for name, state in told.items()})


def test_only_links_to_the_service_itself_count_if_they_can_be_told_apart() -> None:
    before, now = many(one="success", two="success"), many(one="success", two="lost")
    mine = compared(EDGE, {"lon-1": before, "lon-2": before}, {"lon-1": now, "lon-2": now}, {"one", "127.0.0.1"})
    assert mine == LinksCompared(connected=("Web Bridge c2w://one:9999 to lon-1, lon-2",))
    unknown = compared(EDGE, {"lon-1": before}, {"lon-1": now}, {"three"})
    assert len(unknown.connected) == len(unknown.lost) == 1
