"""What the evidence of a run consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol, cast

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


class KeptFile(Protocol):
    """A file that came home from a node and lies in the run's folder."""

    @property
    def node(self) -> str:
        """Whose it is."""

    @property
    def path(self) -> str:
        """Relative to the run's folder."""

    @property
    def now(self) -> FileNow:
        """Whether the file in the folder is `the same`, `another`, or `missing`."""


@dataclass(frozen=True, slots=True)
class NodeEvidence:
    """One node, as the run began with it.

    Args:
        name: inventory name.
        address: host name and port of its SSH.
        host_key: fingerprint that it proved itself with.
        hostname: in its prompt.
        left_out: it took no part.
    """

    name: str
    address: str | None
    host_key: str | None
    hostname: str | None
    left_out: bool


@dataclass(frozen=True, slots=True)
class UnitEvidence:
    """One unit of a run, whatever the job; a job whose evidence says more adds its own.

    Args:
        name: of the unit.
        notes: what the preflight said to know beforehand.
        nodes: in the order of the inventory.
        plan: the steps as they were planned.
        attempts: what was done, from the journal.
        parts: the run and each resumption of it.
    """

    name: str
    notes: tuple[str, ...]
    nodes: tuple[NodeEvidence, ...]
    plan: tuple[Mapping[str, Any], ...]
    attempts: tuple[Attempt, ...]
    parts: tuple[Part, ...]

    @property
    def kept(self) -> tuple[KeptFile, ...]:
        """The files that came home and can be checked."""
        return ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a run's folder says.

    Args:
        run: the run's name.
        request: version, inventory, certs, names, and what else was asked, without the units.
        journal: whether it can be relied on.
        problems: files that cannot be.
        clusters: the units, in the order of the request.
        files: SHA-256 of `request.json` and `plan.json`, lower-case hex, as far as they are there.
    """

    run: str
    request: Mapping[str, Any]
    journal: JournalState
    problems: tuple[Problem, ...]
    clusters: tuple[UnitEvidence, ...]
    files: Mapping[str, str]

    def document(self) -> EvidenceDocument:
        """Return the evidence as JSON."""
        # The fields of all that it holds are named as the document names them.
        return cast("EvidenceDocument", asdict(self))
