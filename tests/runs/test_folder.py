"""The folder of a run: complete and private when it appears, and nothing but runs beside it."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mmpctl.documents.checked import DocumentError
from mmpctl.errors import UsageError
from mmpctl.renewal.jobs.catalogue import JOBS
from mmpctl.renewal.request import request_for
from mmpctl.runs import runs_folder
from mmpctl.runs.ending import Ending
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.journal import JournalError
from mmpctl.runs.record import Event
from mmpctl.runs.runs_folder import create, every, find
from mmpctl.runs.seal import own_key
from mmpctl.runs.state import clusters_of_run

NOW = datetime(2026, 11, 23, 20, 0, 0, tzinfo=timezone.utc)
REQUEST = {"command": "renew", "clusters": [{"name": "lon-prod", "keeper": "lon-1"}]}


def test_a_run_has_its_request_and_is_private(tmp_path: Path) -> None:
    run = create(tmp_path / "runs", REQUEST, NOW)
    assert re.fullmatch(r"20261123-200000-[0-9a-f]{4}", run.name)
    assert run.path == tmp_path / "runs" / run.name
    assert run.request == {"schema": 1, "run": run.name, **REQUEST}
    assert _names(run.path) == ["request.json", "seal.json"]
    assert _mode(tmp_path / "runs") == _mode(run.path) == 0o700
    assert _mode(run.path / "request.json") == 0o600


def test_it_appears_complete_by_a_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = tmp_path / "runs"
    seen: list[tuple[list[str], list[str]]] = []
    real = Path.rename

    def rename(source: Path, target: Path) -> None:
        seen.append((_names(runs), _names(source)))
        real(source, target)
        assert json.loads((Path(target) / "request.json").read_bytes())["run"] == Path(target).name

    monkeypatch.setattr(Path, "rename", rename)
    create(runs, REQUEST, NOW)
    assert seen == [([], ["request.json", "seal.json"])]


# Every call by which something of a run comes onto the disk: request, seal, plan (file and folder), and the whole.
HOW_OFTEN = {"fsync": 8, "replace": 3, "rename": 1}
CALLS = [(name, number) for name, often in HOW_OFTEN.items() for number in range(1, often + 1)]


@pytest.mark.parametrize(("failing", "number"), CALLS, ids=str)
def test_it_appears_complete_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str, number: int
) -> None:
    # The key that seals journals is there from the first run on.
    own_key()
    runs = tmp_path / "runs"
    with monkeypatch.context() as patch:
        left = _fails_at(patch, failing, number)
        with pytest.raises(UsageError, match="No space left on device") as caught:
            create(runs, REQUEST, NOW, lambda run: {"snapshot": run.name})
    assert left == [0]
    assert caught.value.code == "runs" and "Nothing was sent" in caught.value.advice
    assert every(runs) == () and _names(runs) == [] and _names(tmp_path) == ["runs"]


def test_those_are_all_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_key()
    counted = {name: _fails_at(monkeypatch, name, 100) for name in HOW_OFTEN}
    run = create(tmp_path / "runs", REQUEST, NOW, lambda run: {"snapshot": run.name})
    assert {name: 100 - left for name, (left,) in counted.items()} == HOW_OFTEN
    assert run.document("plan.json") == {"snapshot": run.name}


def test_a_key_that_cannot_be_made_leaves_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with monkeypatch.context() as patch:
        _fails_at(patch, "fsync", 1)
        with pytest.raises(UsageError, match="No space left on device") as caught:
            create(tmp_path / "runs", REQUEST, NOW)
    assert caught.value.code == "state" and "Nothing was sent" in caught.value.advice
    assert not (tmp_path / "runs").exists()


def _fails_at(patch: pytest.MonkeyPatch, name: str, number: int) -> list[int]:
    """Have one call fail as on a full disk; how many calls there are until then."""
    # Before Python 3.11, a path's methods keep the functions of `os` that they began with.
    place = os if name == "fsync" else Path
    real = getattr(place, name)
    left = [number]

    def counted(*arguments: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*arguments)

    patch.setattr(place, name, counted)
    return left


def test_a_run_that_is_discarded_is_none(tmp_path: Path) -> None:
    run = create(tmp_path / "runs", REQUEST, NOW)
    run.subfolder("transcripts")
    run.discard()
    assert every(tmp_path / "runs") == () and _names(tmp_path / "runs") == []


def test_the_names_are_on_disk_before_it_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: set[int] = set()
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    run = create(tmp_path / "runs", REQUEST, NOW)
    assert {path.stat().st_ino for path in (tmp_path, tmp_path / "runs", run.path)} <= synced


def test_nothing_else_is_beside_the_runs(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    made = [create(runs, REQUEST, NOW + timedelta(seconds=second)) for second in range(5)]
    assert _names(runs) == [run.name for run in made]
    assert _names(tmp_path) == ["runs"]


def test_a_link_to_the_runs_folder_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A rename works on one disk only: the draft lies beside the folder itself, not beside the link to it.
    for name in ("disk", "home"):
        (tmp_path / name).mkdir()
    (tmp_path / "disk" / "runs").mkdir()
    (tmp_path / "home" / "runs").symlink_to(tmp_path / "disk" / "runs")
    drafts: list[Path] = []
    real = Path.rename

    def rename(source: Path, target: Path) -> None:
        drafts.append(Path(source))
        real(source, target)

    monkeypatch.setattr(Path, "rename", rename)
    run = create(tmp_path / "home" / "runs", REQUEST, NOW)
    assert drafts[-1].parent == tmp_path / "disk"
    assert _names(tmp_path / "disk" / "runs") == [run.name]


def test_a_run_of_that_name_is_never_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # In this module only: everybody's `secrets` would make the key of seals out of it, too.
    monkeypatch.setattr(runs_folder, "secrets", SimpleNamespace(token_hex=lambda _: "abcd"))
    first = create(tmp_path / "runs", REQUEST, NOW)
    with pytest.raises(UsageError):
        create(tmp_path / "runs", {"command": "other"}, NOW)
    assert dict(first.request)["command"] == "renew"


def test_the_runs_folder_may_be_deep_relative_and_there_already(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = create(Path("deep/down/runs"), REQUEST, NOW)
    assert (tmp_path / "deep/down/runs" / run.name / "request.json").is_file()
    assert len({create(Path("deep/down/runs"), REQUEST, NOW).name for _ in range(3)}) == 3


@pytest.mark.parametrize("blocked", ["runs", "runs/below"])
def test_a_file_in_the_way_is_a_usage_error(tmp_path: Path, blocked: str) -> None:
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(UsageError, match="cannot be written") as caught:
        create(tmp_path / blocked, REQUEST, NOW)
    assert caught.value.code == "runs"


def test_all_runs_oldest_first_and_only_runs(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    assert every(runs) == ()
    later, earlier = (create(runs, REQUEST, NOW + timedelta(days=days)) for days in (1, 0))
    for other in (".hidden", "notes", f".{later.name}", f"{later.name}.bak"):
        (runs / other).mkdir()
    assert every(runs) == (earlier, later)


def test_a_run_is_found_by_name_and_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = tmp_path / "runs"
    run = create(runs, REQUEST, NOW)
    assert find(runs, run.name).path == run.path
    assert find(tmp_path / "elsewhere", str(run.path)).path == run.path
    monkeypatch.chdir(tmp_path)
    assert find(Path("elsewhere"), f"runs/{run.name}").request == run.request


@pytest.mark.parametrize("name", ["20261123-200000-0000", "", ".", "..", "runs/20261123-200000-0000"])
def test_no_such_run_names_the_last_ones(tmp_path: Path, name: str) -> None:
    runs = tmp_path / "runs"
    with pytest.raises(UsageError) as caught:
        find(runs, name)
    assert "none" in caught.value.advice
    made = [create(runs, REQUEST, NOW + timedelta(seconds=second)) for second in range(7)]
    with pytest.raises(UsageError) as caught:
        find(runs, name)
    assert caught.value.advice.endswith(", ".join(run.name for run in made[-5:]) + ".")
    assert made[1].name not in caught.value.advice


def test_documents_and_subfolders(tmp_path: Path) -> None:
    run = create(tmp_path / "runs", REQUEST, NOW)
    assert run.document("plan.json") is None
    run.write("plan.json", {"steps": []})
    assert run.document("plan.json") == {"steps": []}
    assert _mode(run.path / "plan.json") == 0o600
    below = run.subfolder("backups", "lon-1")
    assert below == run.subfolder("backups", "lon-1") == run.path / "backups" / "lon-1"
    assert _mode(below) == _mode(below.parent) == 0o700
    assert run.subfolder() == run.path


def test_a_run_without_its_request_asks_for_nothing(tmp_path: Path) -> None:
    assert RunFolder(tmp_path).request == {"clusters": []}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "the whole is not an object"),
        ("[]", "the whole is not an object"),
        ("{}", "`clusters` is missing"),
        ('{"clusters": [{"keeper": "lon-1"}]}', "`clusters[0].name` is missing"),
    ],
)
def test_a_damaged_request_is_named_with_the_key(tmp_path: Path, text: str, told: str) -> None:
    run = create(tmp_path / "runs", REQUEST, NOW)
    (run.path / "request.json").write_text(text)
    with pytest.raises(DocumentError) as caught:
        clusters_of_run(run)
    assert caught.value.message == f"{run.path / 'request.json'} is not a document of mmpctl: {told}"


def test_a_job_wants_its_own_keys_of_the_request(tmp_path: Path) -> None:
    run = create(tmp_path / "runs", REQUEST, NOW)
    with pytest.raises(DocumentError, match=r"request\.json is not a document of mmpctl: `certs` is missing"):
        request_for(run, JOBS)


@pytest.mark.parametrize("name", ["empty", "file", "nothing"])
def test_what_is_no_folder_of_a_run_is_said_to_be_none(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UsageError, match=f"{name} is not the folder of a run: it has no request.json"):
        request_for(RunFolder(tmp_path / name), JOBS)


def test_the_journal_is_the_runs_own(tmp_path: Path) -> None:
    run = create(tmp_path / "runs", REQUEST, NOW)
    journal = run.journal(lambda: NOW)
    journal.append(Event.END, "lon-prod", result=Ending.RENEWED)
    journal.close()
    again = run.journal(lambda: NOW)
    assert [record.result for record in again.records] == ["renewed"]
    again.close()
    assert (run.path / "journal.jsonl").is_file()


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_journal_that_is_gone_is_not_taken_for_a_run_that_has_done_nothing(tmp_path: Path) -> None:
    run = create(tmp_path / "runs", REQUEST, NOW)
    assert run.records() == ()
    run.journal(lambda: NOW).close()
    (run.subfolder("backups", "lon-1", "pre-x") / "pre-x.bak").write_bytes(b"x")
    for emptied in (lambda path: path.write_bytes(b""), Path.unlink):
        emptied(run.path / "journal.jsonl")
        for ask in (run.records, lambda: run.journal(lambda: NOW)):
            with pytest.raises(JournalError, match="is empty, though the run has made backups"):
                ask()
