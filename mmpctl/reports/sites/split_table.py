"""The folders of a split inventory for people."""

from __future__ import annotations

import shlex

from rich.console import RenderableType

from mmpctl.documents.sites.split import SplitDocument
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.widgets import counted, lines, next_command, stack, table, words

_COLUMNS = (
    Column("Site"),
    Column("Nodes", firm=True, right=True),
    Column("Of other sites", firm=True, right=True),
    Column("Folder"),
)


def split(document: SplitDocument) -> RenderableType:
    """Return the document of `mmpctl inventory split`."""
    sites, desk = document["sites"], document["desk"]
    rows = [
        (
            words(one["name"]),
            words(str(one["nodes"])),
            words(str(one["others"]) if one["others"] else None),
            words(one["folder"]),
        )
        for one in sites
    ]
    told = f"{counted(len(sites), 'site')}; copy each folder to the machine of its site"
    return stack(
        [
            table(_COLUMNS, rows),
            words(told, "bold"),
            words(f"The desk's, with names and addresses only: {desk}") if desk else None,
            lines(
                "At the desk, name each site in a file sites.yaml, as "
                f"`{sites[0]['name']}: {{address: ssh://user@host}}`, before you check it."
            )
            if desk
            else None,
            next_command(f"mmpctl engine check -i {shlex.quote(desk)}") if desk else None,
        ]
    )
