"""What is written into the journal about one step, and what the guards read back from it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmpctl.cluster.backups import Backup, BackupFile
from mmpctl.cluster.status import CertificateFiles, DatabaseStatus, Member
from mmpctl.cluster.step import StepKey
from mmpctl.cluster.step_kinds import ActionName
from mmpctl.device.answers.parse import to_json
from mmpctl.errors import MmpError, VerificationError
from mmpctl.runs.journal import Journal
from mmpctl.runs.record import Event, Record, StepResult


class StepLedger:
    """The journal's records of one step.

    Args:
        journal: the run's journal.
        cluster: the cluster's name.
        key: of the step.
    """

    def __init__(self, journal: Journal, cluster: str, key: StepKey) -> None:
        self._journal = journal
        self._cluster = cluster
        self._key = key
        self.intended = False

    def intend(self, command: str, before: DatabaseStatus | None = None) -> None:
        """Write the intention to disk before the device is sent the command.

        Args:
            command: what is going to be sent.
            before: what the node reports right before, for commands that change its cluster: whoever looks later can
                tell whether anything has changed since.
        """
        self._write(Event.INTENT, command=command, detail={"before": to_json(before)} if before else None)
        self.intended = True

    def question(self, text: str) -> None:
        """The exact question, on disk before it is answered."""
        self._write(Event.QUESTION, detail={"question": text})

    def accept(self) -> None:
        """The device took the answer and came back to its prompt."""
        self._write(Event.ACCEPTED)

    @property
    def was_accepted(self) -> bool:
        """The device was seen to take the answer, in this part of the run or an earlier one."""
        mine = (self._cluster, str(self._key), Event.ACCEPTED)
        return any((record.cluster, record.step, record.event) == mine for record in self._journal.records)

    @property
    def attempts(self) -> int:
        """How often the step was started before, in all parts of the run."""
        mine = (self._cluster, str(self._key), Event.INTENT)
        return sum((record.cluster, record.step, record.event) == mine for record in self._journal.records)

    @property
    def evidence(self) -> Mapping[str, Any]:
        """Return what the journal keeps of the step's last outcome; empty if it has none."""
        mine = (self._cluster, str(self._key), Event.OUTCOME)
        ends = (r.detail for r in reversed(self._journal.records) if (r.cluster, r.step, r.event) == mine)
        return next(ends, {})

    def settle(self, evidence: Mapping[str, Any]) -> None:
        """The step was seen to end well."""
        self._write(Event.OUTCOME, result=StepResult.DONE, detail=dict(evidence))

    def end(self, result: StepResult, error: MmpError) -> None:
        """The step ended otherwise; nothing is written when it was never intended."""
        if self.intended:
            self._write(Event.OUTCOME, result=result, detail={"code": error.code, "message": error.message})

    def take_back(self, error: MmpError) -> None:
        """The step was taken for done, and what came afterwards shows that it is not."""
        self._write(Event.OUTCOME, result=StepResult.REFUSED, detail={"code": error.code, "message": error.message})

    def _write(
        self,
        event: Event,
        command: str | None = None,
        result: StepResult | None = None,
        detail: dict[str, Any] | None = None,
    ) -> Record:
        return self._journal.append(
            event,
            self._cluster,
            node=self._key.node,
            step=str(self._key),
            command=command,
            result=result,
            detail=detail,
        )


def endings(journal: Journal, cluster: str) -> dict[StepKey, str]:
    """Return how the steps ended that did not end well, in the words that were told, by the step's key.

    Args:
        journal: the run's journal.
        cluster: the cluster's name.
    """
    told: dict[StepKey, str] = {}
    for record in journal.records:
        key = record.key
        if record.cluster != cluster or key is None or record.event not in (Event.INTENT, Event.OUTCOME):
            continue
        told.pop(key, None)
        if record.event == Event.OUTCOME and record.result != StepResult.DONE:
            told[key] = record.detail["message"]
    return told


def backups_at_home(journal: Journal, cluster: str, folder: Path, again: bool = False) -> dict[str, Backup]:
    """Return the backups that the journal knows and that still lie in the run's folder, by node.

    Args:
        journal: the run's journal.
        cluster: the cluster's name.
        folder: the run's folder; the paths of the files are relative to it.
        again: the second backups (the keeper's) instead of the first.
    """
    backups: dict[str, Backup] = {}
    ended_well = (cluster, Event.OUTCOME, StepResult.DONE)
    for record in journal.records:
        if (record.cluster, record.event, record.result) != ended_well or record.node is None:
            continue
        if record.key != (ActionName.BACKUP, record.node, again):
            continue
        files = tuple(BackupFile(**file) for file in record.detail["files"])
        if all(_is_there(folder / file.path, file.bytes) for file in files):
            backups[record.node] = Backup(record.node, files)
    return backups


def check_backups(journal: Journal, cluster: str, folder: Path) -> None:
    """Check that the backups on this machine are still the ones that were fetched and verified.

    Args:
        journal: the run's journal.
        cluster: the cluster's name.
        folder: the run's folder.

    Raises:
        VerificationError: a file has another content than it had (code `backup-damaged`).
    """
    for again in (False, True):
        for node, backup in backups_at_home(journal, cluster, folder, again).items():
            for file in backup.files:
                if _sha256(folder / file.path) != file.sha256:
                    raise VerificationError(
                        f"the backup {folder / file.path} is no longer the file that was fetched from {node}",
                        code="backup-damaged",
                        node=node,
                        advice="No node is removed or joined without it. Put the right file back (its SHA-256 "
                        f"begins with {file.sha256[:16]}), or close this run with `mmpctl runs --close`.",
                    )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while block := content.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _is_there(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def status_of(document: Mapping[str, object]) -> DatabaseStatus:
    """Return a status from the JSON of the contract, as the journal keeps it.

    Args:
        document: the JSON.
    """
    values = dict(document)
    nodes = values.pop("nodes")
    files = values.pop("certificates")
    expired = values.pop("expired")
    unknown, alarming = values.pop("unknown", None), values.pop("alarming", None)
    assert isinstance(nodes, list) and isinstance(files, dict) and isinstance(expired, list)  # noqa: S101
    return DatabaseStatus(
        **values,  # type: ignore[arg-type]
        nodes=tuple(Member(**member) for member in nodes),
        certificates=CertificateFiles(**files),
        expired=tuple(expired),
        unknown=_lines(unknown),
        alarming=_lines(alarming),
    )


def _lines(kept: object) -> tuple[str, ...]:
    return tuple(str(line) for line in kept) if isinstance(kept, list) else ()
