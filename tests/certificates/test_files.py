from __future__ import annotations

import copy
import json
import os
import pickle
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import pytest

from mmpctl.certificates.files import find
from mmpctl.certificates.secret import Secret
from mmpctl.certificates.source_file import SourceFile, read_file
from mmpctl.cluster.role import Role
from mmpctl.errors import MmpError, RefusedError, UsageError
from tests.support import pki

NAMES = ("server.key", "server.cer", "client.key", "client.cer", "ca.cer")
PLAIN = {name: name.encode() for name in NAMES}


@pytest.mark.parametrize("place", ["", "alpha", "alpha/cms1"])
def test_the_files_are_found_in_each_of_the_three_folders(tmp_path: Path, place: str) -> None:
    pki.write(tmp_path / place, PLAIN)
    found = find(tmp_path, "alpha", "cms1", Role.SLAVE)
    assert found.folder == tmp_path / place
    assert tuple(file.name for file in found.files()) == NAMES
    assert {file.name: file.sha256 for file in found.files()} == {
        name: sha256(name.encode()).hexdigest() for name in NAMES
    }


def test_the_nearest_folder_wins(tmp_path: Path) -> None:
    for place in ("", "alpha", "alpha/cms1", "beta"):
        pki.write(tmp_path / place, PLAIN)
    places = [("alpha", "cms1"), ("alpha", "cms2"), ("gamma", "cms1")]
    folders = [find(tmp_path, cluster, node, Role.MASTER).folder for cluster, node in places]
    assert folders == [tmp_path / "alpha" / "cms1", tmp_path / "alpha", tmp_path]


def test_a_client_node_needs_no_server_pair(tmp_path: Path) -> None:
    pki.write(tmp_path / "alpha", {name: PLAIN[name] for name in NAMES[2:]})
    found = find(tmp_path, "alpha", "edge", Role.CLIENT)
    assert tuple(file.name for file in found.files()) == NAMES[2:]
    assert found.server_key is None
    pki.write(tmp_path / "alpha" / "edge", {name: PLAIN[name] for name in NAMES[:2]})
    assert find(tmp_path, "alpha", "edge", Role.CLIENT) == found


def test_a_client_node_is_given_three_files_where_five_are_there(tmp_path: Path) -> None:
    pki.write(tmp_path, PLAIN)
    assert len(find(tmp_path, "alpha", "edge", Role.CLIENT).files()) == 3


@pytest.mark.parametrize("missing", NAMES)
def test_a_folder_with_only_some_of_the_files_is_refused(tmp_path: Path, missing: str) -> None:
    pki.write(tmp_path / "alpha", PLAIN)
    pki.write(tmp_path / "alpha" / "cms1", {name: PLAIN[name] for name in NAMES if name != missing})
    with pytest.raises(RefusedError) as caught:
        find(tmp_path, "alpha", "cms1", Role.MASTER)
    assert (caught.value.code, caught.value.node) == ("missing-file", "cms1")
    assert caught.value.message == f"{tmp_path / 'alpha' / 'cms1'} does not contain {missing}"
    assert caught.value.advice


def test_no_files_anywhere(tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as caught:
        find(tmp_path, "alpha", "cms1", Role.MASTER)
    assert caught.value.code == "missing-file"
    for place in ("alpha/cms1", "alpha", ""):
        assert str(tmp_path / place) in caught.value.message


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        find(tmp_path / "nowhere", "alpha", "cms1", Role.MASTER)
    assert "nowhere" in caught.value.message


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\\b", "/etc", "a\0b", "a\nb"])
def test_a_name_never_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    inside = pki.write(tmp_path / "certs", {})
    pki.write(tmp_path / "x", PLAIN)
    for cluster, node in ((name, "cms1"), ("alpha", name)):
        with pytest.raises(UsageError):
            find(inside, cluster, node, Role.MASTER)


def test_what_is_no_plain_file_is_refused(tmp_path: Path) -> None:
    pki.write(tmp_path, PLAIN)
    (tmp_path / "ca.cer").unlink()
    os.mkfifo(tmp_path / "ca.cer")
    with pytest.raises(RefusedError) as caught:
        find(tmp_path, "alpha", "cms1", Role.MASTER)
    assert (caught.value.code, caught.value.node) == ("unreadable", "cms1")
    assert str(tmp_path / "ca.cer") in caught.value.message


def test_what_the_system_does_not_open_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as caught:
        read_file(tmp_path / ("x" * 300), "cms1")
    assert caught.value.code == "unreadable"


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    pki.write(tmp_path, PLAIN | {"server.cer": b"x" * ((1 << 20) + 1)})
    with pytest.raises(MmpError) as caught:
        find(tmp_path, "alpha", "cms1", Role.MASTER)
    assert caught.value.code == "too-large"


def test_key_bytes_never_show_themselves(tmp_path: Path) -> None:
    pki.write(tmp_path, PLAIN | {"server.key": b"hunter2"})
    found = find(tmp_path, "alpha", "cms1", Role.MASTER)
    key = found.server_key
    assert isinstance(key, SourceFile)
    assert key.content.reveal() == b"hunter2"
    texts = [repr(found), str(found), f"{key}", json.dumps(asdict(found), default=str), repr(copy.deepcopy(found))]
    assert not [text for text in texts if "hunter2" in text]
    for thing in (found, key, key.content):
        with pytest.raises(TypeError):
            pickle.dumps(thing)
        with pytest.raises(TypeError):
            json.dumps(thing)


def test_a_copy_of_a_secret_is_the_secret() -> None:
    secret = Secret(b"x")
    assert copy.copy(secret) is secret
    assert copy.deepcopy([secret])[0] is secret


@pytest.mark.parametrize("name", ["server.key", "ca.cer", ""])
def test_files_that_others_may_write_are_refused_and_those_they_may_read_are_not(tmp_path: Path, name: str) -> None:
    pki.write(tmp_path, PLAIN)
    for file in tmp_path.iterdir():
        file.chmod(0o644)
    assert find(tmp_path, "lon-prod", "cms1", Role.MASTER)
    (tmp_path / name).chmod(0o777)
    with pytest.raises(RefusedError, match=r"everybody may write to .*chmod go-w") as told:
        find(tmp_path, "lon-prod", "cms1", Role.MASTER)
    assert (told.value.code, told.value.node) == ("place", "cms1")


def test_a_folder_that_may_not_be_looked_into_is_told(tmp_path: Path) -> None:
    pki.write(tmp_path / "alpha" / "cms1", PLAIN)
    (tmp_path / "alpha").chmod(0)
    is_root = os.geteuid() == 0
    try:
        if is_root:  # nothing is closed to root
            os.seteuid(65534)
        # Newer releases of Python take what may not be looked at for something that is not there.
        with pytest.raises(MmpError) as caught:
            find(tmp_path, "alpha", "cms1", Role.MASTER)
    finally:
        if is_root:
            os.seteuid(0)
        (tmp_path / "alpha").chmod(0o700)
    assert str(tmp_path) in caught.value.message
