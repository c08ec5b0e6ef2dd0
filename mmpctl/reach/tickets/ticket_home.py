"""Which folder of tickets a site keeps: by its id, two machines that serve one site are told apart.

What a ticket has begun is known in the folder in which it was spent, and in no other: another machine of the site, with
a folder of its own, would spend it a second time, or say that it was never spent.
"""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from mmpctl.reach.tickets.ticket import OtherHome, is_id
from mmpctl.runs.disk import write_once
from mmpctl.trusted import read_file, require_trusted

_WHAT: Final = "the id of the folder of tickets"
_KEY: Final = "home"


def home_id(runs: Path) -> str:
    """Return the id of the folder of tickets, which is made with the first question for it.

    Args:
        runs: the folder of all runs, beside which the tickets lie.

    Returns:
        32 digits, lower-case hex; empty if it cannot be written down, and so no ticket could be spent there either.

    Raises:
        PlaceError: others could change it.
    """
    home = runs.resolve()
    file = home.parent / f"{home.name}.home.json"
    require_trusted(file, _WHAT)
    if not file.exists():
        with suppress(OSError):
            home.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_once(file, {_KEY: secrets.token_hex(16)})
    try:
        told = json.loads(read_file(file, _WHAT))[_KEY]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return told if isinstance(told, str) and is_id(told) else ""


def check_home(site: str, runs: Path, meant: str) -> None:
    """Make sure that it is this folder of tickets that a desk means.

    Args:
        site: its name.
        runs: the folder of all runs.
        meant: the id of the one that is meant; empty if the desk does not know it.

    Raises:
        OtherHome: it is another one.
    """
    if meant and meant != home_id(runs):
        raise OtherHome(site)
