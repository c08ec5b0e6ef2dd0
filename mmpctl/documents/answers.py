"""What every document of `mmpctl parse` has, and what other documents show of an answer.

The rest of such a document is the facts of its command (`mmpctl/device/commands/`), and its schema is made from them.
"""

from __future__ import annotations

from typing import Literal, TypedDict


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
