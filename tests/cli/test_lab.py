"""`mmpctl lab up` leaves a fleet running that the other commands work with, until `lab down`."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import Command, Said


@pytest.fixture
def up(mmpctl: Command) -> Iterator[Said]:
    said = mmpctl("lab", "up", "--minutes", "0.5", "--operation-seconds", "0.05", "-o", "json")
    yield said
    if said.code == 0 and runs(said.document["pid"]):
        mmpctl("lab", "down")


def runs(pid: int) -> bool:
    try:
        # The lab is a child of this process: a zombie is collected here, and does not run.
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False


def test_lab_up_and_down(mmpctl: Command, up: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (up.code, up.document["schema"], up.document["command"]) == (0, 1, "lab up"), up
    lab = up.document
    for name in ("inventory", "known_hosts", "certificates"):
        assert Path(lab[name]).is_absolute() and Path(lab[name]).exists()
    for line in lab["environment"]:
        name, _, value = line.removeprefix("export ").partition("=")
        monkeypatch.setenv(name, value)

    status = mmpctl("status", "-o", "json")
    assert status.code == 4, "one of its clusters has expired"
    assert {one["name"]: one["healthy"] for one in status.document["clusters"]} == {
        "lon-prod": False,
        "osl-prod": True,
        "shared-test": True,
        None: True,
    }

    suggested = mmpctl("status").out.partition("Next: ")[2].splitlines()[0]
    assert suggested == "mmpctl audit --cluster lon-prod", "the inventory is in the environment, and need not be typed"

    shown = mmpctl("lab", "status", "-o", "json")
    assert (shown.code, shown.document) == (0, {**lab, "command": "lab status"})
    assert lab["try"][0] in mmpctl("lab", "status").out

    second = mmpctl("lab", "up")
    assert second.code == 2 and str(lab["pid"]) in second.err and "mmpctl lab down" in second.err
    assert runs(lab["pid"])

    down = mmpctl("lab", "down")
    assert (down.code, down.out) == (0, "")
    assert os.waitpid(lab["pid"], 0)[0] == lab["pid"]
    again = mmpctl("lab", "down")
    assert again.code == 2 and "no lab runs" in again.err
    gone = mmpctl("lab", "status")
    assert gone.code == 2 and "no lab runs" in gone.err and "mmpctl lab up" in gone.err


def test_the_lab_takes_no_module_from_the_working_directory_and_gets_no_password(
    mmpctl: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("argparse", "asyncssh", "json", "mmpctl", "sitecustomize"):
        Path(f"{name}.py").write_text("open('planted', 'w').close()\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.setenv("MMP_PASSWORD", "TopSecret1")
    said = mmpctl("lab", "up", "--minutes", "0.5", "-o", "json")
    try:
        assert said.code == 0, said
        assert not Path("planted").exists()
        environment = Path(f"/proc/{said.document['pid']}/environ")
        if environment.exists():
            assert b"TopSecret1" not in environment.read_bytes()
    finally:
        mmpctl("lab", "down")


def test_a_lab_in_a_folder_that_others_may_write_is_refused(mmpctl: Command) -> None:
    Path(".lab").mkdir()
    Path(".lab").chmod(0o777)
    for verb in ("up", "down"):
        said = mmpctl("lab", verb)
        assert said.code == 2 and "chmod go-w" in said.err, said


def test_lab_down_leaves_a_stranger_alone(mmpctl: Command) -> None:
    Path(".lab").mkdir()
    Path(".lab/lab.json").write_text(f'{{"pid": {os.getpid()}}}', encoding="utf-8")
    said = mmpctl("lab", "down")
    assert said.code == 2 and "no lab runs" in said.err


def test_what_to_type_is_shown(mmpctl: Command, up: Said) -> None:
    assert up.code == 0
    for line in up.document["try"]:
        assert line.startswith("mmpctl ") and up.document["inventory"] not in line
    assert f"export MMP_INVENTORY={up.document['inventory']}" in up.document["environment"]
    assert any("renew" in line and "--keeper lon-prod=lon-1" in line for line in up.document["try"])
    assert mmpctl("lab", "down").code == 0


@pytest.mark.gate
def test_services_can_be_tried_as_lab_up_suggests(mmpctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    up = mmpctl("lab", "up", "--services", "--minutes", "2", "--operation-seconds", "0.05", "-o", "json")
    assert up.code == 0, up
    try:
        for line in up.document["environment"]:
            name, value = shlex.split(line)[1].split("=", 1)
            monkeypatch.setenv(name, value)
        asks = ["renew"]
        said = [
            mmpctl(*words[1:], *(["--yes"] if words[1] in asks and "--if-due" not in words else []))
            for words in map(shlex.split, up.document["try"])
        ]
        # Nobody is at a terminal, and the inventory allows nothing without a person.
        assert [one.code for one in said] == [3, 0, 5, 0], said
        assert "MMP_API_PASSWORD" in mmpctl("lab", "status").out
    finally:
        down = mmpctl("lab", "down")
    assert down.code == 0, down
