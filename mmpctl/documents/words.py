"""What a job calls things, as the documents of its runs have it; those of a database's renewal need not say it."""

from __future__ import annotations

from typing import TypedDict


class WordsDocument(TypedDict):
    """What a job calls things: its work, a unit, several, its lead (null if it has none), what steps are about."""

    work: str
    of: str
    unit: str
    units: str
    lead: str | None
    touched: str
    has: str
