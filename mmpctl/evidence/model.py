"""What the evidence of a run consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from mmpctl.documents.report import EvidenceDocument
from mmpctl.enums import Word
from mmpctl.evidence.attempts import Attempt, Part


class FileNow(Word):
    """What a file of a run is now, against what the journal keeps of it."""

    SAME = "the same"
    OTHER = "another"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Problem:
    """A file of the run that cannot be relied on.

    Args:
        file: its name in the run's folder.
        message: what is wrong with it.
    """

    file: str
    message: str


@dataclass(frozen=True, slots=True)
class JournalState:
    """What can be said of the journal as a file.

    Args:
        records: how many could be read and checked.
        intact: every line is what this run wrote: this user's key has sealed it, and the seal fits.
        torn: a last line that was cut off is left out.
        chain: SHA-256 over all records, each with the one before; None for a damaged journal.
        proof: `proved`, or why it is not: `other key`, `not sealed`, `changed`; None for a damaged journal.
        why: the same in a sentence.
    """

    records: int
    intact: bool
    torn: bool
    chain: str | None
    proof: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class BackupEvidence:
    """One file of a backup.

    Args:
        node: whose it is.
        again: of the keeper's second backup, after the cluster was taken apart.
        at: when it was written down as verified.
        name: on the device.
        path: relative to the run's folder.
        bytes: its size.
        sha256: lower-case hex, when it came home.
        fetched_twice: both fetches had this SHA-256.
        now: whether the file in the folder is `the same`, `another`, or `missing`.
    """

    node: str
    again: bool
    at: str | None
    name: str
    path: str
    bytes: int
    sha256: str
    fetched_twice: bool
    now: FileNow


@dataclass(frozen=True, slots=True)
class NodeEvidence:
    """One node before and after.

    Args:
        name: inventory name.
        role: of the inventory.
        address: host name and port of its SSH.
        db_address: the address by which the other nodes know it.
        host_key: fingerprint that it proved itself with.
        hostname: in its prompt.
        left_out: it took no part.
        files: SHA-256 of the new files, by their name on the device.
        before: what it said when the run began: `error` and `status`; None if nobody wrote it down.
        after: what it said last.
        valid_until: when the first of its new certificates or of their CAs expires, ISO 8601; None if it was not
            written down.
    """

    name: str
    role: str | None
    address: str | None
    db_address: str | None
    host_key: str | None
    hostname: str | None
    left_out: bool
    files: Mapping[str, str]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    valid_until: str | None = None


@dataclass(frozen=True, slots=True)
class ClusterEvidence:
    """One cluster of a run.

    Args:
        name: the cluster.
        site: where it stands.
        keeper: name, address, proved, confirmed, confirmed_by, reason and the evidence it was decided on.
        notes: what the preflight said to know beforehand.
        nodes: in the order of the inventory.
        plan: the steps as they were planned.
        attempts: what was done, from the journal.
        backups: what came home.
        parts: the renewal and each resumption.
        valid_until: the same as of its nodes, the first of all.
    """

    name: str
    site: str | None
    keeper: Mapping[str, Any]
    notes: tuple[str, ...]
    nodes: tuple[NodeEvidence, ...]
    plan: tuple[Mapping[str, Any], ...]
    attempts: tuple[Attempt, ...]
    backups: tuple[BackupEvidence, ...]
    parts: tuple[Part, ...]
    valid_until: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a run's folder says.

    Args:
        run: the run's name.
        request: version, inventory, certs, names, and what else was asked, without the clusters.
        journal: whether it can be relied on.
        problems: files that cannot be.
        clusters: in the order of the request.
        files: SHA-256 of `request.json` and `plan.json`, lower-case hex, as far as they are there.
    """

    run: str
    request: Mapping[str, Any]
    journal: JournalState
    problems: tuple[Problem, ...]
    clusters: tuple[ClusterEvidence, ...]
    files: Mapping[str, str]

    def document(self) -> EvidenceDocument:
        """Return the evidence as JSON."""
        # The fields of all that it holds are named as the document names them.
        return cast("EvidenceDocument", asdict(self))
