"""One line of `journal.jsonl`."""

from __future__ import annotations

from typing import Any, TypedDict

from mmpctl.documents.forms import EventWord, Time


class RecordDocument(TypedDict):
    """One record of a run's journal."""

    seq: int
    at: Time
    event: EventWord
    cluster: str
    node: str | None
    step: str | None
    command: str | None
    result: str | None
    detail: dict[str, Any]


class _Seal(TypedDict, total=False):
    """The proof that this user's key has written it."""

    seal: str


class JournalLine(RecordDocument, _Seal):
    """A record as it lies on the disk: chained to the one before."""

    sum: str
