"""The commands that look, as users type them: documents, exit codes, what goes where."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.scenario import FleetSpec, NodeSpec, Scenario, cluster, sample
from tests.support.command import Command
from tests.support.fleet import CLUSTER, KEEPER
from tests.support.lab import Lab
from tests.support.shape import AUDIT, PLAN, STATUS, check

SILENT = Fault("lon-3", "connect", "refuse", count=0)


def _database_rows(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for row in node["certificates"] if row["use"].startswith("database")]


@pytest.mark.parametrize(
    ("scenario", "faults", "code", "severity"),
    [
        ("healthy", [], 0, "ok"),
        ("due", [], 3, "due"),
        ("due", [SILENT], 10, "due"),
        ("expired", [SILENT], 4, "expired"),
    ],
)
def test_audit(lab: Lab, mmpctl: Command, scenario: Scenario, faults: list[Fault], code: int, severity: str) -> None:
    fleet = lab(scenario, faults=faults)
    said = mmpctl("audit", "-o", "json", fleet=fleet)
    assert said.code == code, said
    check(said.document, AUDIT)
    (london,) = said.document["clusters"]
    assert (london["name"], london["site"]) == (CLUSTER, "london")
    nodes = {node["name"]: node for node in london["nodes"]}
    assert {name: node["role"] for name, node in nodes.items()} == {
        "lon-1": "master",
        "lon-2": "slave",
        "lon-3": "slave",
        "lon-4": "client",
    }
    assert {row["use"]: row["severity"] for row in _database_rows(nodes["lon-1"])} == {
        "database server": severity,
        "database client": severity,
        "database ca": "ok",
    }
    assert [row["use"] for row in _database_rows(nodes["lon-4"])] == ["database client", "database ca"]
    assert all((row["days_left"] < 0) == (row["severity"] == "expired") for row in nodes["lon-1"]["certificates"])
    assert nodes["lon-3"]["reachable"] is not bool(faults)
    if faults:
        assert nodes["lon-3"]["certificates"] == []
        assert "refuses the connection" in nodes["lon-3"]["error"]
    assert fleet.password not in said.out + said.err
    assert not [event for event in fleet.log.select("sftp-get") if event.text.endswith(".key")]
    assert fleet.log.select("question", "sftp-put", "sftp-remove") == []


def test_audit_of_the_sample_fleet(lab: Lab, mmpctl: Command) -> None:
    fleet = lab(sample())
    said = mmpctl("audit", "-o", "json", "--site", "oslo", fleet=fleet)
    check(said.document, AUDIT)
    assert said.code == 3
    found = {group["name"]: [node["name"] for node in group["nodes"]] for group in said.document["clusters"]}
    assert found == {"osl-prod": ["osl-1", "osl-2", "osl-3"], "shared-test": ["tst-2", "tst-3"], None: ["osl-edge"]}
    assert not fleet.log.select("connect", node=KEEPER)


@pytest.mark.parametrize(
    ("scenario", "master", "healthy"), [("healthy", KEEPER, True), ("due", KEEPER, True), ("expired", None, False)]
)
def test_status(lab: Lab, mmpctl: Command, scenario: Scenario, master: str | None, healthy: bool) -> None:
    said = mmpctl("status", "-o", "json", fleet=lab(scenario))
    assert said.code == (0 if healthy else 4)
    check(said.document, STATUS)
    (london,) = said.document["clusters"]
    assert (london["master"], london["healthy"]) == (master, healthy)
    statuses = {node["name"]: node["status"] for node in london["nodes"]}
    assert [one["address"] for one in statuses["lon-2"]["nodes"] if one["me"]] == ["127.77.1.12"]
    assert statuses["lon-4"]["certificates"]["server_key"] is None


def test_a_slave_that_is_not_in_sync_is_not_healthy(lab: Lab, mmpctl: Command) -> None:
    (london,) = mmpctl("status", "-o", "json", fleet=lab("stale")).document["clusters"]
    assert (london["master"], london["healthy"]) == (KEEPER, False)


def test_plan(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("due")
    said = mmpctl("plan", "--certs", fleet.certificates, "-o", "json", fleet=fleet)
    assert said.code == 0, said
    check(said.document, PLAN)
    (london,) = said.document["clusters"]
    assert (london["name"], london["keeper"], london["verdict"], london["reasons"]) == (CLUSTER, KEEPER, "ready", [])
    steps = london["steps"]
    assert [step["number"] for step in steps] == list(range(1, len(steps) + 1))
    assert [step["wave"] for step in steps] == sorted(step["wave"] for step in steps)
    assert [step["node"] for step in steps if step["action"] == "initialize"] == [KEEPER]
    assert {step["node"]: step["command"] for step in steps if step["action"] == "join"} == {
        "lon-2": "database cluster join 127.77.1.11",
        "lon-3": "database cluster join 127.77.1.11",
    }
    assert fleet.log.select("question", "sftp-put") == []
    assert not [event for event in fleet.log.select("command") if "snapshot" in event.text]


def test_plan_of_an_expired_cluster_needs_the_operators_word(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("expired")
    said = mmpctl("plan", "--certs", fleet.certificates, "-o", "json", fleet=fleet)
    check(said.document, PLAN)
    (london,) = said.document["clusters"]
    assert (said.code, london["verdict"], london["steps"]) == (5, "refused", [])
    assert f"--keeper {CLUSTER}={KEEPER}" in london["reasons"][0]

    other = mmpctl("plan", "--certs", fleet.certificates, "--keeper", f"{CLUSTER}=lon-2", "-o", "json", fleet=fleet)
    assert other.code == 5 and "lon-2" in other.document["clusters"][0]["reasons"][0]

    confirmed = mmpctl("plan", "--certs", fleet.certificates, "--keeper", f"{CLUSTER}={KEEPER}", fleet=fleet)
    assert confirmed.code == 0, confirmed
    assert "database cluster join 127.77.1.11" in confirmed.out


def test_clusters_with_different_verdicts(lab: Lab, mmpctl: Command) -> None:
    oslo = cluster("osl-prod", "due", site="oslo", prefix="osl-", subnet="127.77.2")
    edge = NodeSpec("osl-edge", "127.77.2.20", "oslo")
    fleet = lab(FleetSpec((cluster(scenario="expired"), oslo), (edge,)))
    said = mmpctl("plan", "--certs", fleet.certificates, "-o", "json", fleet=fleet)
    assert said.code == 10
    assert {one["name"]: one["verdict"] for one in said.document["clusters"]} == {
        CLUSTER: "refused",
        "osl-prod": "ready",
    }
    one = mmpctl("plan", "--certs", fleet.certificates, "--cluster", "osl-prod", fleet=fleet)
    assert one.code == 0


def test_a_result_goes_into_a_file_whole_or_not_at_all(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy")
    said = mmpctl("audit", "-o", "json", "--output-file", "audit.json", fleet=fleet)
    assert (said.code, said.out) == (0, "")
    assert said.err.endswith("written to audit.json\n")
    assert '"command": "audit"' in Path("audit.json").read_text(encoding="utf-8")
    table = mmpctl("audit", "--all", "--output-file", "audit.txt", fleet=fleet)
    assert table.out == "" and "dbclusterserver.cer" in Path("audit.txt").read_text(encoding="utf-8")
    assert sorted(path.name for path in Path().iterdir()) == ["audit.json", "audit.txt"]


def test_the_folder_of_a_result_is_made(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy")
    assert mmpctl("status", "-o", "json", "--output-file", "new/er/status.json", fleet=fleet).code == 0
    assert '"command": "status"' in Path("new/er/status.json").read_text(encoding="utf-8")
    forms = ("-o", "csv", "-o", "json", "--output-dir", "reports/today", "--history", "kept/audits.sqlite")
    said = mmpctl("audit", *forms, fleet=fleet)
    assert said.code == 0 and Path("reports/today/audit.csv").is_file() and Path("kept/audits.sqlite").is_file()
    # A nightly job mails what it is told.
    assert "written to" not in said.err


def test_tables_have_no_escape_sequences_off_a_terminal(lab: Lab, mmpctl: Command) -> None:
    said = mmpctl("audit", fleet=lab("expired"))
    assert said.code == 4
    assert "EXPIRED" in said.out and "\x1b" not in said.out + said.err


@pytest.mark.parametrize("no_color", [True, False])
def test_no_color_is_honoured_on_a_terminal(
    lab: Lab, mmpctl: Command, monkeypatch: pytest.MonkeyPatch, no_color: bool
) -> None:
    fleet = lab("expired")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1") if no_color else monkeypatch.delenv("NO_COLOR", raising=False)
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        mmpctl("inventory", "check", fleet=fleet)
        terminal.flush()
        shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert "lon-1" in shown
    assert bool(re.search(r"\x1b\[(\d;)?3\dm", shown)) is not no_color


def test_the_installed_command(lab: Lab) -> None:
    fleet = lab("expired")
    command = Path(sys.executable).with_name("mmpctl")
    account = {"MMP_USERNAME": fleet.username, "MMP_PASSWORD": fleet.password}
    said = subprocess.run(
        [command, "audit", "-i", fleet.inventory, "-o", "json", "--host", "lon-1"],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **account},
        check=False,
    )
    assert (said.returncode, said.stderr) == (4, "")
    assert '"lon-1"' in said.stdout and '"lon-2"' not in said.stdout
