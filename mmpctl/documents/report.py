"""`report.json` of a run: how it ended, with its evidence."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from mmpctl.documents.forms import ActionWord, FileNow, Role, RunName, Sha256, Time
from mmpctl.documents.renewal import RenewedCluster
from mmpctl.documents.step import StepDocument


class ProblemDocument(TypedDict):
    """A file of the run that cannot be relied on."""

    file: str
    message: str


class JournalStateDocument(TypedDict):
    """What can be said of the journal as a file."""

    records: int
    intact: bool
    torn: bool
    chain: str | None
    proof: str | None
    why: str | None


class KeeperDocument(TypedDict):
    """The node whose database survives, and what that was decided on."""

    name: str | None
    address: str | None
    proved: bool | None
    confirmed: bool | None
    confirmed_by: str | None
    reason: str | None
    evidence: list[str]


class NodeEvidenceDocument(TypedDict):
    """One node before and after."""

    name: str
    role: Role | None
    address: str | None
    db_address: str | None
    host_key: str | None
    hostname: str | None
    left_out: bool
    files: dict[str, Sha256]
    keys: dict[str, Sha256]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    valid_until: Time | None


class VerdictDocument(TypedDict):
    """What was said of an attempt's end."""

    at: Time
    result: str
    message: str | None
    looked_up: bool


class AttemptDocument(TypedDict):
    """One attempt at a step."""

    number: int
    step: str
    node: str
    action: ActionWord
    command: str | None
    begun_at: Time | None
    ended_at: Time | None
    seconds: float | None
    result: str
    verdicts: list[VerdictDocument]
    question: str | None
    asked_at: Time | None
    before: dict[str, Any] | None
    evidence: dict[str, Any]


class BackupEvidenceDocument(TypedDict):
    """One file of a backup that came home."""

    node: str
    again: bool
    at: Time | None
    name: str
    path: str
    bytes: int
    sha256: Sha256
    fetched_twice: bool
    now: FileNow


class PartDocument(TypedDict):
    """What one process did of a run: the renewal, or one resumption of it."""

    begun_at: Time
    by: dict[str, Any]
    states: dict[str, Any]
    ended_at: Time | None
    outcome: str | None
    code: int | None
    reason: str | None
    states_after: dict[str, Any]
    verification: dict[str, Any] | None


class ClusterEvidenceDocument(TypedDict):
    """One cluster of a run."""

    name: str
    site: str | None
    keeper: KeeperDocument
    notes: list[str]
    nodes: list[NodeEvidenceDocument]
    plan: list[StepDocument]
    attempts: list[AttemptDocument]
    backups: list[BackupEvidenceDocument]
    parts: list[PartDocument]
    valid_until: Time | None


class ServiceNodeDocument(TypedDict):
    """One node of a run that renews services."""

    name: str
    address: str | None
    host_key: str | None
    hostname: str | None
    left_out: bool


class LinksDocument(TypedDict, total=False):
    """Whether the peers of a service were connected again when it was proved; what is empty is left out."""

    connected: list[str]
    lost: list[str]
    not_before: list[str]
    not_known: list[str]
    alarms: list[str]


class PairEvidenceDocument(TypedDict):
    """A pair of a service, or a store of it, before and after; presents is null where no connection has proved it."""

    node: str
    service: str
    pair: str
    old: list[str]
    new: list[str]
    files: dict[str, Sha256]
    presented: Sha256 | None
    presents: Sha256 | None
    trusts: bool
    proved: bool
    links: LinksDocument | None
    back: bool
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class GroupEvidenceDocument(TypedDict):
    """The services of one group of nodes in a run."""

    name: str
    site: str | None
    notes: list[str]
    nodes: list[ServiceNodeDocument]
    plan: list[StepDocument]
    attempts: list[AttemptDocument]
    services: list[PairEvidenceDocument]
    parts: list[PartDocument]
    valid_until: Time | None


class EvidenceDocument(TypedDict):
    """All that a run's folder says."""

    run: RunName
    # As in request.json, without the clusters.
    request: dict[str, Any]
    journal: JournalStateDocument
    problems: list[ProblemDocument]
    clusters: list[ClusterEvidenceDocument | GroupEvidenceDocument]
    # SHA-256 of `request.json` and `plan.json`, as far as they are there.
    files: dict[str, Sha256]


class PhaseDocument(TypedDict):
    """One phase: how often, and how long; of the nodes together, and of each by itself."""

    phase: Literal["connect", "login", "commands", "sftp", "parse", "wait", "report"]
    count: int
    seconds: float
    nodes: int
    # None where it is spent on no node.
    node_median: float | None
    node_most: float | None


class TimingDocument(TypedDict):
    """The seconds that passed, and the phases; nodes are worked on at the same time."""

    seconds: float
    phases: list[PhaseDocument]


class _Measured(TypedDict, total=False):
    # Of the part of the run that was told last; runs of before did not measure it.
    timing: TimingDocument


class ReportDocument(_Measured):
    """How a run ended, with its evidence."""

    schema: Literal[1]
    command: Literal["renew", "resume", "runs"]
    run: RunName | None
    reminder: str | None
    clusters: list[RenewedCluster]
    # When it was told how the run ended, and when this file was made.
    told_at: Time
    made_at: Time
    evidence: EvidenceDocument
