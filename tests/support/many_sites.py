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


def site_program(fleet: Fleet, folder: Path, site: str, *options: str) -> Path:
    """A file that serves a site of a lab, with the account that the site has and nobody else.

    Args:
        fleet: the lab.
        folder: for the file; there.
        site: its name.
        options: more of the command.
    """
    program = folder / f"site-{site}"
    program.write_text(
        f"#!/bin/sh\nMMP_USERNAME={fleet.username} MMP_PASSWORD={shlex.quote(fleet.password)}\n"
        f"export MMP_USERNAME MMP_PASSWORD\nexec {shlex.join(site_command(fleet, site, *options))}\n",
        encoding="utf-8",
    )
    program.chmod(0o700)
    return program


def started_here(program: Path) -> str:
    """The address of a site whose program is started here."""
    return f"exec:{shlex.quote(str(program))}"


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
