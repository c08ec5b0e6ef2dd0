"""The accounts of the nodes' REST API: of their own, and never the one of the command line."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from mmpctl.inventory.accounts import Place, require_one_meaning, suffix
from mmpctl.inventory.credentials import Secret, from_keyring
from mmpctl.inventory.password_files import with_password_files

API_USERNAME: Final = "MMP_API_USERNAME"
API_PASSWORD: Final = "MMP_API_PASSWORD"  # noqa: S105 - a variable's name
API_KEYRING: Final = "mmpctl-api"


@dataclass(frozen=True, slots=True)
class ApiAccount:
    """One account of the REST API.

    Args:
        username: its name on the node.
        password: its password.
    """

    username: str
    password: Secret


def find_api_accounts(places: Iterable[Place], environ: Mapping[str, str] | None = None) -> dict[str, ApiAccount]:
    """Find the REST API's account of each node; nobody is asked, and a node without one is left out.

    The first name that is there: `MMP_API_USERNAME` of the node (`__NODE`), of its site (`__SITE`), of all. Its
    password is `MMP_API_PASSWORD` of no more nodes than the name is for, else that of the keyring (service
    `mmpctl-api`).

    Args:
        places: the nodes.
        environ: environment variables; the process's own by default.

    Returns:
        Accounts by the node's name.

    Raises:
        UsageError: a file of a password cannot be used, or a variable is meant for two different names.
    """
    wanted = tuple(places)
    ends = dict.fromkeys(("", *(f"__{suffix(scope)}" for place in wanted for scope in place.scopes)))
    known = with_password_files(os.environ if environ is None else environ, ends, API_PASSWORD)
    require_one_meaning(wanted, known, (API_PASSWORD, API_USERNAME))
    found = {place.node: _account(place, known) for place in wanted}
    return {node: account for node, account in found.items() if account is not None}


def _account(place: Place, environ: Mapping[str, str]) -> ApiAccount | None:
    ends = (*(f"__{suffix(scope)}" for scope in place.scopes), "")
    end = next((end for end in ends if environ.get(API_USERNAME + end)), None)
    if end is None:
        return None
    username = environ[API_USERNAME + end]
    # A password for more nodes than its name would be that of another account.
    allowed = ends[: ends.index(end) + 1]
    text = next((text for one in allowed if (text := environ.get(API_PASSWORD + one))), None)
    password = Secret(text) if text else from_keyring(username, API_KEYRING)
    return ApiAccount(username, password) if password is not None else None
