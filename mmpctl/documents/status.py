"""The document of `mmpctl status`."""

from __future__ import annotations

from typing import Literal, TypedDict

from mmpctl.documents.answers import StatusFacts
from mmpctl.documents.asked import WithAsked, WithSites
from mmpctl.documents.certificate import CertificateDocument
from mmpctl.documents.forms import ClusterVerdict, Role, Time


class StatusNode(TypedDict):
    """One node as it shows its cluster; status is null if it was not seen or not understood."""

    name: str
    role: Role | None
    reachable: bool
    error: str | None
    knows_databases: bool
    status: StatusFacts | None
    certificates: list[CertificateDocument]
    certificates_error: str | None


class Selected(TypedDict):
    """How many nodes of the cluster were selected, and how many it has."""

    nodes: int
    of: int


class StatusCluster(TypedDict):
    """One cluster; healthy is null if only some of its nodes were selected."""

    name: str | None
    site: str | None
    master: str | None
    healthy: bool | None
    judged: bool
    verdict: ClusterVerdict
    selected: Selected
    # Inventory names of the members that the nodes list, by their addresses there.
    members: dict[str, str]
    nodes: list[StatusNode]


class StatusDocument(WithAsked, WithSites):
    """Every cluster as its nodes report it."""

    schema: Literal[1]
    command: Literal["status"]
    at: Time
    clusters: list[StatusCluster]
