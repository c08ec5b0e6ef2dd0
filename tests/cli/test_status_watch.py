"""`mmpctl status`: the certificates of each database at a glance, and `--watch`."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from mmpctl.lab.fleet import Fleet
from mmpctl.runbooks import status_watch
from mmpctl.runbooks.status import StatusReport
from tests.support.children import PATIENCE_SECONDS, ended
from tests.support.command import Command
from tests.support.fleet import DATABASES, nornir
from tests.support.lab import Lab
from tests.support.person import Person, squeezed
from tests.support.process import COMMAND, environment, quick_to_read


@pytest.mark.parametrize(
    ("scenario", "severity", "shown"),
    [("healthy", "ok", "✓ OK "), ("due", "due", "! DUE "), ("expired", "expired", "✗ EXPIRED 3 days ago")],
)
def test_the_certificates_of_every_database(
    lab: Lab, mmpctl: Command, scenario: Any, severity: str, shown: str
) -> None:
    fleet = lab(scenario)
    (cluster,) = mmpctl("status", "-o", "json", fleet=fleet).document["clusters"]
    worst = {node["name"]: {one["severity"] for one in node["certificates"]} for node in cluster["nodes"]}
    assert all(severity in found for found in worst.values()) and set(DATABASES) < set(worst), worst
    assert [one["use"] for one in cluster["nodes"][0]["certificates"]] == [
        "database server",
        "database client",
        "database ca",
    ]
    assert shown in mmpctl("status", fleet=fleet).out


def test_a_node_that_is_down_and_one_that_is_not_understood(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy", nodes={"lon-3": {"unknown": frozenset({"database"})}})
    fleet.take_down("lon-2")
    said = mmpctl("status", fleet=fleet)
    text = " ".join(said.out.split())
    assert "? NOT SEEN lon-2:" in text and "? NOT UNDERSTOOD lon-3:" in text and "Traceback" not in said.err, said


def watched(fleet: Fleet, acts: list[Any]) -> tuple[list[tuple[str, ...]], list[StatusReport]]:
    """What changed from look to look, and the looks; after each, one of the acts."""
    told, reports, ended = [], [], Event()

    def shown(report: StatusReport, changed: tuple[str, ...]) -> None:
        told.append(changed)
        reports.append(report)
        if not acts:
            ended.set()
        else:
            acts.pop(0)()

    status_watch.run(nornir(fleet), 0.01, shown, ended)
    return told, reports


def test_what_changes_is_told_and_connections_stay_open(lab: Lab) -> None:
    fleet = lab("healthy")
    told, reports = watched(fleet, [lambda: None, lambda: fleet.take_down("lon-3"), lambda: fleet.bring_up("lon-3")])
    assert told[:2] == [(), ()]
    assert any(line.startswith("lon-3: Enabled") and line.endswith("→ not seen") for line in told[2]), told
    assert any("not healthy any more" in line for line in told[2]), told
    assert any(line.startswith("lon-3: not seen → Enabled") for line in told[3]), told
    logins = [event.node for event in fleet.log.select("auth")]
    assert logins.count("lon-1") <= 2, "one for the command line, one for SFTP"
    assert all(node.certificates for node in reports[-1].nodes.values())
    assert len(fleet.log.select("sftp-get", node="lon-1")) == 3, (
        "certificates under the same names are not fetched again"
    )


def test_a_node_that_refuses_the_login_is_asked_once(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = lab("healthy")
    monkeypatch.setattr(fleet, "password", "Wrong.123")
    _, reports = watched(fleet, [lambda: None, lambda: None])
    assert len(reports) == 3
    refused = [event.node for event in fleet.log.select("auth")]
    assert len(refused) == 1, "no account is locked by a watch"


def test_on_a_terminal_one_picture_until_ctrl_c(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy")
    words = ["status", "-i", str(fleet.inventory), "--watch", "--interval", "1"]
    person = Person(words, tmp_path, environment(quick_to_read(fleet)))
    try:
        person.waits_for("Ctrl-C ends")
        person.waits_for("HEALTHY")
        fleet.take_down("lon-3")
        person.waits_for("not healthy any more")
        person.types("\x03")
        assert person.ends() == 0
        assert "NOT HEALTHY" in person.seen and "Traceback" not in person.seen
        assert f"Next:mmpctlaudit--inventory{fleet.inventory}--cluster" in squeezed(person.seen), person.seen
    finally:
        person.leaves()


def test_without_a_terminal_a_line_for_each_change(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy")
    words = [*COMMAND, "status", "-i", str(fleet.inventory), "--watch", "--interval", "1"]
    with ended(
        subprocess.Popen(
            words,
            cwd=tmp_path,
            env=environment(quick_to_read(fleet)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    ) as process:
        assert process.stdout is not None
        while "1 cluster: 1 healthy" not in process.stdout.readline():
            assert process.poll() is None
        fleet.take_down("lon-3")
        while "lon-3: Enabled" not in (line := process.stdout.readline()) or "not seen" not in line:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, err) == (0, "")


@pytest.mark.parametrize("options", [("-o", "json"), ("--output-file", "status.txt")])
def test_watching_is_for_people(lab: Lab, mmpctl: Command, options: tuple[str, ...]) -> None:
    said = mmpctl("status", "--watch", *options, fleet=lab("healthy"))
    assert said.code == 2 and "--watch cannot be combined with -o or --output-file" in said.err


def test_a_dumb_terminal_gets_lines_and_no_picture(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy")
    words = ["status", "-i", str(fleet.inventory), "--watch", "--interval", "1"]
    person = Person(words, tmp_path, {**environment(quick_to_read(fleet)), "TERM": "dumb"})
    try:
        person.waits_for("1 healthy")
        fleet.take_down("lon-3")
        person.waits_for("not seen")
        person.types("\x03")
        assert person.ends() == 0
        assert "\x1b" not in person.seen
    finally:
        person.leaves()
