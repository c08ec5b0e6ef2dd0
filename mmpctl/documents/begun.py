"""What `request.json` of a run that is read again must have: any release has written that much, and later ones more."""

from __future__ import annotations

from typing import TypedDict

from mmpctl.documents.forms import Names, RunName, Sha256, Time
from mmpctl.documents.request import InventoryLine, RolloutDocument


class _Place(TypedDict, total=False):
    """What the request of a run may have, whatever its job is."""

    schema: int
    run: RunName
    # None in the request of a database cluster's renewal.
    job: str
    version: str
    inventory: str
    questions_sha256: Sha256 | None
    rollout: RolloutDocument
    ticket: str


class _Lead(TypedDict, total=False):
    """What not every job has."""

    keeper: str | None


class BegunUnit(_Lead):
    """One cluster, or whatever else the run's job is about; what more there is of it, its job knows."""

    name: str


class BegunRun(_Place):
    """The request of any run."""

    clusters: list[BegunUnit]


class _NodeLater(TypedDict, total=False):
    """What early releases did not write of a node."""

    valid_until: Time | None
    keys: dict[str, Sha256]


class BegunNode(InventoryLine, _NodeLater):
    """One node of a database cluster as the run began with it."""

    host_key: str | None
    hostname: str | None
    in_use: list[str]
    files: dict[str, Sha256]


class _ClusterLater(TypedDict, total=False):
    """What early releases did not write of a cluster: the operator's word on its keeper."""

    keeper_reason: str | None
    keeper_confirmed_by: str | None
    keeper_confirmed_at: Time | None
    keeper_reasoned: bool


class BegunCluster(_ClusterLater):
    """One database cluster as the run began with it."""

    name: str
    keeper: str
    keeper_confirmed: bool
    known_runs: list[str]
    nodes: list[BegunNode]


class BegunRenewal(_Place):
    """The request of a run that renews database clusters."""

    certs: str
    names: Names
    slaves_at_once: int | None
    leave_out: list[str]
    clusters: list[BegunCluster]
