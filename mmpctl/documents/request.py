"""`request.json` of a run: what was asked for, without keys and passwords."""

from __future__ import annotations

from typing import Literal, TypedDict

from mmpctl.documents.forms import JobWord, Names, Role, RunName, Sha256, Time


class WordsDocument(TypedDict):
    """What a job calls things: `words` in the request of another job than the database's; a lead is null if none is."""

    work: str
    of: str
    unit: str
    units: str
    lead: str | None
    touched: str
    has: str


class RolloutDocument(TypedDict):
    """How the clusters follow each other."""

    canaries: list[str]
    at_once: int
    max_failures: int


class InventoryLine(TypedDict):
    """What the inventory has of a node."""

    name: str
    role: Role | None
    address: str
    db_address: str


class RequestedNode(InventoryLine):
    """One node as the run began with it."""

    host_key: str | None
    hostname: str | None
    in_use: list[str]
    # SHA-256 of the new files, by their names on the device.
    files: dict[str, Sha256]
    # SHA-256 of the public keys whose private keys stay on the node, by the keys' files there.
    keys: dict[str, Sha256]
    valid_until: Time | None


class KeeperWordDocument(TypedDict):
    """What the operator said of the keeper; null where nobody was asked."""

    keeper_reason: str | None
    keeper_confirmed_by: str | None
    keeper_confirmed_at: Time | None


class RequestedCluster(KeeperWordDocument):
    """One cluster as the run began with it."""

    name: str
    keeper: str
    keeper_address: str
    keeper_proved: bool
    keeper_confirmed: bool
    keeper_reasoned: bool
    keeper_evidence: list[str]
    known_runs: list[str]
    nodes: list[RequestedNode]


class AskedFromDesk(TypedDict, total=False):
    """What only a run has that a desk has begun at a site."""

    # Its id: by it the site finds the run again.
    ticket: str


class AskedOfRun(AskedFromDesk):
    """What was asked for, whatever the run's job."""

    version: str
    job: JobWord
    words: WordsDocument
    inventory: str
    questions_sha256: Sha256 | None
    rollout: RolloutDocument


class RequestedOfClusters(TypedDict):
    """What was asked for of database clusters."""

    certs: str
    names: Names
    slaves_at_once: int | None
    leave_out: list[str]
    clusters: list[RequestedCluster]


class RequestDocument(AskedOfRun, RequestedOfClusters):
    """The request of a run of database clusters."""

    schema: Literal[1]
    run: RunName
