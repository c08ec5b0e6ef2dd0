"""`trust`: asks first, says afterwards what it recorded, and compares with what was got another way."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from mmpctl.device.ssh.known_hosts import recorded
from mmpctl.lab.fleet import Fleet
from tests.support.command import Command
from tests.support.host_keys import IMPOSTOR, states
from tests.support.lab import Lab
from tests.support.person import Person, squeezed


def fingerprints(fleet: Fleet) -> dict[str, str]:
    return {name: recorded(fleet.known_hosts, *fleet.address(name))[0].fingerprint for name in fleet.nodes}


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_on_a_terminal_it_asks_first_and_says_afterwards_what_was_recorded(
    lab: Lab, tmp_path: Path, answer: str
) -> None:
    fleet = lab("healthy")
    fleet.known_hosts.unlink()
    words = ["trust", "-i", str(fleet.inventory), "--host", "lon-1", "--host", "lon-2"]
    person = Person(words, tmp_path, {**os.environ, "TERM": "xterm", "COLUMNS": "100"})
    try:
        person.waits_for("to go on: ")
        before = squeezed(person.seen)
        assert "2hostkeys:2NEW" in before and "Recordthekeysoflon-1,lon-2?" in before
        assert "Recordedin" not in before and "asitwas" not in before and "Next:" not in before
        assert not fleet.known_hosts.exists()
        person.types(f"{answer}\n")
        assert person.ends() == (0 if answer == "yes" else 5)
        after = squeezed(person.seen).removeprefix(before)
        if answer == "yes":
            assert f"Recordedin{fleet.known_hosts}:lon-1,lon-2." in after
            assert f"Next:mmpctlstatus--inventory{fleet.inventory}--hostlon-1--hostlon-2" in after
        else:
            assert "Nothingwasrecorded" in after and not fleet.known_hosts.exists()
            assert f"Next:mmpctltrust--yes--inventory{fleet.inventory}--hostlon-1--hostlon-2" in after
        assert "hostkeys:" not in after, "what was shown with the question is not shown once more"
    finally:
        person.leaves()


def test_a_changed_key_names_how_to_make_sure_and_the_command_that_replaces_it(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy", faults=[IMPOSTOR])
    said = mmpctl("trust", fleet=fleet)
    assert said.code == 5
    told = squeezed(said.out)
    assert fingerprints(fleet)["lon-2"] in told and "onitsownconsole" in told
    assert f"Next:mmpctltrust--replace--hostlon-2--inventory{fleet.inventory}" in told


@pytest.mark.parametrize("command", ["status", "audit"])
def test_the_cure_for_a_changed_key_replaces_the_key_of_that_node_only(lab: Lab, mmpctl: Command, command: str) -> None:
    fleet = lab("healthy", faults=[IMPOSTOR, replace(IMPOSTOR, node="lon-3")])
    (cluster,) = mmpctl(command, "-o", "json", fleet=fleet).document["clusters"]
    cures = {node["name"]: node["error"] for node in cluster["nodes"] if node["name"] in ("lon-2", "lon-3")}
    assert all(f"`mmpctl trust --replace --host {name}`" in cure for name, cure in cures.items()), cures
    told = squeezed(mmpctl(command, fleet=fleet).out)
    assert "trust--replace--hostlon-2" in told and "trust--replace--hostlon-3" in told
    assert mmpctl("trust", "--replace", "--host", "lon-2", "--yes", fleet=fleet).code == 0
    assert mmpctl("trust", "--host", "lon-3", fleet=fleet).code == 5, "the other key is as it was"


def test_a_revoked_key_is_never_recorded(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy")
    text = fleet.known_hosts.read_text(encoding="utf-8")
    key = next(line.split(" ", 1)[1] for line in text.splitlines() if str(fleet.address("lon-2")[1]) in line)
    fleet.known_hosts.write_text(f"@revoked * {key}\n", encoding="utf-8")
    said = mmpctl("trust", "--yes", "--replace", "-o", "json", fleet=fleet)
    assert (said.code, states(said.document)) == (5, dict.fromkeys(fleet.nodes, "new") | {"lon-2": "revoked"})
    again = mmpctl("trust", "-o", "json", fleet=fleet)
    assert (again.code, states(again.document)) == (5, dict.fromkeys(fleet.nodes, "known") | {"lon-2": "revoked"})


def _names_and_fingerprints(fleet: Fleet) -> str:
    return "".join(f"{name}  {one}\n" for name, one in fingerprints(fleet).items())


def _ssh_keygen(fleet: Fleet) -> str:
    done = subprocess.run(["ssh-keygen", "-lf", fleet.known_hosts], capture_output=True, text=True, check=True)
    return done.stdout


def _known_hosts(fleet: Fleet) -> str:
    return fleet.known_hosts.read_text(encoding="utf-8")


@pytest.mark.parametrize("write", [_names_and_fingerprints, _ssh_keygen, _known_hosts])
def test_only_keys_that_are_expected_are_recorded(lab: Lab, mmpctl: Command, write: object, tmp_path: Path) -> None:
    fleet = lab("healthy", faults=[IMPOSTOR])
    assert callable(write)
    expect = tmp_path / "paper.txt"
    lines = [line for line in write(fleet).splitlines() if line.strip()]
    gone = (
        lines.pop(next(number for number, line in enumerate(lines) if fingerprints(fleet)["lon-4"] in line))
        if (write is _names_and_fingerprints)
        else None
    )
    expect.write_text("# from the consoles\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    fleet.known_hosts.unlink()
    said = mmpctl("trust", "--expect", expect, "--yes", "-o", "json", fleet=fleet)
    assert said.code == 5
    found = {host["name"]: (host["expected"], host["written"]) for host in said.document["hosts"]}
    last = (None, False) if gone else (True, True)
    assert found == {"lon-1": (True, True), "lon-2": (False, False), "lon-3": (True, True), "lon-4": last}
    assert recorded(fleet.known_hosts, *fleet.address("lon-2")) == ()
    shown = mmpctl("trust", "--expect", expect, fleet=fleet)
    assert "NOT THE EXPECTED KEY" in shown.out and "trust --yes" not in shown.out


def test_a_file_of_something_else_is_refused(lab: Lab, mmpctl: Command, tmp_path: Path) -> None:
    fleet = lab("healthy")
    (tmp_path / "notes").write_text("call me back\n", encoding="utf-8")
    said = mmpctl("trust", "--expect", tmp_path / "notes", fleet=fleet)
    assert said.code == 2 and "line 1" in said.err
    assert mmpctl("trust", "--expect", tmp_path / "none", fleet=fleet).code == 2
