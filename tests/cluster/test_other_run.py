"""The sign of a run from elsewhere; the cases of `preflight/` show what comes of it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from mmpctl.cluster.other_run import OtherRun, apart, is_run, run_of, runs_seen
from mmpctl.cluster.span import span
from tests.cluster.cases import make_cluster


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("20261123-110000-ab12", True),
        ("20261123-110000-ab123", False),
        ("pre-20261123-110000-ab12", False),
        ("", False),
    ],
)
def test_the_name_of_a_run(name: str, told: bool) -> None:
    assert is_run(name) is told


@pytest.mark.parametrize("snapshot", ["pre-20261123-110000-ab12", "pre-20261123-110000-ab12-again"])
def test_the_run_of_a_snapshot(snapshot: str) -> None:
    assert run_of(snapshot) == "20261123-110000-ab12"


def test_runs_are_told_with_their_nodes_the_oldest_first() -> None:
    cluster = make_cluster(
        {
            "lon-1": "master | Enabled | backups=pre-20261123-110000-ab12 pre-20261123-110000-ab12-again",
            "lon-2": "slave | Enabled | backups=pre-20261123-110000-ab12 pre-20250101-000000-0000",
            "lon-3": "slave | silent",
        }
    )
    assert runs_seen(cluster) == (
        OtherRun("20250101-000000-0000", datetime(2025, 1, 1, tzinfo=timezone.utc), ("lon-2",)),
        OtherRun("20261123-110000-ab12", datetime(2026, 11, 23, 11, tzinfo=timezone.utc), ("lon-1", "lon-2")),
    )


@pytest.mark.parametrize(
    ("nodes", "out"),
    [
        (["master | Enabled", "slave | Enabled"], ()),
        (["master | Disabled", "slave | Disabled"], ("lon-1", "lon-2")),
        (["master | Disabled | last=", "slave | Disabled"], ("lon-2",)),
        (["master | Disabled | last=", "slave | Disabled | last="], ()),
        (["master | Enabled", "slave | Disabled | last="], ("lon-2",)),
        (["master | Disabled | last=", "slave | silent"], ()),
    ],
)
def test_who_is_out_of_a_cluster(nodes: list[str], out: tuple[str, ...]) -> None:
    assert apart(make_cluster({f"lon-{number}": line for number, line in enumerate(nodes, 1)})) == out


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "less than two minutes"),
        (119, "less than two minutes"),
        (-120, "2 minutes"),
        (7199, "119 minutes"),
        (7200, "2 hours"),
        (172799, "47 hours"),
        (172800, "2 days"),
    ],
)
def test_how_long(seconds: float, told: str) -> None:
    assert span(timedelta(seconds=seconds)) == told
