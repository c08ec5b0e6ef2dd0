"""This machine fails: no room for the backups, or for the journal in the middle of a run; a real process each."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.runbooks.steps import Limits
from mmpctl.runs import journal
from tests.conftest import Lab
from tests.runbooks.conftest import Command
from tests.runbooks.fleet import CLUSTER, DATABASES, KEEPER, renewed
from tests.runbooks.test_resume import resumed

# No file of the process may grow beyond so many bytes: the write fails, as on a full disk.
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from mmpctl.runbooks import cli
sys.exit(cli.run(sys.argv[2:]))
"""


def renew_with_room_for(size: int, fleet: Fleet, runs: Path) -> tuple[int, str]:
    words = [
        *("renew", "-i", fleet.inventory, "--certs", fleet.certificates, "--runs", runs),
        *("--yes", "--keeper", f"{CLUSTER}={KEEPER}"),
    ]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(size), *map(str, words)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, " ".join(f"{done.stdout} {done.stderr}".split())


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMP_USERNAME", "admin")
    monkeypatch.setenv("MMP_PASSWORD", "Example-123")


def test_no_room_for_a_backup(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired")
    code, said = renew_with_room_for(60_000, fleet, tmp_path / "runs")
    assert code == 6, said
    assert ".bak" in said and "The cluster is as it was" in said
    assert "Traceback" not in said
    assert not fleet.log.select("accepted")
    assert not list((tmp_path / "runs").rglob("*.bak"))


def test_no_room_for_the_journal_in_the_middle(lab: Lab, mmpctl: Command, tmp_path: Path) -> None:
    fleet = lab("expired", backup_bytes=1000)
    rows = fleet.nodes[KEEPER].rows
    code, said = renew_with_room_for(19_000, fleet, tmp_path / "runs")
    assert code in (6, 7), said
    assert "journal" in said and "Traceback" not in said
    begun = [f"{event.node} {event.text}" for event in fleet.log.select("accepted")]
    assert begun and not [text for text in begun if "join" in text], begun

    run = next((tmp_path / "runs").iterdir()).name
    resumed = mmpctl("resume", run, "--yes", "--runs", tmp_path / "runs", fleet=fleet)
    assert resumed.code == 0, resumed
    assert {name: fleet.nodes[name].rows for name in DATABASES} == dict.fromkeys(DATABASES, rows)
    told = [f"{event.node} {event.text}" for event in fleet.log.select("accepted")]
    assert len(told) == len(set(told)) and begun == told[: len(begun)]


def test_an_accepted_initialize_is_written_down_as_soon_as_there_is_room(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = Fault(KEEPER, "operation", "reboot", match="initialize", seconds=0.1, ends="lost")
    fleet = lab("expired", faults=[lost])
    write, full = journal._write_all, [True]

    def full_for_a_moment(descriptor: int, data: bytes, offset: int) -> None:
        if b'"event":"accepted"' in data and full:
            full.clear()
            raise OSError(errno.ENOSPC, "No space left on device")
        write(descriptor, data, offset)

    monkeypatch.setattr(journal, "_write_all", full_for_a_moment)
    limits = Limits(operation=20, accept=0.3, between_looks=0.05)
    stopped = renewed(fleet, tmp_path, limits=limits)
    assert (stopped.code, full) == (6, []), stopped
    assert "cannot be written" in (stopped.clusters[0].reason or "")

    fleet.bring_up(KEEPER)
    again = resumed(fleet, stopped, limits=limits)

    assert (again.code, again.clusters[0].outcome) == (7, "stopped"), again
    assert "no run sends it a second time" in (again.clusters[0].reason or "")
    assert len([event for event in fleet.log.select("accepted") if "initialize" in event.text]) == 1
    assert all(fleet.nodes[name].rows for name in DATABASES)
