"""A backup comes home twice: its `.bak` alike, and its `.json` as it is on a node that goes on working."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nornir.core import Nornir

from mmpctl import tasks
from mmpctl.cluster.backups import Backup
from mmpctl.device.sftp.mmp_sftp import FileDigest, SftpSession
from mmpctl.errors import MmpError, TransferError, UsageError
from mmpctl.lab.fleet import Fleet
from mmpctl.tasks.save_files import save_files
from tests.support.fleet import nornir
from tests.support.lab import Lab

NODE = "lon-1"


def downloaded(nr: Nornir, folder: Path) -> Backup:
    """The backup `mine`, at home; raises what the task raised."""
    nr.data.reset_failed_hosts()
    result = nr.filter(name=NODE).run(task=tasks.download, backup="mine", folder=folder)[NODE][0]
    if result.exception is not None:
        raise result.exception
    assert isinstance(result.result, Backup)
    return result.result


def home(folder: Path) -> Path:
    return folder / NODE / "mine"


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
    backup = downloaded(nornir(fleet), tmp_path)
    bak, companion = backup.files
    assert (bak.name, bak.fetched_twice) == ("mine.bak", True)
    assert (companion.name, companion.fetched_twice) == ("live.json", alike)
    content = (home(tmp_path) / "live.json").read_bytes()
    assert (companion.bytes, companion.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert {path.name for path in home(tmp_path).iterdir()} == {"mine.bak", "live.json"}
    assert backup.verified


def test_a_bak_that_changes_once_is_fetched_again(
    fleet: Fleet, tmp_path: Path, changing: Callable[[Fleet, str, int], None]
) -> None:
    changing(fleet, "mine.bak", 1)
    assert downloaded(nornir(fleet), tmp_path).verified


def test_a_bak_that_goes_on_changing_is_not_kept(
    fleet: Fleet, tmp_path: Path, changing: Callable[[Fleet, str, int], None]
) -> None:
    changing(fleet, "mine.bak", 100)
    with pytest.raises(TransferError) as caught:
        downloaded(nornir(fleet), tmp_path)
    assert caught.value.code == "backup-differs"
    assert list(home(tmp_path).iterdir()) == []


@pytest.mark.parametrize("name", ["mine.bak", "live.json"])
def test_an_empty_file_is_no_backup(name: str, fleet: Fleet, tmp_path: Path) -> None:
    (fleet.nodes[NODE].files / name).write_bytes(b"")
    with pytest.raises(MmpError) as caught:
        downloaded(nornir(fleet), tmp_path)
    assert (caught.value.code, caught.value.node) == ("backup-empty", NODE)


def test_nodes_that_share_a_folder_have_a_folder_each(lab: Lab, tmp_path: Path) -> None:
    one = lab("healthy")
    nr = nornir(one)
    nr.run(task=tasks.snapshot, backup="mine")
    # The very same snapshot's name on every node, and the folder given as text.
    results = nr.run(task=tasks.download, backup="mine", folder=str(tmp_path / "all"))
    paths = set()
    for node, result in results.items():
        assert not result.failed, result[0].exception
        for file in result[0].result.files:
            here = Path(file.path)
            assert here == tmp_path / "all" / node / "mine" / file.name
            content = (one.nodes[node].files / file.name).read_bytes()
            assert here.read_bytes() == content and hashlib.sha256(content).hexdigest() == file.sha256
            paths.add(here)
    assert len(paths) == 2 * len(one.nodes)


def test_two_backups_of_a_node_keep_their_own_live_file(fleet: Fleet, tmp_path: Path) -> None:
    nr = nornir(fleet)
    live = fleet.nodes[NODE].files / "live.json"
    first = live.read_bytes()
    downloaded(nr, tmp_path)
    live.write_bytes(b"{}")
    nr.filter(name=NODE).run(task=tasks.snapshot, backup="later")
    later = nr.filter(name=NODE).run(task=tasks.download, backup="later", folder=tmp_path)[NODE]
    assert not later.failed
    assert (home(tmp_path) / "live.json").read_bytes() == first


def test_a_fetch_that_fails_leaves_the_backup_of_before(
    fleet: Fleet, tmp_path: Path, changing: Callable[[Fleet, str, int], None]
) -> None:
    nr = nornir(fleet)
    downloaded(nr, tmp_path)
    before = {path.name: path.read_bytes() for path in home(tmp_path).iterdir()}
    changing(fleet, "mine.bak", 100)
    with pytest.raises(TransferError):
        downloaded(nr, tmp_path)
    assert {path.name: path.read_bytes() for path in home(tmp_path).iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"folder": 7}, "int 7 is not a folder"),
        ({"folder": b"home"}, "bytes b'home' is not a folder"),
        ({"folder": " "}, "the folder has no name"),
        ({"folder": "home", "backup": "../mine"}, "'../mine' cannot be the name of a folder"),
        ({"folder": __file__}, "cannot be made"),
    ],
)
def test_a_folder_that_cannot_be_used_is_refused_before_the_node_is_asked(
    arguments: dict[str, Any], said: str, fleet: Fleet
) -> None:
    nr = nornir(fleet)
    result = nr.filter(name=NODE).run(task=tasks.download, **({"backup": "mine"} | arguments))[NODE][0]
    assert isinstance(result.exception, UsageError) and said in result.exception.message
    assert result.exception.node == NODE and result.exception.advice
    assert fleet.log.select("sftp-get") == []


def test_a_node_whose_name_is_a_path_writes_nothing(fleet: Fleet, tmp_path: Path) -> None:
    nr = nornir(fleet)
    nr.inventory.hosts[NODE].name = "../elsewhere"
    result = nr.filter(filter_func=lambda host: host.name == "../elsewhere").run(
        task=tasks.download, backup="mine", folder=tmp_path / "all"
    )
    assert isinstance(result["../elsewhere"][0].exception, UsageError)
    assert not (tmp_path / "elsewhere").exists() and not (tmp_path / "all").exists()


def test_what_is_saved_of_one_node_stands_for_no_other(lab: Lab, tmp_path: Path) -> None:
    one = lab("healthy")
    names = ("dbclusterclient.cer", "none.cer")
    results = nornir(one).run(task=save_files, names=names, folder=tmp_path / "saved")
    for node, result in results.items():
        assert [digest.name for digest in result[0].result] == ["dbclusterclient.cer"], result[0].exception
        saved = (tmp_path / "saved" / node / "dbclusterclient.cer").read_bytes()
        assert saved == (one.nodes[node].files / "dbclusterclient.cer").read_bytes()
    again = nornir(one).run(task=save_files, names=names, folder=tmp_path / "saved")
    assert all(result[0].result == () for result in again.values())
