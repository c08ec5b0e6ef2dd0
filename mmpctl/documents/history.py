"""The document of `mmpctl history`."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from mmpctl.documents.forms import ChangeKind, Time


class ChangeDocument(TypedDict):
    """One change between two audits."""

    kind: ChangeKind
    cluster: str | None
    node: str | None
    use: str | None
    # What is known of it: severity, end, serial and so on.
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class SeverityCounts(TypedDict):
    """How many certificates an audit saw of each severity."""

    expired: int
    unfit: int
    unknown: int
    due: int
    ok: int


class KeptCounts(TypedDict):
    """The counts of one audit."""

    at: Time
    counts: SeverityCounts


class HistoryDocument(TypedDict):
    """What changed between two audits."""

    schema: Literal[1]
    command: Literal["history"]
    before: Time
    after: Time
    selection: dict[str, list[str]]
    changes: list[ChangeDocument]
    counts: list[KeptCounts]
