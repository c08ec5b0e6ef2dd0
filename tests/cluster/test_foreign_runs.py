"""The sign of a run from elsewhere; the cases of `preflight/` show what comes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from mmpctl.cluster.durations import span
from mmpctl.cluster.foreign_runs import (
    OtherRun,
    apart,
    begun_since,
    copies_at_work,
    is_run,
    run_of,
    runs_seen,
    young_runs,
)
from mmpctl.cluster.marks import Mark
from mmpctl.cluster.observed import ObservedCluster
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


RUN, LATER, EARLIER = "20261123-110000-ab12", "20261124-110000-ab12", "20261122-110000-ab12"


def marked(*marks: Mark) -> ObservedCluster:
    """A cluster on whose second node marks lie."""
    cluster = make_cluster({"lon-1": "master | Enabled", "lon-2": "slave | Enabled"})
    first, second = cluster.nodes
    return replace(cluster, nodes=(first, replace(second, marks=frozenset(mark.file for mark in marks))))


def test_a_mark_is_a_trace_of_its_run() -> None:
    cluster = marked(Mark(RUN, "00000001"), Mark(RUN, "00000002"))
    assert runs_seen(cluster) == (OtherRun(RUN, datetime(2026, 11, 23, 11, tzinfo=timezone.utc), ("lon-2",)),)


def test_a_mark_that_the_journal_does_not_know_is_of_a_copy_that_has_gone_on() -> None:
    mine, other, foreign = Mark(RUN, "00000001"), Mark(RUN, "00000002"), Mark(LATER, "00000003")
    known = frozenset({mine.file})
    assert not list(copies_at_work(marked(mine, foreign), RUN, known))
    (why,) = copies_at_work(marked(mine, other, foreign), RUN, known)
    assert "a copy of this run has continued: lon-2" in why and other.file in why and mine.file not in why


def test_only_a_later_run_that_is_not_known_has_come_in_between() -> None:
    cluster = marked(Mark(EARLIER, "00000001"), Mark(RUN, "00000002"), Mark(LATER, "00000003"))
    (why,) = begun_since(cluster, RUN, frozenset())
    assert LATER in why and f"--other-run {LATER}" in why and "lon-2" in why
    assert not list(begun_since(cluster, RUN, frozenset({LATER})))


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


def test_all_marks_and_all_nodes_are_told() -> None:
    first, second = Mark(RUN, "00000001"), Mark(RUN, "00000002")
    (told,) = copies_at_work(marked(second, first), RUN, frozenset())
    assert told == (
        f"a copy of this run has continued: lon-2 has the mark {first.file}, {second.file}, which this journal does "
        "not "
        "contain, so the journal does not show all that was done"
    )
    both = make_cluster(dict.fromkeys(("lon-1", "lon-2"), f"slave | Disabled | backups=pre-{LATER}"))
    (since,) = begun_since(both, RUN, frozenset())
    assert "its traces are on lon-1, lon-2. Ask" in since


def test_a_run_of_less_than_a_day_ago_may_be_at_work_unless_it_is_known_to_be_over() -> None:
    cluster = make_cluster({"lon-1": "master | Enabled | backups=pre-20261123-110000-ab12"})
    began = datetime(2026, 11, 23, 11, tzinfo=timezone.utc)
    (why,) = young_runs(cluster, frozenset(), began + timedelta(hours=23))
    assert RUN in why and "its traces are" in why
    assert not [*young_runs(cluster, frozenset({RUN}), began + timedelta(hours=23))]
    assert not [*young_runs(cluster, frozenset(), began + timedelta(hours=25))]
