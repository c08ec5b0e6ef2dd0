"""Accounts of single sites and nodes: the narrowest that is there counts, and no password goes to another's account."""

from __future__ import annotations

import pytest

from mmpctl.errors import UsageError
from mmpctl.inventory.accounts import Place, find_accounts, suffix
from mmpctl.inventory.connections import CONNECTIONS
from mmpctl.inventory.load import load
from mmpctl.inventory.sign_in import sign_in
from tests.support.inventories import Write
from tests.support.keyrings import Keyring, UseKeyring
from tests.support.password_prompt import password_prompt

OSLO = Place("osl-1", "oslo")
OSLO_2 = Place("osl-2", "oslo")
BERGEN = Place("bgo.1", "bergen north")
NOWHERE = Place("edge")
ALL = (OSLO, OSLO_2, BERGEN, NOWHERE)


def accounts(environ: dict[str, str], *places: Place) -> dict[str, tuple[str, str | None]]:
    found = find_accounts(places or ALL, environ, ask=False)
    return {name: (one.username, None if one.password is None else one.password[:]) for name, one in found.items()}


def test_a_site_and_a_node_may_have_accounts_of_their_own() -> None:
    environ = {
        "MMP_PASSWORD": "all",
        "MMP_USERNAME__OSLO": "ops",
        "MMP_PASSWORD__OSLO": "oslo",
        "MMP_PASSWORD__OSL_2": "second",
        "MMP_PASSWORD__BERGEN_NORTH": "north",
    }
    assert accounts(environ) == {
        "osl-1": ("ops", "oslo"),
        "osl-2": ("ops", "second"),
        "bgo.1": ("admin", "north"),
        "edge": ("admin", "all"),
    }
    assert suffix("bgo.1") == "BGO_1"


def test_a_key_of_a_site_comes_before_the_password_of_all() -> None:
    with pytest.raises(UsageError, match=r"MMP_SSH_KEY__OSLO: .* Set it to a private key file"):
        accounts({"MMP_PASSWORD": "all", "MMP_SSH_KEY__OSLO": "/nowhere/key"})
    assert accounts({"MMP_SSH_KEY": "/nowhere/key", "MMP_PASSWORD__OSLO": "x"}, OSLO) == {"osl-1": ("admin", "x")}


def test_the_password_of_all_is_not_given_to_the_account_of_a_site() -> None:
    with pytest.raises(UsageError, match=r"osl-1: MMP_USERNAME__OSLO is set, .* Set MMP_PASSWORD__OSLO as well"):
        accounts({"MMP_PASSWORD": "all", "MMP_USERNAME__OSLO": "ops"})


def test_the_keyring_has_entries_by_site(use_keyring: UseKeyring) -> None:
    use_keyring(
        Keyring(
            {("mmpctl:oslo", "admin"): "oslo", ("mmpctl:bergen north", "admin"): "north", ("mmpctl", "admin"): "all"}
        )
    )
    found = accounts({})
    assert found == {
        "osl-1": ("admin", "oslo"),
        "osl-2": ("admin", "oslo"),
        "bgo.1": ("admin", "north"),
        "edge": ("admin", "all"),
    }
    assert set(accounts({"MMP_PASSWORD": "env"}).values()) == {("admin", "env")}, "the environment comes first"


def test_users_of_the_inventory_have_their_own_entries(use_keyring: UseKeyring) -> None:
    use_keyring(Keyring({("mmpctl", "one"): "1", ("mmpctl", "two"): "2"}))
    places = (Place("a", username="one"), Place("b", username="two"))
    assert accounts({}, *places) == {"a": ("one", "1"), "b": ("two", "2")}
    with pytest.raises(UsageError, match="names several users: one, two · Set MMP_USERNAME"):
        accounts({"MMP_PASSWORD": "x"}, *places)


def test_each_account_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = password_prompt(monkeypatch, "typed")
    found = find_accounts([OSLO, OSLO_2, NOWHERE, Place("x", username="ops")], {"MMP_USERNAME__EDGE": "ops"})
    assert asked == ["Password of admin: ", "Password of ops: "]
    assert {one.typed for one in found.values()} == {True}


@pytest.mark.parametrize("places", [(OSLO, Place("OSLO", "x")), (Place("a", "b c"), Place("d", "b-c"))])
def test_a_variable_that_may_mean_two_names_is_refused(places: tuple[Place, ...]) -> None:
    end = suffix(places[1].node if places[0] == OSLO else "b c")
    with pytest.raises(UsageError, match=f"MMP_PASSWORD__{end} may mean"):
        accounts({f"MMP_PASSWORD__{end}": "x"}, *places)
    assert len(accounts({"MMP_PASSWORD": "x"}, *places)) == 2


def test_signing_in_gives_each_node_its_own(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMP_PASSWORD", "all")
    monkeypatch.setenv("MMP_PASSWORD__NORTH", "north")
    folder = write()
    (folder / "known_hosts").touch()
    nr = load(folder)
    given = sign_in(nr)
    assert set(given) == set(nr.inventory.hosts)
    for name, host in nr.inventory.hosts.items():
        wanted = "north" if host.get("site") == "north" else "all"
        for connection in CONNECTIONS:
            assert host.get_connection_parameters(connection).password == wanted, name
