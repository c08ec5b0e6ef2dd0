"""Which audits of a history may be deleted. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mmpctl.times import iso


@dataclass(frozen=True, slots=True)
class KeptRow:
    """One audit that is kept.

    Args:
        number: its number in the database.
        at: when it was made, as its document has it.
        selection: of which part of the inventory.
    """

    number: int
    at: str
    selection: Mapping[str, Sequence[str]]


def to_forget(rows: Sequence[KeptRow], before: datetime) -> list[KeptRow]:
    """Return the audits from before a moment, but for the newest one of each part of the inventory.

    The newest one stays whatever its age: the next audit is compared with it.

    Args:
        rows: all that are kept, the oldest first.
        before: aware, UTC.
    """
    newest = {json.dumps(row.selection, sort_keys=True): row for row in rows}.values()
    return [row for row in rows if row.at < iso(before) and row not in newest]
