"""What the renewal of a database cluster leaves as evidence, beside what every run leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmpctl.cluster.step import StepKey
from mmpctl.cluster.step_kinds import ActionName
from mmpctl.evidence.attempts import Attempt
from mmpctl.evidence.kept_files import state_now
from mmpctl.evidence.model import FileNow, NodeEvidence, UnitEvidence
from mmpctl.evidence.unit_evidence import UnitSource, of_unit
from mmpctl.runs.record import StepResult


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
class ClusterNode(NodeEvidence):
    """One node before and after.

    Args:
        role: of the inventory.
        db_address: the address by which the other nodes know it.
        files: SHA-256 of the new files, by their name on the device.
        keys: SHA-256 of the public keys whose private keys stayed on it, by the keys' files there.
        before: what it said when the run began: `error` and `status`; None if nobody wrote it down.
        after: what it said last.
        valid_until: when the first of its new certificates or of their CAs expires, ISO 8601; None if it was not
            written down.
    """

    role: str | None
    db_address: str | None
    files: Mapping[str, str]
    keys: Mapping[str, str]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    valid_until: str | None = None


@dataclass(frozen=True, slots=True)
class ClusterEvidence(UnitEvidence):
    """One cluster of a run.

    Args:
        site: where it stands.
        keeper: name, address, proved, confirmed, confirmed_by, reason and the evidence it was decided on.
        backups: what came home.
        valid_until: the same as of its nodes, the first of all.
    """

    site: str | None
    keeper: Mapping[str, Any]
    backups: tuple[BackupEvidence, ...]
    valid_until: str | None = None

    @property
    def kept(self) -> tuple[BackupEvidence, ...]:
        """The backups."""
        return self.backups


def of_cluster(source: UnitSource) -> ClusterEvidence:
    """Return what is known of a database cluster.

    Args:
        source: where it comes from.
    """
    asked, planned, unit = source.asked, source.planned, of_unit(source)
    keeper = {
        "name": asked.get("keeper"),
        "address": asked.get("keeper_address"),
        "proved": asked.get("keeper_proved"),
        "confirmed": asked.get("keeper_confirmed"),
        "confirmed_by": asked.get("keeper_confirmed_by"),
        "reason": asked.get("keeper_reason"),
        "evidence": list(planned.get("keeper_evidence") or ()),
    }
    known = {node.name: node for node in unit.nodes}
    return ClusterEvidence(
        unit.name,
        unit.notes,
        tuple(_node(one, known[one["name"]], unit) for one in asked.get("nodes", ())),
        unit.plan,
        unit.attempts,
        unit.parts,
        planned.get("site"),
        keeper,
        tuple(_backups(unit.attempts, source.home)),
        valid_until(asked),
    )


def valid_until(cluster: Mapping[str, Any]) -> str | None:
    """Return when the first of the new certificates of a cluster expires, ISO 8601; None if the request does not say.

    Args:
        cluster: its part of the request; one of an earlier release says nothing.
    """
    ends = [node.get("valid_until") for node in cluster.get("nodes", ()) if node.get("files")]
    return min(ends) if ends and all(isinstance(end, str) for end in ends) else None


def _node(asked: Mapping[str, Any], node: NodeEvidence, unit: UnitEvidence) -> ClusterNode:
    name = node.name
    before = next((part.states[name] for part in unit.parts if name in part.states), None)
    if before is None:
        # A run of an older release: what it said right before its first command has to do.
        first = next((one.before for one in unit.attempts if one.node == name and one.before), None)
        before = {"error": None, "status": first} if first else None
    after = next((part.states_after[name] for part in reversed(unit.parts) if name in part.states_after), None)
    return ClusterNode(
        name,
        node.address,
        node.host_key,
        node.hostname,
        node.left_out,
        asked.get("role"),
        asked.get("db_address"),
        asked.get("files") or {},
        asked.get("keys") or {},
        before,
        after,
        asked.get("valid_until"),
    )


def _backups(done: tuple[Attempt, ...], home: Path) -> Iterator[BackupEvidence]:
    for one in done:
        if one.action != ActionName.BACKUP or one.result != StepResult.DONE:
            continue
        for file in one.evidence.get("files", ()):
            yield BackupEvidence(
                node=one.node,
                again=StepKey.parse(one.step).again,
                at=one.ended_at,
                name=file["name"],
                path=file["path"],
                bytes=file["bytes"],
                sha256=file["sha256"],
                fetched_twice=file["fetched_twice"],
                now=state_now(home / file["path"], file["sha256"]),
            )
