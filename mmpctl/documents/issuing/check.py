"""The document of `mmpctl check`."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from mmpctl.documents.asked import WithAsked
from mmpctl.documents.finding import FindingDocument
from mmpctl.documents.forms import OneOf, Role, Serial, Time


class CheckedFileDocument(TypedDict):
    """One file: of certificates, with the node's own or the first CA of it, or a request, which has a subject only."""

    file: str
    use: str
    subject: str | None
    issuer: str | None
    serial: Serial | None
    not_before: Time | None
    not_after: Time | None
    certificates: int
    findings: list[FindingDocument]


class CheckedNodeDocument(TypedDict):
    """The files for one node; null: no certificate can be read."""

    name: str
    role: Role
    fit: bool
    given: Annotated[str, OneOf(("certificates", "requests", "nothing"))]
    valid_until: Time | None
    files: list[CheckedFileDocument]
    findings: list[FindingDocument]


class CheckedClusterDocument(TypedDict):
    """The nodes of one cluster."""

    name: str
    nodes: list[CheckedNodeDocument]


class CheckSummary(TypedDict):
    """How many nodes were checked, how many of them have requests only, and which were not checked."""

    nodes: int
    fit: int
    unfit: int
    requests: int
    left_out: list[str]


class CheckDocument(WithAsked):
    """Whether new certificates, or requests for them, are fit."""

    schema: Literal[1]
    command: Literal["check"]
    folder: str
    at: Time
    compared_with: Time | None
    clusters: list[CheckedClusterDocument]
    summary: CheckSummary
    next: str | None
