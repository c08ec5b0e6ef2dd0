"""Of the copies of backups here, only what this program has made is ever deleted, and never the newest good one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mmpctl.runs.copies import copies, last_good, prune
from tests.support.copies import copy

DAYS = ("20260101-030000", "20260102-030000", "20260103-030000", "20260104-030000")


def spoil(folder: Path) -> None:
    (folder / f"{folder.name}.bak").write_bytes(b"rust")


@pytest.fixture
def four(tmp_path: Path) -> list[Path]:
    return [copy(tmp_path, day) for day in DAYS]


def left(place: Path) -> list[str]:
    return sorted(one.name.removeprefix("mmpctl-") for one in (place / "lon-1").iterdir())


@pytest.mark.parametrize("keep", [1, 2, 3, 4, 9])
def test_the_newest_good_ones_stay(tmp_path: Path, four: list[Path], keep: int) -> None:
    gone = prune(tmp_path, "lon-1", keep)
    assert left(tmp_path) == sorted(DAYS)[-keep:]
    assert sorted(gone) == [one.name for one in four[: max(4 - keep, 0)]]


def test_what_is_damaged_does_not_count(tmp_path: Path, four: list[Path]) -> None:
    spoil(four[3])
    spoil(four[2])
    prune(tmp_path, "lon-1", 1)
    assert left(tmp_path) == list(DAYS[1:])
    last = last_good(tmp_path, "lon-1")
    assert last is not None and last.folder == four[1]


def test_where_none_is_good_nothing_is_deleted(tmp_path: Path, four: list[Path]) -> None:
    for one in four:
        spoil(one)
    assert prune(tmp_path, "lon-1", 1) == () and left(tmp_path) == list(DAYS)
    assert last_good(tmp_path, "lon-1") is None


def test_what_was_not_made_here_stays(tmp_path: Path, four: list[Path]) -> None:
    own = tmp_path / "lon-1"
    (four[0] / "notes.txt").write_text("mine")
    (own / "before-upgrade").mkdir()
    (own / "mmpctl-20250101-000000").mkdir()  # without a record: it never came whole
    elsewhere = copy(tmp_path / "elsewhere", "20250202-000000")
    (own / "mmpctl-20250202-000000").symlink_to(elsewhere)
    foreign = copy(tmp_path, "20250303-000000")
    record = json.loads((foreign / "backup.json").read_text())
    (foreign / "backup.json").write_text(json.dumps({**record, "node": "lon-2"}))
    other = copy(tmp_path, DAYS[0], node="lon-2")
    prune(tmp_path, "lon-1", 1)
    assert (four[0] / "notes.txt").read_text() == "mine" and not (four[0] / f"{four[0].name}.bak").exists()
    assert (own / "before-upgrade").is_dir() and (own / "mmpctl-20250101-000000").is_dir()
    assert sorted(one.name for one in elsewhere.iterdir()) == ["backup.json", f"{elsewhere.name}.bak"]
    assert (foreign / f"{foreign.name}.bak").is_file() and other.is_dir()


@pytest.mark.parametrize("name", ["../../precious.bak", "/etc/hostname.bak", "sub/x.bak"])
def test_a_record_leads_nowhere_else(tmp_path: Path, four: list[Path], name: str) -> None:
    precious = tmp_path / "precious.bak"
    precious.write_bytes(b"data")
    record = {"schema": 1, "node": "lon-1", "files": [{"name": name, "bytes": 4, "sha256": "0" * 64}]}
    (four[0] / "backup.json").write_text(json.dumps(record))
    assert four[0] not in [one.folder for one in copies(tmp_path, "lon-1")]
    prune(tmp_path, "lon-1", 1)
    assert precious.read_bytes() == b"data" and four[0].is_dir()
