"""Files in folders are found, whatever lies beside them; a folder that may not be looked into is told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mmpctl.authority.ca_folder import CaFolder
from mmpctl.certificates.key_ties import KeyTie, KeyTies, written_ties
from mmpctl.errors import UsageError
from mmpctl.signing.files_below import files_below
from mmpctl.signing.open_requests import requested_keys
from mmpctl.signing.request_folder import has_request
from mmpctl.signing.requests import requests_in
from mmpctl.signing.sources import files_of
from tests.support.private_ca import NOW, make_ca
from tests.support.requests import lay_requests

NOBODY = 65534


@contextmanager
def shut(place: Path, mode: int = 0) -> Iterator[None]:
    """Nobody may look into a folder, not even who runs the test: root gives the files to another user, and is it."""
    is_root = os.geteuid() == 0
    top = next(one for one in (place, *place.parents) if one.name == "shut")
    if is_root:
        for one in (top, *top.rglob("*")):
            os.chown(one, NOBODY, NOBODY, follow_symlinks=False)
    place.chmod(mode)
    # The folders above are root's alone: from within, nobody goes through them.
    before = Path.cwd()
    os.chdir(top)
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        os.chdir(before)
        place.chmod(0o700)


def names(folder: Path, *, follow: bool = False) -> tuple[list[str], list[str]]:
    """What is found, and what is refused."""
    refused: list[str] = []
    found = files_below(folder, lambda error: refused.append(Path(error.filename).name), follow=follow)
    return [str(one.relative_to(folder)) for one in found], refused


def test_links_are_followed_if_that_is_wanted_and_no_folder_is_seen_twice(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "one").touch()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "two").touch()
    (tmp_path / "a" / "loop").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "self").symlink_to("self")
    (tmp_path / "a" / "out").symlink_to(tmp_path / "outside")
    os.mkfifo(tmp_path / "a" / "pipe")
    assert names(tmp_path / "a") == (["b/one"], [])
    assert names(tmp_path / "a", follow=True) == (["b/one", "out/two"], [])


@pytest.mark.parametrize("mode", [0, 0o400])
@pytest.mark.parametrize("below", ["", "lon", "lon/cms1"])
def test_keys_in_a_folder_that_cannot_be_read_are_not_taken_for_unwanted(
    tmp_path: Path, below: str, mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "shut" / "new"
    lay_requests(folder)
    monkeypatch.setattr("mmpctl.signing.open_requests.require_trusted", lambda *_: None)
    monkeypatch.setattr("mmpctl.signing.requests.require_trusted", lambda *_: None)
    looks: tuple[Callable[[Path], object], ...] = (
        requested_keys,
        requests_in,
        lambda place: has_request(place, "lon", "cms1"),
    )
    with shut(folder / below, mode):
        for look in looks:
            with pytest.raises(UsageError, match=r"Permission denied"):
                look(Path("new"))


def test_keys_behind_a_link_are_wanted_too(tmp_path: Path) -> None:
    place = tmp_path / "elsewhere"
    place.mkdir(mode=0o700)
    ties = KeyTies("cms1", "lon", {"server.key": KeyTie("old.key", "0" * 64)})
    (place / "request.json").write_bytes(written_ties(ties, NOW))
    (tmp_path / "new" / "lon").mkdir(parents=True)
    (tmp_path / "new" / "lon" / "cms1").symlink_to(place)
    assert requested_keys(tmp_path / "new") == {"cms1": {"old.key": str(tmp_path / "new/lon/cms1/request.json")}}


def test_answers_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "shut" / "sent" / "below").mkdir(parents=True)
    notes: list[str] = []
    with shut(tmp_path / "shut" / "sent" / "below"):
        assert list(files_of([Path("sent")], lambda _: None, notes)) == []
    assert notes == ["sent/below cannot be looked into (Permission denied)"]
    for path in (Path("x" * 5000), Path("x\0y"), tmp_path / "nowhere"):
        with pytest.raises(UsageError, match="is not there, or cannot be read"):
            list(files_of([path], lambda _: None, notes))


def test_a_ca_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shut").mkdir()
    make_ca(tmp_path / "shut" / "ca")
    monkeypatch.setattr("mmpctl.authority.ca_folder.require_trusted", lambda *_: None)
    with (
        shut(tmp_path / "shut" / "ca"),
        pytest.raises(UsageError, match=r"ca\.json cannot be used \(Permission denied"),
    ):
        CaFolder(Path("ca"))
