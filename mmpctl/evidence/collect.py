"""What a run leaves as evidence, gathered from its folder alone: it can be gathered again at any time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from mmpctl.cluster.database_words import DATABASE_CLUSTER
from mmpctl.documents.begun import BegunRun
from mmpctl.documents.checked import DocumentError, checked
from mmpctl.evidence.cluster_evidence import of_cluster
from mmpctl.evidence.kept_files import sha256_of
from mmpctl.evidence.model import Evidence, JournalState, Problem, UnitEvidence
from mmpctl.evidence.service_evidence import of_services
from mmpctl.evidence.unit_evidence import UnitSource, of_unit
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import JournalError, read
from mmpctl.runs.record import Record
from mmpctl.runs.seal import CHANGED
from mmpctl.services.service_words import SERVICES_JOB

REQUEST_FILE, PLAN_FILE = "request.json", "plan.json"

_BY_JOB: Final[Mapping[str, Callable[[UnitSource], UnitEvidence]]] = {
    DATABASE_CLUSTER: of_cluster,
    SERVICES_JOB: of_services,
}


def gather(folder: RunFolder) -> Evidence:
    """Gather what a run's folder says; files that are damaged are named, not raised.

    Args:
        folder: the run's folder.
    """
    problems: list[Problem] = []
    request = read_document(folder, REQUEST_FILE, problems)
    planned = {one.get("name"): one for one in read_document(folder, PLAN_FILE, problems).get("clusters", ())}
    records, state = _journal(folder, problems)
    asked = {one["name"]: one for one in request.get("clusters", ())}
    names = dict.fromkeys((*asked, *(record.cluster for record in records)))
    left_out = frozenset(request.get("leave_out") or ())
    # Of a job that is not known here, there is what every run leaves.
    told_by = _BY_JOB.get(request.get("job", DATABASE_CLUSTER), of_unit)
    units = tuple(
        told_by(UnitSource(name, asked.get(name) or {}, planned.get(name) or {}, mine, left_out, folder.path))
        for name in names
        for mine in (tuple(record for record in records if record.cluster == name),)
    )
    rest = {key: value for key, value in request.items() if key not in ("schema", "run", "clusters")}
    files = {
        name: sha256_of(folder.path / name) for name in (REQUEST_FILE, PLAN_FILE) if (folder.path / name).is_file()
    }
    return Evidence(folder.name, rest, state, tuple(problems), units, files)


def read_document(folder: RunFolder, name: str, problems: list[Problem]) -> dict[str, Any]:
    """Return a JSON document of the run; empty, with one more problem noted, if it cannot be read.

    Args:
        folder: the run's folder.
        name: of the file.
        problems: is added to.
    """
    try:
        document = folder.document(name)
        if document is None:
            raise FileNotFoundError(2, "it is not there")
        # All of them name their clusters in the same way.
        return dict(checked(document, BegunRun, "it"))
    except OSError as error:
        problems.append(Problem(name, f"it cannot be read: {error.strerror}"))
    except ValueError:
        problems.append(Problem(name, "it is damaged: it is not the document that was written"))
    except DocumentError as error:
        problems.append(Problem(name, f"it is damaged: {error.message}"))
    return {}


def _journal(folder: RunFolder, problems: list[Problem]) -> tuple[tuple[Record, ...], JournalState]:
    path = folder.path / "journal.jsonl"
    try:
        if not path.exists():
            problems.append(Problem(path.name, "it is not there, so it is not known what was done"))
            return (), JournalState(0, False, False, None)
        reading = read(path, folder.name)
        folder.check_there(reading.records)
        proof = folder.proof_of(reading)
        if proof.standing == CHANGED:
            problems.append(Problem(path.name, f"{proof.why}; its content as it is now follows"))
        count = len(reading.records)
        state = JournalState(count, proof.holds, reading.torn, reading.chain, proof.standing, proof.why)
        return reading.records, state
    except JournalError as error:
        problems.append(Problem(path.name, f"{error.message}: only the lines before it are shown"))
        return error.intact, JournalState(len(error.intact), False, False, None)
    except OSError as error:
        problems.append(Problem(path.name, f"it cannot be read: {error.strerror}"))
        return (), JournalState(0, False, False, None)
