"""The document of `mmpctl cleanup`."""

from __future__ import annotations

from typing import Literal, TypedDict

from mmpctl.documents.asked import WithAsked


class LeftoverDocument(TypedDict):
    """One certificate file that neither the database cluster nor a service uses, and what it counts as."""

    file: str
    state: str
    since: str | None
    valid_until: str | None
    why: str


class LeftoversOfNodeDocument(TypedDict):
    """The certificate files on one node that are not in use, what could not be looked at, and runs at work."""

    name: str
    cluster: str | None
    in_use: int
    files: list[LeftoverDocument]
    not_seen: list[str]
    at_work: list[str]
    error: str | None


class DeletionDocument(TypedDict):
    """What has become of one file that was to be deleted, and where its copy lies."""

    node: str
    file: str
    state: str
    saved: str | None
    sha256: str | None
    reason: str | None


class CleanupDocument(WithAsked):
    """Certificate files on nodes that nothing refers to; and which of them were deleted."""

    schema: Literal[1]
    command: Literal["cleanup"]
    nodes: list[LeftoversOfNodeDocument]
    deletions: list[DeletionDocument]
    # What to type next; null if there is nothing to do.
    next: str | None
