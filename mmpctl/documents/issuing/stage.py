"""The document of `mmpctl stage`."""

from __future__ import annotations

from typing import Literal, TypedDict

from mmpctl.documents.asked import WithAsked


class StagedFileDocument(TypedDict):
    """One file: its name below `--certs`, its name on the node, and whether it is there now."""

    file: str
    device: str
    state: str


class StagedNodeDocument(TypedDict):
    """The new files of one node, or why they are not all there."""

    name: str
    files: list[StagedFileDocument]
    error: str | None


class StagedClusterDocument(TypedDict):
    """One cluster; with reasons, nothing was sent to any node."""

    name: str
    reasons: list[str]
    nodes: list[StagedNodeDocument]


class StageDocument(WithAsked):
    """The new files that were put on the nodes before the window."""

    schema: Literal[1]
    command: Literal["stage"]
    clusters: list[StagedClusterDocument]
    next: str | None
