"""The document of `mmpctl audit`."""

from __future__ import annotations

from typing import Literal, TypedDict

from mmpctl.documents.asked import WithAsked, WithSites
from mmpctl.documents.certificate import CertificateDocument, UseOfAuthority
from mmpctl.documents.finding import FindingDocument
from mmpctl.documents.forms import Day, Role, Sha256, State, Time


class AccountDocument(TypedDict):
    """The account that looked."""

    name: str
    role: str
    password_ends: Day | None


class LastBackupDocument(TypedDict):
    """The last good backup of a node that lies here."""

    at: Time
    snapshot: str


class AuditNode(TypedDict):
    """One node, and the certificates that it uses."""

    name: str
    address: str
    role: Role | None
    site: str | None
    reachable: bool
    error: str | None
    seconds: float | None
    account: AccountDocument | None
    backup: LastBackupDocument | None
    certificates: list[CertificateDocument]
    findings: list[FindingDocument]


class AuditCluster(TypedDict):
    """One cluster; name and site are null for the nodes without one."""

    name: str | None
    site: str | None
    in_sync: bool | None
    nodes: list[AuditNode]
    findings: list[FindingDocument]


class AuthorityDocument(UseOfAuthority):
    """One CA of the fleet."""

    sha256: Sha256 | None
    subject: str | None
    not_after: Time | None
    days_left: int | None
    severity: State


class Troubles(TypedDict):
    """How many findings of nodes and clusters there are of each severity."""

    expired: int
    unfit: int
    unknown: int
    due: int


class AuditSummary(TypedDict):
    """How many there are; by severity, how many certificates."""

    nodes: int
    unreachable: int
    certificates: int
    ok: int
    expired: int
    unfit: int
    unknown: int
    due: int
    troubles: Troubles
    worst: State


class AuditDocument(WithAsked, WithSites):
    """What `mmpctl audit` saw."""

    schema: Literal[1]
    command: Literal["audit"]
    at: Time
    clusters: list[AuditCluster]
    authorities: list[AuthorityDocument]
    summary: AuditSummary


class KeptAuditDocument(AuditDocument, total=False):
    """An audit as the command prints it, and as a history keeps it."""

    # Which part of the inventory it is, by the options that chose it; empty for all of it.
    selection: dict[str, list[str]]
