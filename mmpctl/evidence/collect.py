"""What a run leaves as evidence, gathered from its folder alone: it can be gathered again at any time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmpctl.cluster.step import StepKey
from mmpctl.cluster.step_kinds import ActionName
from mmpctl.evidence.attempts import Attempt, Part, attempts, parts
from mmpctl.evidence.model import (
    BackupEvidence,
    ClusterEvidence,
    Evidence,
    FileNow,
    JournalState,
    NodeEvidence,
    Problem,
)
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import JournalError, read
from mmpctl.runs.record import Record, StepResult
from mmpctl.runs.seal import CHANGED

REQUEST_FILE, PLAN_FILE = "request.json", "plan.json"


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
    clusters = tuple(
        _cluster(name, asked.get(name) or {}, planned.get(name) or {}, records, left_out, folder.path) for name in names
    )
    rest = {key: value for key, value in request.items() if key not in ("schema", "run", "clusters")}
    files = {name: _sha256(folder.path / name) for name in (REQUEST_FILE, PLAN_FILE) if (folder.path / name).is_file()}
    return Evidence(folder.name, rest, state, tuple(problems), clusters, files)


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
        if not isinstance(document, dict):
            raise json.JSONDecodeError("no object", "", 0)
        return document
    except OSError as error:
        problems.append(Problem(name, f"it cannot be read: {error.strerror}"))
    except ValueError:
        problems.append(Problem(name, "it is damaged: it is not the document that was written"))
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


def _cluster(
    name: str,
    asked: Mapping[str, Any],
    planned: Mapping[str, Any],
    records: tuple[Record, ...],
    left_out: frozenset[str],
    home: Path,
) -> ClusterEvidence:
    mine = tuple(record for record in records if record.cluster == name)
    done, made = attempts(mine), parts(mine)
    nodes = tuple(_node(one, done, made, left_out) for one in asked.get("nodes", ()))
    keeper = {
        "name": asked.get("keeper"),
        "address": asked.get("keeper_address"),
        "proved": asked.get("keeper_proved"),
        "confirmed": asked.get("keeper_confirmed"),
        "confirmed_by": asked.get("keeper_confirmed_by"),
        "reason": asked.get("keeper_reason"),
        "evidence": list(planned.get("keeper_evidence") or ()),
    }
    return ClusterEvidence(
        name,
        planned.get("site"),
        keeper,
        tuple(planned.get("notes") or ()),
        nodes,
        tuple(planned.get("steps") or ()),
        done,
        tuple(_backups(done, home)),
        made,
        valid_until(asked),
    )


def _node(
    asked: Mapping[str, Any], done: tuple[Attempt, ...], made: tuple[Part, ...], left_out: frozenset[str]
) -> NodeEvidence:
    name = asked["name"]
    before = next((part.states[name] for part in made if name in part.states), None)
    if before is None:
        # A run of an older release: what it said right before its first command has to do.
        first = next((one.before for one in done if one.node == name and one.before), None)
        before = {"error": None, "status": first} if first else None
    after = next((part.states_after[name] for part in reversed(made) if name in part.states_after), None)
    return NodeEvidence(
        name,
        asked.get("role"),
        asked.get("address"),
        asked.get("db_address"),
        asked.get("host_key"),
        asked.get("hostname"),
        name in left_out,
        asked.get("files") or {},
        before,
        after,
        asked.get("valid_until"),
    )


def _backups(done: tuple[Attempt, ...], home: Path) -> list[BackupEvidence]:
    return [
        BackupEvidence(
            node=one.node,
            again=StepKey.parse(one.step).again,
            at=one.ended_at,
            name=file["name"],
            path=file["path"],
            bytes=file["bytes"],
            sha256=file["sha256"],
            fetched_twice=file["fetched_twice"],
            now=_now(home / file["path"], file["sha256"]),
        )
        for one in done
        if one.action == ActionName.BACKUP and one.result == StepResult.DONE
        for file in one.evidence.get("files", ())
    ]


def _now(path: Path, sha256: str) -> FileNow:
    if not path.is_file():  # a pipe would keep us waiting
        return FileNow.MISSING
    try:
        return FileNow.SAME if _sha256(path) == sha256 else FileNow.OTHER
    except OSError:
        return FileNow.MISSING


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def valid_until(cluster: Mapping[str, Any]) -> str | None:
    """Return when the first of the new certificates of a cluster expires, ISO 8601; None if the request does not say.

    Args:
        cluster: its part of the request; one of an earlier release says nothing.
    """
    ends = [node.get("valid_until") for node in cluster.get("nodes", ()) if node.get("files")]
    return min(ends) if ends and all(isinstance(end, str) for end in ends) else None
