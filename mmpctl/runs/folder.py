"""The folder of a run: request, plan, journal, backups, transcripts, report."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from mmpctl.documents.begun import BegunRun
from mmpctl.documents.checked import checked
from mmpctl.runs.disk import write_json
from mmpctl.runs.journal import Journal, JournalError, read
from mmpctl.runs.record import Record
from mmpctl.runs.record_chain import Reading
from mmpctl.runs.seal import CHANGED, Proof, SealKey, check, known_key, own_key
from mmpctl.trusted import PlaceError, read_file

_T = TypeVar("_T")

SEAL_FILE, PLAN_FILE = "seal.json", "plan.json"


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
    def request(self) -> BegunRun:
        """What was asked for; nothing if the run has no request.

        Raises:
            DocumentError: the file is not as a run writes it; names it and the key.
        """
        return self.request_as(BegunRun)

    def request_as(self, form: type[_T]) -> _T:
        """Return what was asked for, as its job knows it.

        Args:
            form: the type of the request; it has `clusters`.

        Raises:
            DocumentError: the file is not as a run writes it; names it and the key.
        """
        try:
            document = self.document("request.json")
        except ValueError:
            document = None
        else:
            document = {"clusters": []} if document is None else document
        return checked(document, form, str(self.path / "request.json"))

    @property
    def request_sha256(self) -> str:
        """Of the request as it lies on the disk, lower-case hex."""
        return _sha256(self.path / "request.json")

    def document(self, name: str) -> dict[str, Any] | None:
        """Return a JSON document of the run, None if it is not there."""
        try:
            content = read_file(self.path / name, "the document")
        except (FileNotFoundError, NotADirectoryError):
            return None
        document: dict[str, Any] = json.loads(content.decode())
        return document

    def write(self, name: str, document: Mapping[str, Any]) -> None:
        """Write a JSON document of the run.

        Args:
            name: of the file in the folder.
            document: what is written.
        """
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
        """Return a private folder within the run, made when it is not there.

        Args:
            names: of the folder, and of those below it.

        Raises:
            PlaceError: one of them is a link.
        """
        folder = self.path
        for name in names:
            folder = folder / name
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.is_symlink():
                raise PlaceError(f"the folder {folder} of the run is a link", advice="Put the folder itself there.")
        return folder


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
