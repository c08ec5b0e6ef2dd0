"""The documents of `mmpctl runs`."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from mmpctl.documents.asked import WithAsked, WithSites
from mmpctl.documents.forms import CheckResult, Outcome, RunName, RunState, Time
from mmpctl.documents.journal import RecordDocument


class RunCluster(TypedDict):
    """How a run ended for a cluster; null if it has not."""

    name: str
    outcome: Outcome | None
    keeper: str | None


class _OfServices(TypedDict, total=False):
    """What a run of services has beside."""

    services: list[str]


class RunAtWork(TypedDict):
    """The process that works on a run of a site: by which ticket, and who has sent that."""

    ticket: str
    by: str


class _AtSite(TypedDict, total=False):
    """Where the run is, if many sites were asked, and what works on it now."""

    site: str
    at_work: RunAtWork
    # So many of its oldest records are at the site only.
    records_left_out: int


class RunSummary(_OfServices, _AtSite):
    """One run in short."""

    run: RunName
    at: Time
    state: RunState
    clusters: list[RunCluster]


class _OfRuns(WithAsked):
    """What all of them have."""

    schema: Literal[1]
    command: Literal["runs"]


class RunsDocument(_OfRuns, WithSites):
    """All runs of a folder, oldest first."""

    runs: list[RunSummary]


class RunDocument(_OfRuns, RunSummary, WithSites):
    """One run: its request, and every record of its journal."""

    # As it lies in the run's folder, which an earlier release may have written.
    request: dict[str, Any]
    by_hand: list[str]
    records: list[RecordDocument]


class RunBackups(TypedDict):
    """The backups of one run; ages in days."""

    run: RunName
    at: Time
    days: int
    state: RunState
    clusters: list[str]
    nodes: list[str]
    files: int
    bytes: int


class _Purged(TypedDict, total=False):
    """What was deleted, if anything was."""

    purged: list[str]


class BackupsOfRunsDocument(_OfRuns, _Purged):
    """The backups of runs, oldest first."""

    backups: list[RunBackups]


class CheckDocument(TypedDict):
    """One thing of a run's folder that was checked."""

    what: str
    result: CheckResult
    message: str


class Checks(TypedDict):
    """What was checked."""

    verified: bool
    checks: list[CheckDocument]


class _WithProof(TypedDict, total=False):
    """The checks with `--verify`; the file of the signature with `--sign`."""

    verified: bool
    checks: list[CheckDocument]
    signature: str


class ProofDocument(_OfRuns, _WithProof):
    """Whether a run's folder is what the run left."""

    run: RunName
