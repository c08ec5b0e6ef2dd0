"""A journal on a disk that is full, broken or not there: no record counts that may not be on it."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mmpctl.cluster.progress import History
from mmpctl.runs.ending import Ending
from mmpctl.runs.journal import JournalError, read
from mmpctl.runs.lock import LockedError
from mmpctl.runs.record import Event, StepResult
from tests.cluster.cases import keys
from tests.support.journals import RUN, opened


@contextmanager
def disk_full_at(size: int) -> Iterator[None]:
    """No file of this process grows beyond a size, as on a full disk: what fits is written."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("fits", [0, 1, 40])
def test_a_full_disk_leaves_a_journal_that_can_be_carried_on(tmp_path: Path, fits: int) -> None:
    path = tmp_path / "journal.jsonl"
    journal = opened(path)
    first = journal.append(Event.KEEPER, "lon-prod", node="lon-1")
    size = path.stat().st_size
    with disk_full_at(size + fits):
        for _ in range(2):
            with pytest.raises(JournalError, match="cannot be written") as caught:
                journal.append(Event.INTENT, "lon-prod", node="lon-2", step="remove:lon-2")
            assert caught.value.node == "lon-2"
    assert journal.records == (first,)
    assert read(path, RUN)[0] == (first,)
    second = journal.append(Event.OUTCOME, "lon-prod", node="lon-2", step="remove:lon-2", result=StepResult.DONE)
    journal.close()
    assert read(path, RUN)[:2] == ((first, second), False)


def test_a_record_that_may_not_be_on_disk_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = opened(tmp_path / "journal.jsonl")

    def fails(_: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fails)
        with pytest.raises(JournalError, match="Input/output error"):
            journal.append(Event.INTENT, "lon-prod", step="initialize:lon-1")
    assert journal.history("lon-prod") == History()
    journal.append(Event.END, "lon-prod")
    journal.close()
    assert [record.event for record in read(tmp_path / "journal.jsonl", RUN)[0]] == [Event.END]


@pytest.mark.parametrize("missing", [True, False], ids=["no folder", "a folder of that name"])
def test_a_journal_that_cannot_be_opened_is_a_journal_error(tmp_path: Path, missing: bool) -> None:
    path = tmp_path / "nowhere" / "journal.jsonl" if missing else tmp_path
    with pytest.raises(JournalError, match="cannot be"):
        opened(path)


def test_a_closed_journal_takes_nothing_and_harms_no_other_file(tmp_path: Path) -> None:
    journal = opened(tmp_path / "journal.jsonl")
    journal.close()
    # The next file gets the descriptor that the journal had.
    with (tmp_path / "other").open("wb") as other:
        with pytest.raises(JournalError):
            journal.append(Event.END, "lon-prod")
        other.flush()
        assert os.fstat(other.fileno()).st_size == 0


def test_a_journal_that_is_being_written_is_locked(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = opened(path)
    with pytest.raises(LockedError, match="another process"):
        opened(path)
    journal.close()
    opened(path).close()


def test_all_that_has_happened_is_written_as_soon_as_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = opened(path)
    for node in ("lon-2", "lon-3"):
        journal.append(Event.INTENT, "lon-prod", node=node, step=f"remove:{node}")
    with disk_full_at(path.stat().st_size):
        for node in ("lon-2", "lon-3"):
            with pytest.raises(JournalError, match="cannot be written"):
                journal.append(Event.OUTCOME, "lon-prod", node=node, step=f"remove:{node}", result=StepResult.DONE)
        with pytest.raises(JournalError, match="cannot be written"):
            journal.append(Event.INTENT, "lon-prod", node="lon-1", step="remove:lon-1")
    journal.append(Event.END, "lon-prod", result=Ending.STOPPED)
    assert journal.history("lon-prod") == History(keys("remove:lon-2", "remove:lon-3"))
    journal.close()
