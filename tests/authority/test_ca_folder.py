"""A CA's folder is whole at each moment, and nobody else can change or read what matters in it."""

from __future__ import annotations

import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path

import pytest

from mmpctl.authority.ca_folder import CaFolder
from mmpctl.authority.issuer import issuer
from mmpctl.authority.private_ca import drop_older, renew
from mmpctl.authority.profile import KeyKind, Purpose
from mmpctl.authority.sealed_key import PassphraseError
from mmpctl.errors import UsageError
from mmpctl.trusted import PlaceError
from tests.support.children import PATIENCE_SECONDS
from tests.support.deaths import at_each_death
from tests.support.private_ca import NOW, PASSPHRASE, make_ca, request, wanted

pytestmark = pytest.mark.usefixtures("cheap")


def test_a_death_while_it_is_made_leaves_no_half_ca(tmp_path: Path) -> None:
    folder = tmp_path / "ca"

    def check() -> None:
        if folder.exists():
            assert len(CaFolder(folder).state.issuing) > 0

    deaths = at_each_death(lambda: None if folder.exists() else make_ca(folder), check)
    assert deaths > 10
    assert {one.name for one in folder.iterdir()} == {
        "ca.json",
        "issued.jsonl",
        *(f"{name}.{end}" for name in ("root-1", "issuing-1") for end in ("key", "cer")),
    }


def test_a_death_while_it_is_renewed_leaves_the_old_or_the_new_one(tmp_path: Path) -> None:
    folder = make_ca(tmp_path / "ca").path
    seen = set()

    def check() -> None:
        ca = CaFolder(folder)
        seen.add(ca.state.issuing)
        assert ca.signer(ca.state.issuing, PASSPHRASE).certificate.issuer == ca.certificate(ca.state.root).subject

    deaths = at_each_death(lambda: renew(folder, PASSPHRASE, NOW, KeyKind.P256, with_root=True), check)
    assert deaths > 10
    assert "issuing-1" in seen


def test_a_death_while_it_issues_loses_no_certificate_and_issues_none_twice(tmp_path: Path) -> None:
    folder = make_ca(tmp_path / "ca").path
    csr = request("cms1")

    def issue() -> None:
        with issuer(folder, PASSPHRASE, NOW) as ca:
            ca.issue([wanted(csr, Purpose.SERVER)])

    def check() -> None:
        assert len((folder / "issued.jsonl").read_bytes().splitlines()) <= 1

    assert at_each_death(issue, check) > 3
    assert len((folder / "issued.jsonl").read_bytes().splitlines()) == 1


def test_a_death_while_an_older_root_is_dropped_leaves_it_handed_out_or_not(tmp_path: Path) -> None:
    folder = make_ca(tmp_path / "ca").path
    renew(folder, PASSPHRASE, NOW, KeyKind.P256, with_root=True)

    def check() -> None:
        assert CaFolder(folder).state.older in ((), ("issuing-1", "root-1"))

    assert at_each_death(lambda: drop_older(folder), check) > 3
    assert CaFolder(folder).state.older == ()


def test_a_line_that_was_cut_off_does_not_count(tmp_path: Path) -> None:
    folder = make_ca(tmp_path / "ca").path
    index = folder / "issued.jsonl"
    with issuer(folder, PASSPHRASE, NOW) as ca:
        ca.issue([wanted(request("cms1"), Purpose.SERVER)])
    whole = index.read_bytes()
    index.write_bytes(whole + whole[: len(whole) // 2])
    with issuer(folder, PASSPHRASE, NOW) as ca:
        ca.issue([wanted(request("cms2"), Purpose.SERVER)])
    assert index.read_bytes().startswith(whole)
    assert len(index.read_bytes().splitlines()) == 2


def test_a_last_line_that_an_editor_has_left_without_its_end_counts(tmp_path: Path) -> None:
    folder = make_ca(tmp_path / "ca").path
    index = folder / "issued.jsonl"
    for csr in (request("cms1"), request("cms2")):
        with issuer(folder, PASSPHRASE, NOW) as ca:
            ca.issue([wanted(csr, Purpose.SERVER)])
    whole = index.read_bytes()
    index.write_bytes(whole.removesuffix(b"\n"))
    with issuer(folder, PASSPHRASE, NOW) as ca:
        ca.issue([wanted(csr, Purpose.SERVER)])
    assert index.read_bytes() == whole


def test_a_damaged_line_is_told_with_its_place(tmp_path: Path) -> None:
    folder = make_ca(tmp_path / "ca").path
    (folder / "issued.jsonl").write_text('{"serial": "1"}\n')
    with pytest.raises(UsageError, match=r"issued\.jsonl, line 1: "), issuer(folder, PASSPHRASE, NOW):
        pass


# What a process with a disk that takes files of so many bytes is told.
_ON_A_SMALL_DISK = """
import resource, signal, sys; from pathlib import Path
from mmpctl.authority.issuer import issuer; from mmpctl.authority.private_ca import drop_older, renew
from mmpctl.authority.profile import KeyKind, Purpose
from mmpctl.errors import UsageError; from tests.support.private_ca import *
folder, most, what = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
try:
    with cheap_passphrases():
        if what == "make":
            make_ca(folder)
        elif what == "renew":
            renew(folder, PASSPHRASE, NOW, KeyKind.P256, with_root=True)
        else:
            with issuer(folder, PASSPHRASE, NOW) as ca:
                ca.issue([wanted(request('cms1'), Purpose.SERVER)])
except UsageError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("what", "most", "told"),
    [
        ("make", 100, "nothing was changed"),
        # The keys have room, the certificates have not.
        pytest.param("make", 550, "nothing was changed", marks=pytest.mark.gate),
        ("renew", 100, "nothing was changed"),
        ("renew", 550, "nothing was changed"),
        ("issue", 500, "no certificate was issued"),
    ],
)
def test_a_full_disk_changes_nothing(tmp_path: Path, what: str, most: int, told: str) -> None:
    folder = tmp_path / "ca"
    if what != "make":
        make_ca(folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    said = subprocess.run(
        [sys.executable, "-c", _ON_A_SMALL_DISK, folder, str(most), what],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    ).stdout
    assert told in said and "Make room on the disk" in said
    if what == "make":
        assert list(tmp_path.iterdir()) == []
    else:
        state = CaFolder(folder).state
        assert {path: path.read_bytes() for path in folder.iterdir()} == before and state.issuing == "issuing-1"


def _issue_some(folder: Path, name: str) -> None:
    for number in range(10):
        with issuer(folder, PASSPHRASE, NOW) as ca:
            ca.issue([wanted(request(f"{name}-{number}"), Purpose.SERVER)])


def test_two_processes_at_once_take_turns(tmp_path: Path) -> None:
    folder = make_ca(tmp_path / "ca").path
    children = [get_context("fork").Process(target=_issue_some, args=(folder, name)) for name in ("one", "other")]
    for child in children:
        child.start()
    for child in children:
        child.join(PATIENCE_SECONDS)
    assert [child.exitcode for child in children] == [0, 0]
    with issuer(folder, PASSPHRASE, NOW):
        pass
    lines = (folder / "issued.jsonl").read_text("utf-8").splitlines()
    assert sorted(line.split('"subject": "CN=')[1].split('"')[0] for line in lines) == sorted(
        f"{name}-{number}" for name in ("one", "other") for number in range(10)
    )


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    folder = make_ca(tmp_path / "ca").path
    before = {one.name: one.read_bytes() for one in folder.iterdir()}
    with pytest.raises(UsageError, match="is there already; nothing was changed"):
        make_ca(folder)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="is there already; nothing was changed"):
        make_ca(tmp_path / "notes")
    assert {one.name: one.read_bytes() for one in folder.iterdir()} == before
    assert [one.name for one in (tmp_path / "notes").iterdir()] == ["mine.txt"]
    (tmp_path / "empty").mkdir()
    assert make_ca(tmp_path / "empty").state.root == "root-1"


def test_of_two_that_make_one_the_second_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "ca"

    def other_is_quicker(*_: object) -> None:
        folder.mkdir()
        (folder / "ca.json").touch()

    monkeypatch.setattr("mmpctl.authority.ca_folder.write_json", other_is_quicker)
    with pytest.raises(UsageError, match="is there already; nothing was changed"):
        make_ca(folder)
    assert [one.name for one in tmp_path.iterdir()] == ["ca"]


def test_what_is_no_ca_is_told(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with pytest.raises(UsageError, match="is not the folder of a CA") as caught:
        CaFolder(tmp_path / "other")
    assert "mmpctl ca init" in caught.value.advice


_ELSEWHERE = '{"name": "x", "root": "../x", "issuing": "issuing-1", "older": [], "made_at": ""}'


@pytest.mark.parametrize("state", ["{}", "[]", "no JSON", _ELSEWHERE])
def test_a_damaged_state_is_told_with_its_file(tmp_path: Path, state: str) -> None:
    folder = make_ca(tmp_path / "ca").path
    (folder / "ca.json").write_text(state)
    with pytest.raises(UsageError, match=r"ca\.json cannot be used"):
        CaFolder(folder)


def test_a_key_of_another_certificate_is_told(tmp_path: Path) -> None:
    folder = make_ca(tmp_path / "ca").path
    (folder / "issuing-1.key").write_bytes((folder / "root-1.key").read_bytes())
    with pytest.raises(UsageError, match=r"it is not the key of issuing-1\.cer"):
        CaFolder(folder).signer("issuing-1", PASSPHRASE)


def test_a_folder_that_others_can_write_or_a_key_that_they_can_read_is_refused(tmp_path: Path) -> None:
    folder = make_ca(tmp_path / "ca").path
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "root-1.key").stat().st_mode & 0o777 == 0o600
    (folder / "issuing-1.key").chmod(0o640)
    with pytest.raises(PlaceError, match="can be read by others"):
        CaFolder(folder).signer("issuing-1", PASSPHRASE)
    folder.chmod(0o777)
    with pytest.raises(PlaceError, match="everybody may write"):
        CaFolder(folder)


def test_a_wrong_passphrase_changes_nothing(tmp_path: Path) -> None:
    folder = make_ca(tmp_path / "ca").path
    before = {one.name: one.read_bytes() for one in folder.iterdir()}
    with pytest.raises(PassphraseError):
        renew(folder, "wrong", NOW, KeyKind.P256, with_root=True)
    with pytest.raises(PassphraseError), issuer(folder, "wrong", NOW):
        pass
    assert {one.name: one.read_bytes() for one in folder.iterdir()} == before
