"""The documents of `mmpctl ca`."""

from __future__ import annotations

from typing import Literal, TypedDict


class CaCertificateDocument(TypedDict):
    """One of the CA's own certificates."""

    name: str
    file: str
    current: bool
    subject: str
    serial: str
    not_before: str
    not_after: str
    days_left: int
    severity: str


class CaIssuedDocument(TypedDict):
    """One certificate that it has issued."""

    serial: str
    subject: str
    purpose: str
    node: str
    cluster: str
    issuer: str
    issued_at: str
    not_after: str


class CaDocument(TypedDict):
    """A private CA: its certificates, what it has issued, what to do about it."""

    schema: Literal[1]
    command: Literal["ca init", "ca show", "ca renew"]
    folder: str
    name: str
    certificates: list[CaCertificateDocument]
    issued: list[CaIssuedDocument]
    notes: list[str]
    next: list[str]
