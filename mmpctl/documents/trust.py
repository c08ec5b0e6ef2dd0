"""The document of `mmpctl trust`."""

from __future__ import annotations

from typing import Literal, TypedDict

from mmpctl.documents.asked import WithAsked
from mmpctl.documents.forms import TrustState


class TrustedHost(TypedDict):
    """One node's host key."""

    name: str
    address: str
    port: int
    key_type: str | None
    fingerprint: str | None
    state: TrustState
    recorded: list[str]
    expected: bool | None
    written: bool
    error: str | None


class TrustDocument(WithAsked):
    """The host keys of a fleet."""

    schema: Literal[1]
    command: Literal["trust"]
    known_hosts: str
    expect: str | None
    written: bool
    hosts: list[TrustedHost]
