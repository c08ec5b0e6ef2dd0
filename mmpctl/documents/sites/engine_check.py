"""The document of `mmpctl engine check`."""

from __future__ import annotations

from typing import Literal

from mmpctl.documents.asked import SiteDocument, WithAsked


class CheckedSite(SiteDocument):
    """One site: whether it answers, and what would be in the way of a request."""

    address: str
    # By the file of sites: renewals may be begun there.
    renews: bool
    # How many nodes it has by the inventory here, and by its own; null if it does not answer.
    nodes_here: int
    nodes: int | None
    # What the site can be asked; null if it does not answer.
    verbs: list[str] | None
    troubles: list[str]


class EngineCheckDocument(WithAsked):
    """Whether every site can be asked."""

    schema: Literal[1]
    command: Literal["engine check"]
    ok: bool
    sites: list[CheckedSite]
    # What is wrong with the file of sites or the inventory here.
    problems: list[str]
