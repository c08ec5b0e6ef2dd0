"""The documents of `mmpctl parse`, one for each command of the device, and what other documents show of them."""

from __future__ import annotations

from typing import Literal, TypedDict

from mmpctl.documents.forms import Day, Serial, Time


class AnswerDocument(TypedDict):
    """What every parsed answer has."""

    schema: Literal[1]
    # As it was typed, with single spaces.
    command: str


class MemberDocument(TypedDict):
    """One line of `Nodes:`, as the asked node sees that member."""

    address: str
    me: bool
    state: str


class CertificateFilesDocument(TypedDict):
    """The files that the database cluster uses."""

    server_key: str | None
    server_certificate: str | None
    client_key: str | None
    client_certificate: str | None
    ca_certificate: str | None


class OddLines(TypedDict, total=False):
    """What only odd answers have."""

    # Whole lines that nobody knows, as printed.
    unknown: list[str]
    # Those of them that report an error, or may contradict the facts.
    alarming: list[str]


class StatusFacts(OddLines):
    """What a node shows of its database cluster."""

    status: str
    started_seconds: int | None
    error: str | None
    nodes: list[MemberDocument]
    node_in_use: str | None
    interface: str | None
    certificates: CertificateFilesDocument
    expired: list[str]
    last_command: str | None
    last_result: str | None


class DatabaseClusterStatusDocument(AnswerDocument, StatusFacts):
    """The answer of `database cluster status`."""


class InspectedCertificate(TypedDict):
    """One certificate as `pki inspect` shows it."""

    subject: str
    issuer: str
    serial: Serial
    not_before: Time
    not_after: Time
    signature_algorithm: str
    public_key_algorithm: str
    public_key_bits: int | None


class PkiInspectDocument(AnswerDocument):
    """The answer of `pki inspect`."""

    found: bool
    certificates: list[InspectedCertificate]


class PkiListDocument(AnswerDocument):
    """The answer of `pki list`."""

    files: list[str]


class BackupListDocument(AnswerDocument):
    """The answer of `backup list`."""

    backups: list[str]


class ServiceDocument(AnswerDocument):
    """The answer of a service's bare name."""

    enabled: bool | None
    # By their label as printed; none of them is `none`.
    files: dict[str, str]


class DateDocument(AnswerDocument):
    """The answer of `date`."""

    utc: Time | None


class VersionDocument(AnswerDocument):
    """The answer of `version`."""

    release: str


class UptimeDocument(AnswerDocument):
    """The answer of `uptime`."""

    seconds: int


class UserDocument(TypedDict):
    """One account of a node."""

    name: str
    role: str
    password_ends: Day | None
    logged_in: bool


class UserListDocument(AnswerDocument):
    """The answer of `user list`."""

    users: list[UserDocument]
