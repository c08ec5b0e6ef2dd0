"""One certificate in one place of one node, as `audit` and `status` show it."""

from __future__ import annotations

from typing import TypedDict

from mmpctl.documents.finding import FindingDocument
from mmpctl.documents.forms import Serial, Sha256, State, Time


class UseOfAuthority(TypedDict):
    """What hangs on a CA."""

    clusters: int
    leaves: int
    before: int
    others: int


class PresentedCertificate(TypedDict):
    """What the database presents in the certificate's place."""

    serial: Serial
    not_before: Time
    not_after: Time


class CertificateDocument(TypedDict):
    """One certificate; what is null is not known."""

    use: str
    file: str
    place: int
    subject: str | None
    issuer: str | None
    serial: Serial | None
    not_before: Time | None
    not_after: Time | None
    days_left: int | None
    severity: State
    ca: bool | None
    source: str | None
    sha256: Sha256 | None
    chain: list[str]
    names: list[str] | None
    used_by: UseOfAuthority | None
    key: str | None
    key_fits: bool | None
    presented: PresentedCertificate | None
    algorithm: str | None
    findings: list[FindingDocument]
