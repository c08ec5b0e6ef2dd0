"""The REST API's accounts: of their own, for a node, its site, or all."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.errors import UsageError
from mmpctl.inventory.accounts import Place
from mmpctl.inventory.api_accounts import find_api_accounts

PLACES = (Place("lon-1", "london"), Place("osl-1", "oslo"))
COMMAND_LINE = {"MMP_USERNAME": "admin", "MMP_PASSWORD": "of the command line"}


def found(**environ: str) -> dict[str, tuple[str, bytes]]:
    accounts = find_api_accounts(PLACES, {**COMMAND_LINE, **environ})
    return {node: (one.username, one.password.encode()) for node, one in accounts.items()}


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, {}),
        ({"MMP_API_PASSWORD": "p"}, {}),
        ({"MMP_API_USERNAME": "api"}, {}),
        ({"MMP_API_USERNAME": "api", "MMP_API_PASSWORD": "p"}, {"lon-1": ("api", b"p"), "osl-1": ("api", b"p")}),
        (
            {"MMP_API_USERNAME": "api", "MMP_API_PASSWORD": "p", "MMP_API_PASSWORD__OSLO": "q"},
            {"lon-1": ("api", b"p"), "osl-1": ("api", b"q")},
        ),
        # The password for all is that of the account for all, and goes to no other one.
        ({"MMP_API_USERNAME__LON_1": "own", "MMP_API_PASSWORD": "p"}, {}),
        ({"MMP_API_USERNAME__LON_1": "own", "MMP_API_PASSWORD__LON_1": "r"}, {"lon-1": ("own", b"r")}),
    ],
)
def test_which_account_each_node_gets(environ: dict[str, str], wanted: dict[str, tuple[str, bytes]]) -> None:
    assert found(**environ) == wanted


def test_a_password_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("from a file\n", encoding="utf-8")
    file.chmod(0o600)
    assert found(MMP_API_USERNAME="api", MMP_API_PASSWORD_FILE=str(file))["lon-1"] == ("api", b"from a file")


def test_a_variable_that_two_names_share_is_refused() -> None:
    with pytest.raises(UsageError, match=r"MMP_API_PASSWORD__A_B may mean a\.b or a_b"):
        find_api_accounts([Place("a.b"), Place("a_b")], {"MMP_API_PASSWORD__A_B": "p"})
