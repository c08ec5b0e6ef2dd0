"""The document of `mmpctl inventory split`."""

from __future__ import annotations

from typing import Literal, TypedDict

from mmpctl.documents.forms import Sha256


class SplitSite(TypedDict):
    """The folder of one site."""

    name: str
    folder: str
    # Nodes of the site, and those of other sites that its clusters have.
    nodes: int
    others: int
    # What `mmpctl site` there says of it, and the desk compares.
    digest: Sha256


class SplitDocument(TypedDict):
    """The folders that were made; the desk's is null if only some sites were asked for."""

    schema: Literal[1]
    command: Literal["inventory split"]
    inventory: str
    desk: str | None
    sites: list[SplitSite]
