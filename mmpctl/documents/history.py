"""The document of `mmpctl history`."""

from __future__ import annotations

from typing import Literal, TypedDict

from mmpctl.documents.forms import ChangeKind, FindingSeverity, Serial, Time


class ChangedSide(TypedDict, total=False):
    """What is known of a certificate, a finding, a node or a cluster before or after a change; each has some of it."""

    severity: FindingSeverity
    not_after: Time | None
    serial: Serial | None
    subject: str | None
    file: str
    # Of a finding.
    message: str
    # Of a whole cluster or node: how many it has.
    nodes: int
    certificates: int
    # Why a node was not seen.
    error: str | None


class ChangeDocument(TypedDict):
    """One change between two audits."""

    kind: ChangeKind
    cluster: str | None
    node: str | None
    use: str | None
    before: ChangedSide | None
    after: ChangedSide | None


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


class ForgottenDocument(TypedDict):
    """The audits that were deleted from a history, or would be if it was confirmed."""

    schema: Literal[1]
    command: Literal["history"]
    forget_before: Time
    # When each of them was made.
    forgotten: list[Time]
    done: bool
    # How many audits are there now.
    kept: int
    # The size of the file now; null if nothing was done, or if the history is no file.
    bytes: int | None
    # Why nothing was deleted, or why the space was not given back.
    reason: str | None
