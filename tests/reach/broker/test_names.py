"""Names at the broker: what cannot be carried is refused, and no two things have the same one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmpctl.errors import UsageError
from mmpctl.reach.broker.definitions import definitions
from mmpctl.reach.broker.names import replies_queue, require_desk, require_site, site_user

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}", fullmatch=True)
DESKS = NAMES.filter(lambda name: not name.startswith("site-") and name not in {"guest", "none"})


@pytest.mark.parametrize("name", ["", "a.b", "a b", "a\n", "*", "a/b", "-a", "ä", "a" * 60, "$(id)", "a,b"])
def test_name_of_a_site_that_cannot_be_carried(name: str) -> None:
    with pytest.raises(UsageError, match="a broker cannot carry the name of the site") as told:
        require_site(name)
    assert "at most 59 characters" in told.value.advice


@pytest.mark.parametrize("name", ["", "a.b", "desk\n", "a" * 65])
def test_name_of_a_desk_that_cannot_be_carried(name: str) -> None:
    with pytest.raises(UsageError, match="a broker cannot carry the name of the desk"):
        require_desk(name)


@pytest.mark.parametrize("name", ["site-oslo", "guest", "none"])
def test_a_desk_is_no_other_kind_of_user(name: str) -> None:
    with pytest.raises(UsageError, match="another kind of user"):
        require_desk(name)


@given(NAMES.map(lambda name: name[:59]))
def test_user_of_a_site_fits_into_a_certificate(site: str) -> None:
    assert len(site_user(site)) <= 64


@given(st.lists(st.tuples(NAMES, DESKS), unique=True))
def test_no_two_have_the_same_queue(pairs: list[tuple[str, str]]) -> None:
    assert len({replies_queue(site, desk) for site, desk in pairs}) == len(pairs)


@given(st.lists(NAMES, min_size=1, max_size=4, unique=True), st.lists(DESKS, min_size=1, max_size=4, unique=True))
def test_rights_reach_what_is_ones_own_and_nothing_else(sites: list[str], desks: list[str]) -> None:
    told = definitions("mmpctl", sites, desks)
    names = {one["name"] for kind in ("queues", "exchanges") for one in told[kind]}
    reached = {
        right["user"]: [{name for name in names if re.search(right[way], name)} for way in ("write", "read")]
        for right in told["permissions"]
    }
    for site in sites:
        assert reached[f"site-{site}"] == [{f"replies.{site}"}, {f"site.{site}"}]
    for desk in desks:
        own = {f"replies.{site}.{desk}" for site in sites}
        assert reached[desk] == [{"sites"}, own]
    assert not any(re.search(right["configure"], name) for right in told["permissions"] for name in names)
