"""The calm run that all deaths are compared with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mmpctl.cluster.target import Naming
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import single
from mmpctl.runs.journal import read
from tests.proof.boundaries import record_name
from tests.proof.calm import LIMITS, Calm
from tests.proof.death import Mortal
from tests.proof.ending import ending
from tests.support.fleet import KEEPER, renewed
from tests.support.lab import QUICK


@pytest.fixture(scope="session", params=[Naming.VERSIONED, pytest.param(Naming.SAME, marks=pytest.mark.prove)])
def calm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calm]:
    folder = tmp_path_factory.mktemp("calm")
    (folder / "lab").mkdir()
    run = Mortal()
    with Fleet(single("expired"), folder / "lab", switches=QUICK, networking="ports") as fleet:
        rows = fleet.nodes[KEEPER].rows
        with run.living():
            report = renewed(fleet, folder, limits=LIMITS, names=request.param)
        assert report.code == 0, report
        assert report.folder is not None
        assert report.run is not None
        records = read(report.folder / "journal.jsonl", report.run)[0]
        names = tuple(record_name(record.event, record.step, record.result) for record in records)
        yield Calm(request.param, tuple(sorted(run.passed)), names, rows, ending(fleet))
