"""The folder of a run: request, plan, journal, backups, transcripts, report."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mmpctl.errors import UsageError
from mmpctl.runs.disk import sync_folder, write_json
from mmpctl.runs.journal import Journal, JournalError, Reading, read
from mmpctl.runs.record import Record
from mmpctl.runs.seal import CHANGED, Proof, SealKey, check, known_key, own_key
from mmpctl.times import stamp
from mmpctl.trusted import PlaceError, read_file, require_trusted

SEAL_FILE, PLAN_FILE = "seal.json", "plan.json"
LATEST = "latest"
_NAMED = 5
_WHAT = "the runs folder"
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
        return _sha256(self.path / "request.json")

    def document(self, name: str) -> dict[str, Any] | None:
        """Return a JSON document of the run, None if it is not there."""
        try:
            content = read_file(self.path / name, "the document")
        except FileNotFoundError:
            return None
        document: dict[str, Any] = json.loads(content.decode())
        return document

    def write(self, name: str, document: Mapping[str, Any]) -> None:
        """Write a JSON document of the run."""
        write_json(self.path / name, document)

    def discard(self) -> None:
        """Take the folder away, of a run that has sent nothing: what is left of it counts as no run."""
        # Without its request it is none, even where another part of it cannot be removed; a full disk allows both.
        with suppress(OSError):
            (self.path / "request.json").unlink()
        shutil.rmtree(self.path, ignore_errors=True)

    def journal(self, clock: Callable[[], datetime], *, held: bool = False) -> Journal:
        """Return the run's journal, open for appending; what is appended is sealed where what is there is proved.

        Args:
            clock: gives the time, aware.
            held: what is appended stays in memory until the journal is released.

        Raises:
            JournalError: it is not what the run wrote, or not there although the run has done something.
            LockedError: another process writes it.
            UsageError: this user's key cannot be used.
        """
        key = own_key()
        journal = Journal(self.path / "journal.jsonl", self.name, clock, held=held)
        try:
            self.check_there(journal.records)
            if self._proof(key, journal.records, journal.chain, journal.seal).holds:
                self.seal(journal)
        except BaseException:
            journal.close()
            raise
        return journal

    def seal(self, journal: Journal) -> None:
        """Have everything sealed that is appended from now on: with it, this user vouches for what is there.

        Args:
            journal: the run's.
        """
        key, request, plan = own_key(), self.request_sha256, self.plan_sha256
        journal.sealed = lambda link: key.seal(self.name, request, plan, link)

    def proof(self) -> Proof:
        """Return what can be proved of request, plan and journal with this user's key.

        Raises:
            JournalError: the journal's lines do not fit together.
            UsageError: this user's key cannot be used.
        """
        reading = read(self.path / "journal.jsonl", self.name)
        return self.proof_of(reading)

    def proof_of(self, reading: Reading) -> Proof:
        """Return what can be proved, of a journal that was read.

        Args:
            reading: the run's journal.
        """
        return self._proof(known_key(), reading.records, reading.chain, reading.seal)

    @property
    def plan_sha256(self) -> str:
        """Of the plan as it lies on the disk, lower-case hex; empty if there is none."""
        plan = self.path / PLAN_FILE
        return _sha256(plan) if plan.exists() else ""

    def _proof(self, key: SealKey | None, records: tuple[Record, ...], chain: str, seal: str | None) -> Proof:
        if records:
            return check(key, seal, (self.name, self.request_sha256, self.plan_sha256, chain), len(records))
        return check(key, self._first_seal(), (self.name, self.request_sha256), 0)

    def _first_seal(self) -> str | None:
        try:
            document = self.document(SEAL_FILE)
        except ValueError:
            return None
        seal = document.get("request") if isinstance(document, dict) else None
        return seal if isinstance(seal, str) else None

    def records(self) -> tuple[Record, ...]:
        """Return what the run's journal says.

        Raises:
            JournalError: as for `journal`.
        """
        reading = read(self.path / "journal.jsonl", self.name)
        self.check_there(reading.records)
        if self.proof_of(reading).standing == CHANGED:
            raise changed(self)
        return reading.records

    def check_there(self, records: tuple[Record, ...]) -> None:
        """See that a run that has done something has a journal.

        Args:
            records: the journal's.

        Raises:
            JournalError: it has none, or an empty one (code `journal-missing`).
        """
        # Before a backup is on this machine, nothing was taken apart.
        if not records and any((self.path / "backups").glob("*/*/*")):
            raise JournalError(
                f"the journal {self.path / 'journal.jsonl'} is empty, though the run has made backups",
                code="journal-missing",
                advice="It was removed or changed. Put it back: the run cannot be resumed without it.",
            )

    def subfolder(self, *names: str) -> Path:
        """Return a private folder within the run, made when it is not there."""
        folder = self.path
        for name in names:
            folder = folder / name
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.is_symlink():
                raise PlaceError(f"the folder {folder} of the run is a link", advice="Put the folder itself there.")
        return folder


def create(
    runs: Path, request: Mapping[str, Any], now: datetime, plan: Callable[[RunFolder], Mapping[str, Any]] | None = None
) -> RunFolder:
    """Make the folder of a new run; it appears complete with its request and its plan, or not at all.

    Args:
        runs: the folder of all runs; made when it is not there.
        request: what is asked for, without secrets.
        now: the time, aware, UTC.
        plan: gives the document of the plan, for the run as it is going to be.

    Raises:
        UsageError: the folder cannot be written, others could write to it too, or this user's key not be used.
    """
    require_trusted(runs, _WHAT)
    key = own_key()
    draft: Path | None = None
    made: RunFolder | None = None
    try:
        runs.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{stamp(now)}-{secrets.token_hex(2)}"
        # Beside the runs folder and on the same disk: nothing but whole runs is ever seen inside it.
        home = runs.resolve()
        draft = Path(tempfile.mkdtemp(prefix=f".{home.name}-{name}-", dir=home.parent))
        write_json(draft / "request.json", {"schema": 1, "run": name, **request})
        seal = key.seal(name, _sha256(draft / "request.json"))
        write_json(draft / SEAL_FILE, {"schema": 1, "request": seal})
        if plan is not None:
            write_json(draft / PLAN_FILE, plan(RunFolder(runs / name)))
        draft.rename(home / name)
        made = RunFolder(runs / name)
        sync_folder(home)
        sync_folder(home.parent)
    except OSError as error:
        if made is not None:
            made.discard()
        raise unwritable(runs, error) from error
    finally:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)
    return made


def unwritable(runs: Path, error: OSError) -> UsageError:
    """Return the error of a run that could not be started, since its folder could not be written.

    Args:
        runs: the folder of all runs.
        error: why.
    """
    return UsageError(
        f"the runs folder {runs} cannot be written ({error.strerror})",
        code="runs",
        advice="Choose another with --runs, make it writable, or make room on its disk. Nothing was sent to any "
        "device.",
    )


def find(runs: Path, name: str) -> RunFolder:
    """Return the run of that name.

    Args:
        runs: the folder of all runs.
        name: the run's name or the beginning of it that no other run has, `latest`, or a path to its folder.

    Raises:
        UsageError: there is no such run, there are several, or others could write to it.
    """
    given = Path(name)
    path = given if given.parent != Path() else runs / name
    if (path / "request.json").is_file():
        require_trusted(path / "request.json", "the run")
        if not _NAME.fullmatch(path.name):
            # Seal, journal and report are over the name.
            raise UsageError(
                f"the folder {path} does not have the name of a run",
                code="run",
                advice="Give it back the name of its run (YYYYMMDD-HHMMSS-xxxx), which request.json contains as `run`.",
            )
        return RunFolder(path)
    known = every(runs)
    meant = known[-1:] if name == LATEST else tuple(run for run in known if name and run.name.startswith(name))
    if len(meant) > 1:
        raise UsageError(
            f"{len(meant)} runs in {runs} begin with {name}",
            code="run",
            advice=f"Type more of the name: {', '.join(run.name for run in meant[-_NAMED:])}.",
        )
    if not meant or not (meant[0].path / "request.json").is_file():
        last = ", ".join(run.name for run in known[-_NAMED:])
        raise UsageError(
            f"there is no run {name} in {runs}",
            code="run",
            advice=f"The last runs there: {last}." if last else "There is none there: name another folder with --runs.",
        )
    return meant[0]


def every(runs: Path) -> tuple[RunFolder, ...]:
    """Return all runs, oldest first.

    Args:
        runs: the folder of all runs.

    Raises:
        UsageError: others could write to the folder, or to one of the runs.
    """
    if not runs.is_dir():
        return ()
    paths = [path for path in sorted(runs.iterdir()) if _NAME.fullmatch(path.name)]
    for path in (runs, *paths):
        require_trusted(path, _WHAT if path == runs else "the run")
    return tuple(RunFolder(path) for path in paths)


def changed(run: RunFolder) -> JournalError:
    """Return the error of a run whose seal does not fit.

    Args:
        run: its folder.
    """
    return JournalError(
        f"{run.path} is not what this run wrote: request.json, plan.json, {SEAL_FILE} or journal.jsonl was changed "
        "after it was sealed",
        code="journal-changed",
        advice=f"Put the files back as they were. Or close the run with `mmpctl runs --close {run.name} --reason "
        "TEXT`, look at the nodes with `mmpctl status`, and start a new renewal.",
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(read_file(path, f"the file {path.name}")).hexdigest()
