"""A run lies where nobody else can write, and none of its files is a link, a pipe or a device."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest

from mmpctl.errors import UsageError
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import Journal, JournalError, read
from mmpctl.runs.lock import locked
from mmpctl.runs.runs_folder import create, every, find
from mmpctl.runs.transcript import Transcripts
from mmpctl.trusted import PlaceError

NOW = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
HOLDER = {"run": "x", "pid": "1"}


def clock() -> datetime:
    return NOW


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return create(tmp_path / "runs", {"clusters": []}, NOW)


def _pipe(path: Path, _: Path) -> None:
    os.mkfifo(path)


def _link(path: Path, victim: Path) -> None:
    path.symlink_to(victim)


def _device(path: Path, _: Path) -> None:
    path.symlink_to(os.devnull)


def _dangling(path: Path, victim: Path) -> None:
    path.symlink_to(victim.with_name("nowhere"))


PLANTED = pytest.mark.parametrize("plant", [_pipe, _link, _device, _dangling], ids=lambda one: one.__name__.strip("_"))
Plant = Callable[[Path, Path], None]


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    file = tmp_path / "victim"
    file.write_text("mine\n")
    return file


def test_a_runs_folder_that_others_may_write_is_refused_with_the_cure(tmp_path: Path, run: RunFolder) -> None:
    runs = run.path.parent
    runs.chmod(0o777)
    for use in (
        lambda: create(runs, {"clusters": []}, NOW),
        lambda: every(runs),
        lambda: find(runs, run.name),
    ):
        with pytest.raises(UsageError, match=f"everybody may write to {runs}.*chmod go-w {runs}"):
            use()
    assert len(list(runs.iterdir())) == 1
    runs.chmod(0o700)
    tmp_path.chmod(0o777)  # somebody could put another folder of that name there
    with pytest.raises(UsageError, match=f"everybody may write to {tmp_path}"):
        find(runs, run.name)
    tmp_path.chmod(0o700)
    assert find(runs, run.name) == run


def test_a_run_that_others_may_write_is_refused(run: RunFolder) -> None:
    run.path.chmod(0o777)
    with pytest.raises(PlaceError, match=r"the run .* cannot be trusted"):
        find(run.path.parent, run.name)
    with pytest.raises(PlaceError, match=r"the run .* cannot be trusted"):
        every(run.path.parent)
    with pytest.raises(JournalError, match=r"the journal .* cannot be trusted") as told:
        run.journal(clock)
    assert told.value.code == "journal-place"


@PLANTED
def test_a_journal_that_is_no_plain_file_is_refused_and_what_it_leads_to_stays(
    run: RunFolder, victim: Path, plant: Plant
) -> None:
    path = run.path / "journal.jsonl"
    plant(path, victim)
    with pytest.raises(JournalError, match="not a plain file"):
        Journal(path, run.name, clock)
    with pytest.raises(JournalError, match="not a plain file"):
        read(path, run.name)
    assert victim.read_text() == "mine\n"
    assert not victim.with_name("nowhere").exists()


@PLANTED
def test_a_transcript_that_is_no_plain_file_is_not_written(run: RunFolder, victim: Path, plant: Plant) -> None:
    transcripts = Transcripts(clock)
    folder = run.subfolder("transcripts")
    plant(folder / "cms1.txt", victim)
    transcripts.recorder("cms1")("sent", "pki list")
    with pytest.raises(PlaceError, match=r"the transcript .* not a plain file"):
        transcripts.attach(folder)
    assert victim.read_text() == "mine\n"


@PLANTED
def test_a_document_of_a_run_that_is_no_plain_file_is_not_read(run: RunFolder, victim: Path, plant: Plant) -> None:
    plant(run.path / "plan.json", victim)
    with pytest.raises(PlaceError, match="not a plain file"):
        run.document("plan.json")


def test_a_folder_of_a_run_that_is_a_link_is_not_used(run: RunFolder, tmp_path: Path) -> None:
    (run.path / "backups").symlink_to(tmp_path)
    with pytest.raises(PlaceError, match="is a link"):
        run.subfolder("backups", "cms1")
    assert not (tmp_path / "cms1").exists()


@PLANTED
def test_a_lock_that_is_no_plain_file_is_refused(tmp_path: Path, victim: Path, plant: Plant) -> None:
    place = tmp_path / "locks"
    place.mkdir()
    plant(place / "cms1_22.lock", victim)
    with pytest.raises(PlaceError, match=r"the lock .* not a plain file"), locked(["cms1:22"], HOLDER, place):
        pytest.fail("it is locked")
    assert victim.read_text() == "mine\n"


def test_locks_that_others_may_write_are_refused(tmp_path: Path) -> None:
    place = tmp_path / "locks"
    place.mkdir()
    place.chmod(0o777)
    with pytest.raises(PlaceError, match=r"the lock .* cannot be trusted"), locked(["cms1:22"], HOLDER, place):
        pytest.fail("it is locked")
