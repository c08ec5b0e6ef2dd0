"""Kill anywhere, for real: a process of `mmpctl renew` dies by SIGKILL at every point, and `mmpctl resume` finishes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tests
from mmpctl.cluster.target import Naming
from mmpctl.lab.fleet import Fleet
from mmpctl.runs import runs_folder
from tests.proof import killed
from tests.proof.boundaries import Point
from tests.proof.calm import ACCEPT_SECONDS, Calm, durations
from tests.proof.ending import ending
from tests.support import schemas
from tests.support.children import PATIENCE_SECONDS
from tests.support.fleet import CLUSTER, KEEPER, QUIET_SECONDS
from tests.support.lab import Lab

HANDS = 38

pytestmark = [pytest.mark.prove, pytest.mark.timeout(900)]


@pytest.mark.parametrize("calm", [Naming.VERSIONED], indirect=True)
def test_the_number_of_kills(calm: Calm, figure: Callable[[str, int | str], None]) -> None:
    dealt = [point for hand in range(HANDS) for point in calm.points[hand::HANDS]]
    assert sorted(dealt) == list(calm.points)
    figure("points of death of a renewal, by SIGKILL", len(dealt))


@pytest.mark.parametrize("calm", [Naming.VERSIONED], indirect=True)
@pytest.mark.parametrize("hand", range(HANDS))
def test_a_process_that_was_killed_is_finished_by_another(lab: Lab, tmp_path: Path, calm: Calm, hand: int) -> None:
    wrong = {}
    for number, point in enumerate(calm.points[hand::HANDS]):
        fleet = lab("expired", **durations(point))
        place = tmp_path / str(number)
        place.mkdir()
        told = _killed_and_resumed(fleet, place, point, calm)
        fleet.stop()
        if told is not None:
            wrong[str(point)] = told
    assert not wrong


def _killed_and_resumed(fleet: Fleet, place: Path, point: Point, calm: Calm) -> str | None:
    defaults = {
        "platform": "cisco_cms",
        "connection_options": {"netmiko": {"extras": {"quiet_seconds": QUIET_SECONDS}}},
    }
    (fleet.inventory / "defaults.yaml").write_text(json.dumps(defaults), encoding="utf-8")
    died = _mmpctl(fleet, place, "renew", "--certs", fleet.certificates, "--keeper", f"{CLUSTER}={KEEPER}", at=point)
    if died.returncode != -signal.SIGKILL:
        return f"not killed: {died}"
    run = runs_folder.every(place / "runs")[-1].name
    resumed = _mmpctl(fleet, place, "resume", run)
    if resumed.returncode != 0:
        return f"not finished: {resumed}"
    if ending(fleet) != calm.ending:
        return f"another end: {ending(fleet)}, not {calm.ending}"
    again = schemas.parse(_mmpctl(fleet, place, "resume", run).stdout)
    if again["clusters"][0]["outcome"] != "nothing to do":
        return f"something was left: {again}"
    return None


def _mmpctl(
    fleet: Fleet, place: Path, *arguments: str | Path, at: Point | None = None
) -> subprocess.CompletedProcess[str]:
    environment: dict[str, Any] = {
        **os.environ,
        "MMP_USERNAME": fleet.username,
        "MMP_PASSWORD": fleet.password,
        "PYTHONPATH": str(Path(tests.__file__).parent.parent),
        killed.ACCEPT: str(ACCEPT_SECONDS),
    }
    if at is not None:
        environment |= {killed.WHAT: at.what, killed.MOMENT: at.moment, killed.LAB_LOG: str(fleet.folder / "lab.log")}
    words = [*map(str, arguments), "-i", str(fleet.inventory), "--runs", str(place / "runs"), "--yes", "-o", "json"]
    return subprocess.run(
        [sys.executable, "-m", killed.__name__, *words],
        env=environment,
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
