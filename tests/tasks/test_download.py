"""A backup comes home twice: its `.bak` alike, and its `.json` as it is on a node that goes on working."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from nornir.core import Nornir

from mmpctl import tasks
from mmpctl.cluster.backup import Backup
from mmpctl.device.sftp import FileDigest, SftpSession
from mmpctl.errors import MmpError, TransferError
from mmpctl.lab.fleet import Fleet
from tests.conftest import Lab
from tests.runbooks.fleet import nornir

NODE = "lon-1"


def downloaded(nr: Nornir, folder: Path) -> Backup:
    """The backup `mine`, at home; raises what the task raised."""
    nr.data.reset_failed_hosts()
    result = nr.filter(name=NODE).run(task=tasks.download, backup="mine", folder=folder)[NODE][0]
    if result.exception is not None:
        raise result.exception
    assert isinstance(result.result, Backup)
    return result.result


@pytest.fixture
def changing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Fleet, str, int], None]:
    """Makes the node write a file anew after each of its first fetches, by a byte more each time."""

    def change(fleet: Fleet, name: str, times: int) -> None:
        fetch, left = SftpSession.fetch, [times]

        def fetched(self: SftpSession, file: str, target: Path, *, expected_size: int | None = None) -> FileDigest:
            digest = fetch(self, file, target, expected_size=expected_size)
            if file == name and left[0]:
                left[0] -= 1
                with (fleet.nodes[NODE].files / name).open("ab") as changed:
                    changed.write(b" ")
            return digest

        monkeypatch.setattr(SftpSession, "fetch", fetched)

    return change


@pytest.fixture
def fleet(lab: Lab) -> Fleet:
    one = lab("healthy")
    nornir(one).filter(name=NODE).run(task=tasks.snapshot, backup="mine")
    return one


@pytest.mark.parametrize(("times", "alike"), [(0, True), (1, True), (3, True), (7, False), (100, False)])
def test_a_live_file_that_changes_is_fetched_again_and_kept_as_it_was_last(
    times: int, alike: bool, fleet: Fleet, tmp_path: Path, changing: Callable[[Fleet, str, int], None]
) -> None:
    changing(fleet, "live.json", times)
    backup = downloaded(nornir(fleet), tmp_path / "home")
    bak, companion = backup.files
    assert (bak.name, bak.fetched_twice) == ("mine.bak", True)
    assert (companion.name, companion.fetched_twice) == ("live.json", alike)
    content = (tmp_path / "home" / "live.json").read_bytes()
    assert (companion.bytes, companion.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert {path.name for path in (tmp_path / "home").iterdir()} == {"mine.bak", "live.json"}
    assert backup.verified


def test_a_bak_that_changes_once_is_fetched_again(
    fleet: Fleet, tmp_path: Path, changing: Callable[[Fleet, str, int], None]
) -> None:
    changing(fleet, "mine.bak", 1)
    assert downloaded(nornir(fleet), tmp_path / "home").verified


def test_a_bak_that_goes_on_changing_is_not_kept(
    fleet: Fleet, tmp_path: Path, changing: Callable[[Fleet, str, int], None]
) -> None:
    changing(fleet, "mine.bak", 100)
    with pytest.raises(TransferError) as caught:
        downloaded(nornir(fleet), tmp_path / "home")
    assert caught.value.code == "backup-differs"
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.parametrize("name", ["mine.bak", "live.json"])
def test_an_empty_file_is_no_backup(name: str, fleet: Fleet, tmp_path: Path) -> None:
    (fleet.nodes[NODE].files / name).write_bytes(b"")
    with pytest.raises(MmpError) as caught:
        downloaded(nornir(fleet), tmp_path / "home")
    assert (caught.value.code, caught.value.node) == ("backup-empty", NODE)
