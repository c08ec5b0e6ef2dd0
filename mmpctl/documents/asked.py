"""What was asked for on the command line, as documents repeat it, and which sites were asked."""

from __future__ import annotations

from typing import TypedDict

from mmpctl.documents.forms import Time

# The options that the next command wants too: each with its values.
Asked = dict[str, list[str]]


class WithAsked(TypedDict, total=False):
    """What only the command adds: a runbook's own document lacks it."""

    asked: Asked


class SeenSite(TypedDict, total=False):
    """What is known of a site by the audits that are kept, or if it has answered."""

    # When it answered last.
    last_seen: Time


class SiteDocument(SeenSite):
    """One site that was asked; error, version, clock and inventory are null where there is nothing to say."""

    name: str
    answered: bool
    error: str | None
    version: str | None
    rows: int
    # Seconds that its clock is ahead of this machine's.
    clock_ahead: float | None
    same_inventory: bool | None


class WithSites(TypedDict, total=False):
    """A document that may have been made at many sites (`--engine`)."""

    sites: list[SiteDocument]
