"""Whoever types what the procedure by hand says, and nothing else, ends with a whole cluster and the keeper's rows."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.reports.procedure_text import text
from tests.support.command import Command
from tests.support.fleet import CLUSTER, DATABASES, KEEPER
from tests.support.follow import follow
from tests.support.lab import Lab

CONFIRMED = "--keeper", f"{CLUSTER}={KEEPER}"


def check(fleet: Fleet, mmpctl: Command, rows: tuple[str, ...]) -> None:
    assert {name: fleet.nodes[name].rows for name in DATABASES} == dict.fromkeys(DATABASES, rows)
    assert len(fleet.log.select("accepted", text="initialize")) == 1
    (one,) = mmpctl("status", "-o", "json", fleet=fleet).document["clusters"]
    assert (one["healthy"], one["master"]) == (True, KEEPER)
    assert mmpctl("audit", fleet=fleet).code == 0


@pytest.mark.parametrize(
    ("scenario", "switches"),
    [
        ("expired", {}),
        ("due", {"vocabulary": "primary", "connect_question": "none"}),
        ("disabled", {}),
    ],
)
def test_the_whole_procedure(
    lab: Lab, mmpctl: Command, tmp_path: Path, scenario: Any, switches: dict[str, Any]
) -> None:
    fleet = lab(scenario, **switches)
    rows = fleet.nodes[KEEPER].rows
    said = mmpctl("plan", "--by-hand", "--certs", fleet.certificates, *CONFIRMED, "-o", "json", fleet=fleet)
    assert said.code == 0, said
    assert fleet.log.select("accepted", "sftp-put") == []
    follow(fleet, said.document["clusters"][0]["by_hand"], tmp_path)
    check(fleet, mmpctl, rows)


def test_the_same_names(lab: Lab, mmpctl: Command, tmp_path: Path) -> None:
    fleet = lab("expired")
    rows = fleet.nodes[KEEPER].rows
    options = ("--names", "same", *CONFIRMED, "-o", "json")
    said = mmpctl("plan", "--by-hand", "--certs", fleet.certificates, *options, fleet=fleet)
    follow(fleet, said.document["clusters"][0]["by_hand"], tmp_path)
    check(fleet, mmpctl, rows)
    assert list(tmp_path.glob("by-hand/lon-1/replaced/*.key"))


@pytest.mark.parametrize(
    "fault",
    [
        Fault("lon-3", "download", "drop", match=".bak", count=0),
        Fault("lon-3", "operation", "fail", match="remove"),
        Fault("lon-2", "command", "refuse", match="certs", text="ERROR: Not now."),
        Fault("lon-4", "command", "refuse", match="connect", text="ERROR: Not now."),
    ],
    ids=["before-anything", "half-apart", "apart", "all-but-the-client"],
)
def test_what_a_stopped_run_leaves(lab: Lab, mmpctl: Command, tmp_path: Path, fault: Fault) -> None:
    fleet = lab("expired", faults=[fault])
    rows = fleet.nodes[KEEPER].rows
    stopped = mmpctl("renew", "--certs", fleet.certificates, *CONFIRMED, "--yes", "-o", "json", fleet=fleet)
    (one,) = stopped.document["clusters"]
    assert one["outcome"] == "stopped", stopped
    run = stopped.document["run"]
    kept = Path("runs", run, "by-hand.txt")
    assert kept.read_text(encoding="utf-8") == text(one["by_hand"])
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "by-hand.txt" in mmpctl("runs", run).out
    fleet.faults.clear()
    follow(fleet, one["by_hand"], tmp_path)
    check(fleet, mmpctl, rows)


@pytest.mark.parametrize(
    ("fault", "shows"),
    [
        (Fault("lon-1", "question", "drop", match="initialize", count=0), True),
        (Fault("lon-2", "command", "refuse", match="certs", text="ERROR: Not now."), False),
    ],
    ids=["initialize not answered", "certs refused"],
)
def test_a_run_of_same_names_that_was_finished_by_hand_is_seen_to_be_after_its_own_certs(
    lab: Lab, mmpctl: Command, tmp_path: Path, fault: Fault, shows: bool
) -> None:
    fleet = lab("expired", faults=[fault])
    rows = fleet.nodes[KEEPER].rows
    renew = ("renew", "--certs", fleet.certificates, *CONFIRMED, "--names", "same", "--yes", "-o", "json")
    stopped = mmpctl(*renew, fleet=fleet)
    (one,) = stopped.document["clusters"]
    assert one["outcome"] == "stopped", stopped
    fleet.faults.clear()
    follow(fleet, one["by_hand"], tmp_path)
    told = [f"{event.node} {event.text}" for event in fleet.log.select("accepted")]

    resumed = mmpctl("resume", stopped.document["run"], "--yes", "-o", "json", fleet=fleet)

    (one,) = resumed.document["clusters"]
    if shows:
        assert (resumed.code, one["outcome"]) == (0, "renewed"), resumed
        assert any("the device shows it as done" in line for line in one["found"]), one["found"]
    else:
        # Whether `certs` was typed under names that were in use before, no status tells.
        assert (resumed.code, one["outcome"]) == (7, "stopped"), resumed
        assert f"mmpctl runs --close {stopped.document['run']}" in " ".join(one["advice"])
    assert [f"{event.node} {event.text}" for event in fleet.log.select("accepted")] == told
    check(fleet, mmpctl, rows)


def test_whoever_types_by_hand_is_led_to_a_look_and_never_to_a_renewal(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("expired")
    said = mmpctl("plan", "--by-hand", "--certs", fleet.certificates, *CONFIRMED, fleet=fleet)
    assert said.code == 0 and "mmpctl renew" not in said.out, said
    last = said.out.splitlines()[-1]
    assert last.startswith("Next: mmpctl status ") and f"--cluster {CLUSTER}" in last


def test_no_procedure_is_shown_for_what_is_refused(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("expired")
    said = mmpctl("plan", "--by-hand", "--certs", fleet.certificates, fleet=fleet)
    assert said.code == 5 and "No procedure by hand: if a run refuses it" in " ".join(said.out.split()), said


def test_a_procedure_that_no_file_could_take_is_shown(
    lab: Lab, mmpctl: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("mmpctl.renewal.stopped.write_private", full)
    fleet = lab("expired", faults=[Fault("lon-2", "command", "refuse", match="certs", text="ERROR: Not now.")])
    said = mmpctl("renew", "--certs", fleet.certificates, *CONFIRMED, "--yes", fleet=fleet)
    assert "BY HAND: the renewal of lon-prod" in said.out and "Keep the text that is shown here" in said.out, said


def test_a_run_that_goes_on_takes_its_old_procedure_away(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("expired", faults=[Fault("lon-2", "command", "refuse", match="certs", text="ERROR: Not now.")])
    said = mmpctl("renew", "--certs", fleet.certificates, *CONFIRMED, "--yes", fleet=fleet)
    (folder,) = Path("runs").iterdir()
    assert (folder / "by-hand.txt").read_text("utf-8").startswith("BY HAND: the renewal of lon-prod")
    # Hundreds of lines that end with "The renewal is done if …" do not stand above "STOPPED".
    assert "BY HAND" not in said.out and f"are in {folder}/by-hand.txt" in " ".join(said.out.split()), said
    resumed = mmpctl("resume", folder.name, "--yes")  # the run knows its inventory
    shown = resumed.out.partition("Found before the run continued:")[2]
    assert resumed.code == 0 and "The node shows" in shown, resumed
    shown = " ".join(mmpctl("runs", folder.name).out.split())
    assert "resumed by " in shown and "certs: unknown" in shown, shown
    assert not (folder / "by-hand.txt").exists()
