"""A mistyped password is heard by one node, and asked for again; a job remembers what was refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from tests.support.command import Command
from tests.support.lab import Lab
from tests.support.person import Person
from tests.support.process import environment, quick_to_read


def refused(fleet: Fleet) -> list[str]:
    return [event.node for event in fleet.log.select("auth") if "refused" in event.text]


def person(fleet: Fleet, folder: Path) -> Person:
    without = {name: value for name, value in environment(quick_to_read(fleet)).items() if name != "MMP_PASSWORD"}
    return Person(["status", "-i", str(fleet.inventory)], folder, without)


def test_a_mistyped_password_is_heard_by_one_node_and_asked_for_again(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy")
    one = person(fleet, tmp_path)
    try:
        one.waits_for("Password of admin: ")
        one.types("Mistyped.1\n")
        one.waits_for("Password of admin: ")
        assert len(refused(fleet)) == 1
        assert f"{refused(fleet)[0]} does not accept the password of admin" in one.seen
        one.types(f"{fleet.password}\n")
        assert one.ends() == 0
        assert "HEALTHY" in one.seen and "Mistyped.1" not in one.seen
        assert "did not accept" not in one.seen, "what was put right is not told once more at the end"
        assert len(refused(fleet)) == 1
    finally:
        one.leaves()


def test_three_mistyped_passwords_end_it_and_no_node_hears_two(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy")
    one = person(fleet, tmp_path)
    try:
        for number in range(3):
            one.waits_for("Password of admin: ")
            one.types(f"Mistyped.{number}\n")
        assert one.ends() == 2
        assert "Find out the password first" in one.seen
        assert len(refused(fleet)) == len(set(refused(fleet))) == 3
    finally:
        one.leaves()


def test_enter_alone_ends_it(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy")
    one = person(fleet, tmp_path)
    try:
        one.waits_for("Password of admin: ")
        one.types("Mistyped.1\n")
        one.waits_for("Password of admin: ")
        one.types("\n")
        assert one.ends() == 2
        assert len(refused(fleet)) == 1
    finally:
        one.leaves()


def test_without_a_terminal_there_is_one_message(lab: Lab, mmpctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = lab("healthy")
    monkeypatch.setattr(fleet, "password", "wrong-guess")
    said = mmpctl("audit", fleet=fleet)
    assert said.code == 10
    assert said.out == "" and said.err.count("no other node was asked") == 1
    assert len(refused(fleet)) == 1


def test_a_job_that_is_run_again_does_not_ask_the_same_node(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy")
    environ = {**environment(quick_to_read(fleet)), "MMP_PASSWORD": "wrong-guess"}
    words = ["status", "-i", str(fleet.inventory), "--host", "lon-1"]
    for _night in range(3):
        job = Person(words, tmp_path, environ)
        try:
            job.ends()
            assert "did not accept" in job.seen or "does not accept" in job.seen
        finally:
            job.leaves()
    assert refused(fleet) == ["lon-1"]
    good = Person(words, tmp_path, environment(quick_to_read(fleet)))
    try:
        good.ends()
        assert refused(fleet) == ["lon-1"] and fleet.log.select("auth", text="accepted"), "another credential is tried"
    finally:
        good.leaves()
    assert "XDG_STATE_HOME" in os.environ


@pytest.mark.parametrize("kind", ["refuse", "wrong-host-key", "close"])
def test_a_wrong_password_is_heard_by_one_node_where_the_first_one_fails_otherwise(
    lab: Lab, mmpctl: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "empty"))
    fleet = lab("healthy", faults=[Fault("lon-1", "connect", kind, count=0)])
    monkeypatch.setattr(fleet, "password", "wrong-guess")
    heard = []
    for _night in range(4):
        mmpctl("status", fleet=fleet)
        heard.append(len(refused(fleet)))
    # Two nodes that have refused it prove that it is wrong; one alone may have a password of its own.
    assert heard[0] == 1 and heard[-1] <= 2, heard
    assert len(refused(fleet)) == len(set(refused(fleet))), "no node hears it twice"
