"""What an audit that was kept must have to be compared with another one: any release has written that much."""

from __future__ import annotations

from typing import TypedDict

from mmpctl.documents.asked import SeenSite
from mmpctl.documents.forms import FindingSeverity, State, Time


class KeptFinding(TypedDict):
    """What is wrong with a node or a cluster."""

    id: str
    severity: FindingSeverity
    message: str


class _Findings(TypedDict, total=False):
    """What early releases do not have of nodes."""

    findings: list[KeptFinding]


class _Names(TypedDict, total=False):
    """What early releases do not have of certificates."""

    not_before: Time | None
    names: list[str] | None


class KeptCertificate(_Names):
    """One certificate."""

    use: str
    file: str
    subject: str | None
    issuer: str | None
    serial: str | None
    not_after: Time | None
    severity: State


class KeptNode(_Findings):
    """One node; error is null if it was seen."""

    name: str
    reachable: bool
    error: str | None
    certificates: list[KeptCertificate]


class _Sync(TypedDict, total=False):
    """What early releases do not have of clusters."""

    in_sync: bool | None


class KeptCluster(_Findings, _Sync):
    """One cluster; name is null for the nodes without one."""

    name: str | None
    nodes: list[KeptNode]


class _Selection(TypedDict, total=False):
    """What only an audit of a part of the inventory has."""

    selection: dict[str, list[str]]


class KeptNumbers(_Selection, total=False):
    """How many certificates an audit saw of each severity, as far as its release counted them; beside each audit."""

    expired: int
    unfit: int
    unknown: int
    due: int
    ok: int


class KeptSite(SeenSite):
    """One site that was asked."""

    name: str


class _Sites(TypedDict, total=False):
    """What only an audit of many sites has."""

    sites: list[KeptSite]


class KeptAudit(_Selection, _Sites):
    """One audit."""

    at: Time
    clusters: list[KeptCluster]
