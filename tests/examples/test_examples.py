"""The examples run as they are, also where the working directory has folders of the same names as ours."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from mmpctl.inventory.load import load
from mmpctl.lab.scenario import sample
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
