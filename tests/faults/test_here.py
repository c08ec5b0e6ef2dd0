"""This machine fails: no room for the backups, or for the journal in the middle of a run; a real process each."""

from __future__ import annotations

import errno
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from mmpctl.errors import MmpError
from mmpctl.lab.events import Event
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.renewal.limits import Limits
from mmpctl.runs import journal, transcript
from tests.support.children import PATIENCE_SECONDS, ended
from tests.support.command import Command
from tests.support.fleet import CLUSTER, DATABASES, KEEPER, renewed, resumed
from tests.support.lab import Lab

# No file of the process may grow beyond so many bytes: the write fails, as on a full disk.
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from mmpctl.cli import app
sys.exit(app.run(sys.argv[2:]))
"""


def renew_with_room_for(
    size: int | None, fleet: Fleet, runs: Path, running: list[subprocess.Popen[str]] | None = None
) -> tuple[int, str]:
    words = [
        *("renew", "-i", fleet.inventory, "--certs", fleet.certificates, "--runs", runs),
        *("--yes", "--keeper", f"{CLUSTER}={KEEPER}"),
    ]
    room = resource.RLIM_INFINITY if size is None else size
    with ended(
        subprocess.Popen(
            [sys.executable, "-c", LIMITED, str(room), *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    ) as process:
        if running is not None:
            running.append(process)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, " ".join(f"{out} {err}".split())


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


def test_no_room_for_the_plan(lab: Lab, mmpctl: Command, tmp_path: Path) -> None:
    written = renewed(lab("expired"), tmp_path / "with-room").folder
    assert written is not None
    request, plan = ((written / name).stat().st_size for name in ("request.json", "plan.json"))
    assert request + 1000 < plan, "the room between them is what this test needs"
    fleet = lab("expired")
    code, said = renew_with_room_for((request + plan) // 2, fleet, tmp_path / "runs")
    assert code == 2, said
    assert "cannot be written (File too large)" in said and "make room" in said and "Nothing was sent" in said
    assert "Traceback" not in said and "unexpected" not in said
    assert not fleet.log.select("accepted", "sftp-put")
    assert list((tmp_path / "runs").iterdir()) == []
    assert "There are no runs" in mmpctl("runs", "--runs", tmp_path / "runs").out
    assert renew_with_room_for(None, fleet, tmp_path / "runs")[0] == 0


@pytest.mark.parametrize("what", ["transcripts", "journal"])
def test_no_room_for_the_rest_of_what_a_run_begins_with(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    fleet = lab("expired")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(*{"transcripts": (transcript, "open_file"), "journal": (journal, "_opened")}[what], full)
    with pytest.raises(MmpError, match="No space left on device") as caught:
        renewed(fleet, tmp_path)
    assert "Nothing was sent" in caught.value.advice
    assert list((tmp_path / "runs").iterdir()) == []
    assert not fleet.log.select("accepted", "sftp-put")


def test_no_room_for_the_journal_in_the_middle(
    lab: Lab, mmpctl: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = lab("expired", backup_bytes=1000)
    rows = fleet.nodes[KEEPER].rows
    add = fleet.log.add

    def full(node: str, kind: str, text: str, size: int | None = None) -> Event:
        # From the first command that a node accepts, no file grows beyond what the journal has by then.
        if kind == "accepted":
            (written,) = (tmp_path / "runs").glob("*/journal.jsonl")
            room = written.stat().st_size
            (process,) = running
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (room, room))
            monkeypatch.setattr(fleet.log, "add", add)
        return add(node, kind, text, size)

    running: list[subprocess.Popen[str]] = []
    monkeypatch.setattr(fleet.log, "add", full)
    code, said = renew_with_room_for(None, fleet, tmp_path / "runs", running)
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
    assert "No run sends it a second time" in (again.clusters[0].reason or "")
    assert len([event for event in fleet.log.select("accepted") if "initialize" in event.text]) == 1
    assert all(fleet.nodes[name].rows for name in DATABASES)
