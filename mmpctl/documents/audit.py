"""The document of `mmpctl audit`."""

from __future__ import annotations

from typing import Literal, TypedDict

from mmpctl.documents.asked import WithAsked, WithSites
from mmpctl.documents.certificate import CertificateDocument, UseOfAuthority
from mmpctl.documents.finding import FindingDocument
from mmpctl.documents.forms import Day, FindingSeverity, Role, Sha256, State, Time


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


class TrustPresenter(TypedDict):
    """What is presented; sha256, subject and not_after are null if it could not be read."""

    node: str
    service: str
    use: str
    file: str
    sha256: Sha256 | None
    subject: str | None
    not_after: Time | None


class TrustVerifier(TypedDict):
    """Who checks it, and the store that it is held against; use and file are null if none is set."""

    node: str
    service: str
    use: str | None
    file: str | None


class TrustReason(TypedDict):
    """The certificate in the store that decides."""

    sha256: Sha256
    subject: str
    not_after: Time


class TrustCheck(TypedDict):
    """One edge of the trust graph."""

    relation: str
    # Which cluster the two nodes work with; assumed if the inventory does not say so.
    deployment: str
    assumed: bool
    presenter: TrustPresenter
    verifier: TrustVerifier
    verdict: Literal["ca", "leaf", "no root", "refused", "not set", "unchecked", "unknown"]
    by: TrustReason | None
    # When it breaks: now; at the next renewal of what is presented; at the moment in `until`; never; or not known.
    breaks: Literal["now", "renewal", "expiry", "never", "unknown"]
    until: Time | None
    # One of the two services is switched off.
    off: bool
    severity: FindingSeverity | Literal["ok"]


class OutsideSystem(TypedDict):
    """A system outside that a node shows that it works with, and the store that its certificate is held against."""

    # `CUCM`, `IMPS`.
    system: str
    node: str
    service: str
    use: str
    file: str
    # When the first certificate in the store ends; null if it could not be read.
    until: Time | None


class TrustGraphDocument(TypedDict):
    """Who presents which certificate to whom, and who accepts it."""

    checks: list[TrustCheck]
    # Nodes with services of which nobody says with which cluster they work.
    not_placed: list[str]
    outside: list[OutsideSystem]


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
    trust: TrustGraphDocument
    summary: AuditSummary


class KeptAuditDocument(AuditDocument, total=False):
    """An audit as the command prints it, and as a history keeps it."""

    # Which part of the inventory it is, by the options that chose it; empty for all of it.
    selection: dict[str, list[str]]
