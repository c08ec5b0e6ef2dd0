"""The examples run as they are, also where the working directory has folders of the same names as ours."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mmpctl.inventory.load import load
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import sample
from tests.support.fleet import CLUSTER, DATABASES, KEEPER
from tests.support.lab import Lab

EXAMPLES = Path(__file__).parents[2] / "examples"
TRAPS = ("tasks", "inventory", "runbooks", "templates", "reports", "device")


def test_site_status(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(sample())
    place = tmp_path / "project"
    for name in TRAPS:
        (place / name).mkdir(parents=True)
        (place / name / "__init__.py").write_text(f"raise RuntimeError('imported {name} of the working directory')")

    def run(site: str) -> str:
        said = subprocess.run(
            [sys.executable, EXAMPLES / "site_status.py", fleet.inventory, site],
            cwd=place,
            # The working directory comes first, as it does with `python -m` and in a notebook.
            env={
                **os.environ,
                "PYTHONPATH": str(place),
                "MMP_USERNAME": fleet.username,
                "MMP_PASSWORD": fleet.password,
            },
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert said.returncode == 0, said.stderr
        assert "Traceback" not in said.stdout + said.stderr
        assert fleet.password not in said.stdout
        return re.sub(r"\x1b\[[\d;]*m", "", said.stdout)

    shown = {site: run(site) for site in ("london", "oslo")}
    for site, nodes, others in (
        ("london", ("lon-1", "lon-2", "lon-3", "tst-1"), ("lon-4", "osl-1", "tst-2")),
        ("oslo", ("osl-1", "osl-2", "osl-3", "tst-2", "tst-3"), ("lon-1", "tst-1", "osl-edge")),
    ):
        for node in nodes:
            assert shown[site].count(f"* {node} ") == 2, "one result of each task"
        for node in others:
            assert f"* {node} " not in shown[site]
        assert shown[site].count("DatabaseStatus(status='Enabled'") == len(nodes)
    assert not (place / "nornir.log").exists()


def test_without_nornir(lab: Lab) -> None:
    fleet = lab("healthy")
    host = load(fleet.inventory, known_hosts=fleet.known_hosts).inventory.hosts["lon-1"]

    def run(password: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, EXAMPLES / "without_nornir.py", str(host.hostname), str(host.port)],
            env={
                **os.environ,
                "MMP_USERNAME": fleet.username,
                "MMP_PASSWORD": password,
                "MMP_KNOWN_HOSTS": str(fleet.known_hosts),
            },
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    said = run(fleet.password)
    assert said.returncode == 0, said.stderr
    lines = said.stdout.splitlines()
    assert lines[0] == "User supplied certificates and keys:" and "dbclusterca.cer" in lines
    assert lines[-3:] == [
        "127.77.1.11 Connected Master",
        *(f"127.77.1.{number} Connected Slave ( In Sync )" for number in (12, 13)),
    ]
    refused = run("wrong")
    assert refused.returncode == 1 and "Traceback" not in refused.stderr


def run(script: str, fleet: Fleet, place: Path, *words: object, answer: str = "") -> subprocess.CompletedProcess[str]:
    """Run an example as a user does, in a folder of its own."""
    return subprocess.run(
        [sys.executable, EXAMPLES / script, fleet.inventory, *map(str, words)],
        cwd=place,
        env={
            **os.environ,
            "MMP_USERNAME": fleet.username,
            "MMP_PASSWORD": fleet.password,
            "MMP_KNOWN_HOSTS": str(fleet.known_hosts),
        },
        input=answer,
        capture_output=True,
        text=True,
        check=False,
    )


def test_report_by_site(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(sample())
    said = run("report_by_site.py", fleet, tmp_path, tmp_path / "reports")
    assert "Traceback" not in said.stderr, said.stderr
    assert said.returncode == 4  # something has expired in the sample
    written = {file.name: file for file in (tmp_path / "reports").iterdir()}
    assert {"london.csv", "oslo.csv"} <= set(written)
    for name, own, other in (("london.csv", "lon-1", "osl-1"), ("oslo.csv", "osl-1", "lon-1")):
        with written[name].open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert f"{name.removesuffix('.csv')}: {len(rows)} rows" in said.stdout
        nodes = {row["node"] for row in rows}
        assert own in nodes and other not in nodes
        assert {"database server", "database client"} <= {row["use"] for row in rows if row["node"] == own}


def test_slaves_then_master(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy")
    said = run("slaves_then_master.py", fleet, tmp_path, tmp_path / "backups")
    assert said.returncode == 0, said.stderr
    waves = [line.split(": ")[:2] for line in said.stdout.splitlines()]
    assert sorted(waves[:2]) == [["slaves", "lon-2"], ["slaves", "lon-3"]] and waves[2:] == [["masters", "lon-1"]]
    made = [event.node for event in fleet.log.select("command") if event.text.startswith("backup snapshot")]
    assert sorted(made[:2]) == ["lon-2", "lon-3"] and made[2:] == ["lon-1"]
    assert {file.parent.parent.name for file in (tmp_path / "backups").rglob("*.bak")} == set(DATABASES)


def test_slaves_then_master_leaves_the_master_alone_if_a_slave_fails(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy", faults=[Fault("lon-3", "download", "drop", match=".bak", count=9)])
    said = run("slaves_then_master.py", fleet, tmp_path, tmp_path / "backups")
    assert said.returncode == 10, said.stdout
    made = {event.node for event in fleet.log.select("command") if event.text.startswith("backup snapshot")}
    assert made == {"lon-2", "lon-3"}


def test_own_finding(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy")
    said = run("own_finding.py", fleet, tmp_path, "CN=Nobody")
    assert said.returncode == 3, said.stderr
    assert "lon-1: database server: due: our-ca: " in said.stdout
    # Every issuer of the lab has a name.
    said = run("own_finding.py", fleet, tmp_path, "CN=")
    assert said.returncode == 0 and "our-ca" not in said.stdout, said.stdout


@pytest.mark.gate
def test_renew_with_callback(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("due")
    said = run("renew_with_callback.py", fleet, tmp_path, fleet.certificates, CLUSTER, answer="no\n")
    assert said.returncode == 5 and fleet.log.select("accepted") == [], said
    said = run("renew_with_callback.py", fleet, tmp_path, fleet.certificates, CLUSTER, answer="yes\n")
    assert said.returncode == 0, said.stdout + said.stderr
    lines = said.stdout.splitlines()
    begun = [line for line in lines if line.endswith(" begins")]
    ended = [line for line in lines if line.endswith(" ends well")]
    assert len(begun) == len(ended) > 10
    assert f"{CLUSTER}: initialize on {KEEPER} begins" in begun and f"{CLUSTER}: renewed" in lines
    (page,) = tmp_path.glob("runs/*/report.html")
    assert lines[-1] == f"the report is {page.relative_to(tmp_path)}"
