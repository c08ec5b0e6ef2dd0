"""The account of a fleet that has one for all nodes."""

from __future__ import annotations

from collections.abc import Mapping

from mmpctl.inventory.accounts import Place, find_accounts
from mmpctl.inventory.credentials import Credentials


def find_credentials(
    environ: Mapping[str, str] | None = None, *, username: str | None = None, ask: bool = True
) -> Credentials:
    """Look for the one account for all nodes, as a command does whose inventory names no other."""
    return find_accounts([Place("", username=username)], environ, ask=ask)[""]
