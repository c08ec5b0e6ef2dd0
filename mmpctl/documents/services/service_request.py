"""`request.json` of a run that renews services: what was asked for, without keys and passwords."""

from __future__ import annotations

from typing import Literal, TypedDict

from mmpctl.documents.forms import RunName, Sha256, Time
from mmpctl.documents.request import AskedOfRun, InventoryLine, RolloutDocument


class RequestedPair(TypedDict):
    """One pair of a service: what was in use when the run began, and what takes its place."""

    command: str
    old: list[str]
    new: list[str]
    # SHA-256 of the new files, by their names on the device.
    files: dict[str, Sha256]
    # SHA-256 of the certificates that are to be presented, the service's own first; of the old one, only its own.
    presents: list[Sha256]
    presented: Sha256 | None
    serial: str


class RequestedStore(TypedDict):
    """A file that says whom a service trusts: what its command was given when the run began, and what it is given."""

    command: str
    old: list[str]
    new: list[str]
    files: dict[str, Sha256]
    # The certificates that are added to those of the old file, in PEM form.
    added: list[str]


class RequestedService(TypedDict):
    """One service of one node: its certificates, or whom it trusts (`callbridge-trust`)."""

    name: str
    service: str
    pairs: list[RequestedPair]
    stores: list[RequestedStore]
    # Pairs that are left as they are, and are presented all the same.
    stays: list[RequestedPair]
    valid_until: Time | None


class RequestedServiceNode(InventoryLine):
    """One node as the run began with it."""

    host_key: str
    hostname: str


class RequestedGroup(TypedDict):
    """The services of one group of nodes, as the run began with them."""

    name: str
    nodes: list[RequestedServiceNode]
    units: list[RequestedService]
    # Every service that was on: node and service.
    were_on: list[list[str]]
    known_runs: list[str]


class RequestedOfServices(TypedDict):
    """What was asked for of services."""

    certs: str
    services: list[str]
    max_calls: int | None
    drop_calls: list[str]
    done: list[str]
    clusters: list[RequestedGroup]


class WrittenOfServices(RequestedOfServices):
    """The same as it is written today."""

    # Only what expires within so many days; None for all that was named.
    if_due: int | None


class ServicesRequestDocument(AskedOfRun, WrittenOfServices):
    """The request of a run that renews services."""

    schema: Literal[1]
    run: RunName


class _Head(TypedDict, total=False):
    schema: int
    run: RunName
    job: str
    version: str
    inventory: str
    questions_sha256: Sha256 | None
    rollout: RolloutDocument
    if_due: int | None


class BegunServices(_Head, RequestedOfServices):
    """The request of such a run as it is read again."""
