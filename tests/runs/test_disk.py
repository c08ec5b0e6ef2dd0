"""Files are whole and private, or not there."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from mmpctl.runs.disk import sync_folder, write_json, write_private


def test_a_file_is_private_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "live.json"
    write_private(path, b"\x00\xffcontent")
    assert path.read_bytes() == b"\x00\xffcontent"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["live.json"]


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(b"old and longer")
    path.chmod(0o644)
    write_private(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_a_crash_left_behind_is_no_harm(tmp_path: Path) -> None:
    (tmp_path / ".request.json.x7z_1k").write_bytes(b"a longer half of something else")
    write_private(tmp_path / "request.json", b"whole")
    assert (tmp_path / "request.json").read_bytes() == b"whole"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_link_that_somebody_has_put_there_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    (tmp_path / "report.json").symlink_to(victim)
    write_private(tmp_path / "report.json", b"new")
    assert victim.read_bytes() == b"mine"
    assert not (tmp_path / "report.json").is_symlink()


def test_the_old_file_stays_until_the_new_one_is_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(b"old")

    def fails(_: int) -> None:
        assert path.read_bytes() == b"old"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="No space"):
        write_private(path, b"new")
    assert path.read_bytes() == b"old"


def test_content_is_synced_before_the_rename_and_the_name_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "request.json"
    told: list[tuple[bool, bool]] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        told.append((stat.S_ISDIR(os.fstat(descriptor).st_mode), path.exists()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    write_private(path, b"content")
    assert told == [(False, False), (True, True)]


def test_json_is_readable(tmp_path: Path) -> None:
    write_json(tmp_path / "plan.json", {"keeper": "lon-1", "note": "Zürich"})
    text = (tmp_path / "plan.json").read_text(encoding="utf-8")
    assert json.loads(text) == {"keeper": "lon-1", "note": "Zürich"}
    assert "Zürich" in text and text.endswith("}\n") and text.count("\n") == 4


def test_sync_folder_leaves_nothing_open(tmp_path: Path) -> None:
    before = _open_files()
    for _ in range(20):
        sync_folder(tmp_path)
    assert _open_files() == before


def _open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))
