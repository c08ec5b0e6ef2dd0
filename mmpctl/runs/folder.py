"""The folder of a run: request, plan, journal, backups, transcripts, report."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mmpctl.errors import UsageError
from mmpctl.runs.disk import sync_folder, write_json
from mmpctl.runs.journal import Journal, JournalError, Record, read

_NAME = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run's folder.

    Args:
        path: the folder itself; its name is the run's name.
    """

    path: Path

    @property
    def name(self) -> str:
        """`YYYYMMDD-HHMMSS-xxxx`: names sort by time."""
        return self.path.name

    @property
    def request(self) -> dict[str, Any]:
        """What was asked for."""
        return self.document("request.json") or {}

    @property
    def request_sha256(self) -> str:
        """Of the request as it lies on the disk, lower-case hex."""
        return hashlib.sha256((self.path / "request.json").read_bytes()).hexdigest()

    def document(self, name: str) -> dict[str, Any] | None:
        """A JSON document of the run, None where it is not there."""
        path = self.path / name
        if not path.exists():
            return None
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return document

    def write(self, name: str, document: dict[str, Any]) -> None:
        """Write a JSON document of the run."""
        write_json(self.path / name, document)

    def journal(self, clock: Callable[[], datetime]) -> Journal:
        """The run's journal, open for appending.

        Raises:
            JournalError: it is not what the run wrote, or not there although the run has done something.
            LockedError: another process writes it.
        """
        journal = Journal(self.path / "journal.jsonl", self.name, clock)
        try:
            self._check_there(journal.records)
        except JournalError:
            journal.close()
            raise
        return journal

    def records(self) -> tuple[Record, ...]:
        """What the run's journal says.

        Raises:
            JournalError: as for `journal`.
        """
        records = read(self.path / "journal.jsonl", self.name)[0]
        self._check_there(records)
        return records

    def _check_there(self, records: tuple[Record, ...]) -> None:
        # Before a backup is at home, nothing was taken apart.
        if not records and any((self.path / "backups").glob("*/*/*")):
            raise JournalError(
                f"the journal {self.path / 'journal.jsonl'} is empty, though the run has made backups",
                code="journal-missing",
                advice="it was removed or changed: put it back; without it nobody can go on with this run",
            )

    def subfolder(self, *names: str) -> Path:
        """A private folder within the run, made when it is not there."""
        folder = self.path
        for name in names:
            folder = folder / name
            folder.mkdir(mode=0o700, exist_ok=True)
        return folder


def create(runs: Path, request: dict[str, Any], now: datetime) -> RunFolder:
    """Make the folder of a new run; it appears complete with its request, or not at all.

    Args:
        runs: the folder of all runs; made when it is not there.
        request: what is asked for, without secrets.
        now: the time, aware, UTC.

    Raises:
        UsageError: the folder cannot be written.
    """
    try:
        runs.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        # Beside the runs folder and on the same disk: nothing but whole runs is ever seen inside it.
        home = runs.resolve()
        draft = home.parent / f".{home.name}-{name}"
        draft.mkdir(mode=0o700)
        write_json(draft / "request.json", {"schema": 1, "run": name, **request})
        draft.rename(home / name)
        sync_folder(home)
        sync_folder(home.parent)
    except OSError as error:
        raise UsageError(
            f"the runs folder {runs} cannot be written ({error.strerror})",
            code="runs",
            advice="choose another with --runs, or make it writable; nothing was sent to any device",
        ) from error
    return RunFolder(runs / name)


def find(runs: Path, name: str) -> RunFolder:
    """The run of that name.

    Args:
        runs: the folder of all runs.
        name: the run's name, or a path to its folder.

    Raises:
        UsageError: there is no such run.
    """
    given = Path(name)
    path = given if given.parent != Path() else runs / name
    if not (path / "request.json").is_file():
        known = ", ".join(run.name for run in every(runs)[-5:]) or "none"
        raise UsageError(f"there is no run {name} in {runs}", code="run", advice=f"the last runs there: {known}")
    return RunFolder(path)


def every(runs: Path) -> tuple[RunFolder, ...]:
    """All runs, oldest first."""
    if not runs.is_dir():
        return ()
    return tuple(RunFolder(path) for path in sorted(runs.iterdir()) if _NAME.fullmatch(path.name))
