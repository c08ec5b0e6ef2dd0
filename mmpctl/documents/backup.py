"""The document of `mmpctl backup`, and the record of files beside each backup."""

from __future__ import annotations

from typing import Literal, TypedDict

from mmpctl.documents.asked import WithSites
from mmpctl.documents.forms import Sha256


class BackupFileDocument(TypedDict):
    """One file of a backup, as it lies here; its size in bytes."""

    name: str
    path: str
    bytes: int
    sha256: Sha256
    fetched_twice: bool


class BackedUpNode(TypedDict):
    """The backup of one node, or why there is none."""

    name: str
    cluster: str | None
    ok: bool
    error: str | None
    pruned: list[str]
    files: list[BackupFileDocument]


class BackupDocument(WithSites):
    """What was brought home; the folder is null if each site has its own."""

    schema: Literal[1]
    command: Literal["backup"]
    folder: str | None
    snapshot: str
    nodes: list[BackedUpNode]


class BackupRecordDocument(TypedDict):
    """The record beside the files of one backup."""

    schema: Literal[1]
    node: str
    files: list[BackupFileDocument]


class KeptFile(TypedDict):
    """What the record of any release tells of a file."""

    name: str
    bytes: int
    sha256: Sha256


class KeptRecord(TypedDict):
    """What a record must have to be read again."""

    node: str
    files: list[KeptFile]
