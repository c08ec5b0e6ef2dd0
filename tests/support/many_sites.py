"""A desk and its sites: a lab, whose nodes belong to sites that are started here or reached by SSH."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmpctl.lab.fleet import Fleet
from tests.support.process import COMMAND, quick_to_read


def site_command(fleet: Fleet, site: str, *options: str) -> list[str]:
    """The command that serves a site of a lab.

    Args:
        fleet: the lab.
        site: its name.
        options: more of the command.
    """
    return [*COMMAND, "site", "--site", site, "-i", str(quick_to_read(fleet).inventory), *options]


def started_here(words: list[str]) -> str:
    """The address of a site whose program is started here."""
    return f"exec:{shlex.join(words)}"


def sites_file(place: Path, sites: Mapping[str, Any]) -> Path:
    """A file of sites.

    Args:
        place: its folder.
        sites: the address of each, or all that is said of it.
    """
    told = {name: {"address": site} if isinstance(site, str) else site for name, site in sites.items()}
    file = place / "sites.yaml"
    file.write_text(json.dumps(told), encoding="utf-8")
    return file
