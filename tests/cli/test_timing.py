"""`--timing` tells on standard error what the time was spent on; the result is as without it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import schemas
from tests.support.command import Command
from tests.support.lab import Lab

PHASES = ("connect", "login", "commands", "SFTP", "parse", "wait", "report")


def counts(told: str) -> dict[str, int]:
    """How often each phase was gone through."""
    found = re.findall(r"^(\w+) +(\d+) +[\d.]+ s +(?:-|[\d.]+ s) +(?:-|[\d.]+ s)$", told, re.MULTILINE)
    return {phase: int(count) for phase, count in found}


@pytest.mark.parametrize("command", ["audit", "status"])
def test_the_phases_are_told_beside_the_result(lab: Lab, mmpctl: Command, command: str) -> None:
    fleet = lab("healthy")
    plain = mmpctl(command, "-o", "json", "--host", "lon-2", fleet=fleet)
    assert counts(plain.err) == {} and "Time spent" not in plain.err
    timed = mmpctl(command, "-o", "json", "--host", "lon-2", "--timing", fleet=fleet)
    assert timed.code == plain.code and timed.document.keys() == plain.document.keys()
    found = counts(timed.err)
    assert tuple(found) == PHASES
    sent = len(fleet.log.select("command", node="lon-2")) // 2
    assert (found["commands"], found["parse"], found["wait"], found["report"]) == (sent, sent, 0, 1)
    # As many connections as logins, each of which is told in two parts on the command line: the key, and the prompt.
    assert 1 <= found["connect"] <= 2 and found["login"] == found["connect"] + 1


def test_a_run_keeps_in_its_report_what_its_time_was_spent_on(lab: Lab, mmpctl: Command, tmp_path: Path) -> None:
    fleet = lab("healthy")
    runs = tmp_path / "runs"
    said = mmpctl(
        "renew",
        *("--cluster", "lon-prod", "--certs", fleet.certificates, "--runs", runs, "--yes", "--timing", "-o", "json"),
        fleet=fleet,
    )
    assert said.code == 0, said.err
    report = schemas.read(runs / said.document["run"] / "report.json")
    by_phase = {one["phase"]: one for one in report["timing"]["phases"]}
    assert report["timing"]["seconds"] > 0 and by_phase["commands"]["nodes"] == 4 and by_phase["wait"]["count"] > 0
    assert 0 < by_phase["commands"]["node_median"] <= by_phase["commands"]["node_most"]
    assert counts(said.err)["commands"] >= by_phase["commands"]["count"] > 20
