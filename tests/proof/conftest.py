"""The calm run that all deaths are compared with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from mmpctl.cluster.target import Naming
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import single
from mmpctl.renewal.limits import Limits
from mmpctl.runs.journal import read
from tests.proof.boundaries import Point, record_name
from tests.proof.death import Mortal
from tests.proof.ending import NodeEnding, ending
from tests.support.children import PATIENCE_SECONDS
from tests.support.fleet import KEEPER, renewed
from tests.support.lab import QUICK

ACCEPT_SECONDS = 0.3
LIMITS = Limits(operation=PATIENCE_SECONDS, accept=ACCEPT_SECONDS, between_looks=0.05)
_UNDER_WAY_SECONDS = 0.5


@dataclass(frozen=True)
class Calm:
    """A run that nothing disturbed.

    Args:
        file_names: `versioned` or `same`.
        points: those that it passed, in a fixed order.
        records: the names of its records.
        rows: of the keeper's database, before it.
        ending: how it ended on each node.
    """

    file_names: str
    points: tuple[Point, ...]
    records: tuple[str, ...]
    rows: tuple[str, ...]
    ending: dict[str, NodeEnding]


def durations(point: Point) -> dict[str, Any]:
    """Switches of a lab in which an operation that was confirmed right before a death is under way at the resumption.

    Args:
        point: of the death.
    """
    return {f"{point.command.split()[-1]}_seconds": _UNDER_WAY_SECONDS} if point.confirms else {}


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
