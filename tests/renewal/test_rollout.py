"""Many clusters: canaries first, a few at a time, and no further one once too much has gone wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Lock

import pytest

from mmpctl.cluster.keeper import KeeperDecision
from mmpctl.cluster.preflight import Preflight, Verdict
from mmpctl.errors import UsageError
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import FleetSpec, cluster
from mmpctl.renewal.context import Watch
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan
from mmpctl.renewal.jobs.database_cluster.preparation import Prepared
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.rollout import Rollout, in_turn
from mmpctl.renewal.stop import Stop
from mmpctl.renewal.unit import Unit
from mmpctl.runbooks import resume
from mmpctl.runbooks.renew import RenewReport
from mmpctl.runs.ending import Ending
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.state import unfinished
from mmpctl.times import now_utc
from tests.cluster.cases import make_cluster, make_goal
from tests.support.fleet import LIMITS, nornir, renewed
from tests.support.lab import Lab


def plans(names: Iterable[str]) -> list[ClusterPlan]:
    made = []
    for name in names:
        seen = replace(make_cluster({f"{name}-1": "master | Disabled"}), name=name)
        keeper = KeeperDecision(f"{name}-1", False, True, (), (), ())
        prepared = Prepared(seen, make_goal(seen), {}, {}, now_utc())
        made.append(ClusterPlan(prepared, keeper, preflight=Preflight(Verdict.READY)))
    return made


class Acts:
    """Carries out nothing: the clusters end as they are told to, and the order in which they begin is kept."""

    def __init__(self, **ends: str) -> None:
        self.ends = ends
        self.begun: list[str] = []
        self.at_once = self.most = 0
        self.lock = Lock()

    def __call__(self, plan: ClusterPlan) -> UnitOutcome:
        with self.lock:
            self.begun.append(plan.name)
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        outcome = self.ends.get(plan.name, "renewed")
        with self.lock:
            self.at_once -= 1

        return UnitOutcome(plan.unit, Ending(outcome))


def ended(outcomes: Iterable[UnitOutcome]) -> dict[str, str]:
    return {outcome.name: outcome.outcome for outcome in outcomes}


def test_all_are_renewed_where_nothing_goes_wrong() -> None:
    acts = Acts()
    assert ended(in_turn(plans("abcdef"), Rollout(), Stop(), acts)) == dict.fromkeys("abcdef", "renewed")
    assert sorted(acts.begun) == list("abcdef")


@pytest.mark.parametrize("at_once", [1, 3])
def test_no_more_than_allowed_at_once(at_once: int) -> None:
    together = Barrier(at_once)
    acts = Acts()

    def act(plan: ClusterPlan) -> UnitOutcome:
        with acts.lock:
            acts.at_once += 1
            acts.most = max(acts.most, acts.at_once)
        together.wait(10)
        with acts.lock:
            acts.at_once -= 1
        return UnitOutcome(plan.unit, Ending.RENEWED)

    in_turn(plans("abcdef"), Rollout(at_once=at_once), Stop(), act)
    assert acts.most == at_once


@pytest.mark.parametrize(("max_failures", "begun"), [(0, "ab"), (1, "abcd"), (2, "abcde")], ids=["none", "one", "two"])
def test_too_many_failures_begin_no_further_one(max_failures: int, begun: str) -> None:
    acts = Acts(b="stopped", d="failed", c="refused")
    rollout = Rollout(at_once=1, max_failures=max_failures)
    outcomes = in_turn(plans("abcde"), rollout, Stop(), acts)
    assert acts.begun == list(begun)
    late = [one for one in outcomes if one.name not in begun]
    assert all((one.outcome, one.code) == ("not started", 6) for one in late)
    assert all("b" in (one.reason or "") and "--max-failures" in (one.reason or "") for one in late)


def test_refusals_do_not_count() -> None:
    acts = Acts(a="refused", b="refused")
    assert ended(in_turn(plans("abc"), Rollout(at_once=1), Stop(), acts))["c"] == "renewed"


def test_the_canary_goes_first_and_alone() -> None:
    acts = Acts()
    outcomes = in_turn(plans("abc"), Rollout(("c",), at_once=4), Stop(), acts)
    assert acts.begun[0] == "c"
    assert ended(outcomes) == dict.fromkeys("abc", "renewed")


@pytest.mark.parametrize("end", ["stopped", "failed", "refused"])
def test_without_its_canary_nothing_is_begun(end: str) -> None:
    acts = Acts(b=end)
    outcomes = in_turn(plans("abc"), Rollout(("b",), max_failures=5), Stop(), acts)
    assert acts.begun == ["b"]
    assert ended(outcomes) == {"a": "not started", "b": end, "c": "not started"}
    assert "the canary b" in (outcomes[-1].reason or "")


def test_a_wish_to_stop_begins_no_further_one() -> None:
    stop = Stop()

    def act(plan: ClusterPlan) -> UnitOutcome:
        stop.wish()
        return UnitOutcome(plan.unit, Ending.RENEWED)

    outcomes = in_turn(plans("abc"), Rollout(at_once=1), stop, act)
    assert ended(outcomes) == {"a": "renewed", "b": "not started", "c": "not started"}


# Three clusters of one node each would be no clusters: two nodes are the least that join.
THREE = FleetSpec(
    tuple(
        cluster(f"{site}-prod", "due", site=site, prefix=f"{site}-", subnet=f"127.77.{number}")
        for number, site in enumerate(("ber", "osl", "par"), 1)
    )
)


def in_lab(lab: Lab, *faults: Fault) -> Fleet:
    return lab(THREE, faults=faults)


def finished(fleet: Fleet, report: RenewReport) -> RenewReport:
    assert report.folder is not None
    return resume.run(nornir(fleet), RunFolder(report.folder), watch=Watch(limits=LIMITS))


def test_what_was_not_started_is_untouched_and_resumed(lab: Lab, tmp_path: Path) -> None:
    fleet = in_lab(lab, Fault("osl-2", "operation", "fail", match="remove"))
    stopped = renewed(fleet, tmp_path, keepers={}, rollout=Rollout(("osl-prod",)))
    assert {one.name: (one.outcome, one.code) for one in stopped.clusters} == {
        "osl-prod": ("stopped", 6),
        "ber-prod": ("not started", 6),
        "par-prod": ("not started", 6),
    }
    assert stopped.code == 6
    assert {event.node[:3] for event in fleet.log.select("accepted")} == {"osl"}
    assert not fleet.log.select("command", text="backup snapshot", node="ber-1")
    fleet.faults.clear()

    report = finished(fleet, stopped)

    assert {one.outcome for one in report.clusters} == {"renewed"}, report
    first = fleet.log.select("accepted", node="osl-1")[0].seq
    assert all(event.seq > first for event in fleet.log.select("accepted") if event.node[:3] != "osl")
    assert len(fleet.log.select("accepted", text="initialize")) == 3


def test_what_was_begun_is_finished_beside_a_cluster_that_needs_a_person(lab: Lab, tmp_path: Path) -> None:
    # One join fails and fails again; of the other cluster, only the backups were made when its line broke.
    faults = Fault("osl-2", "operation", "fail", match="join", count=0), Fault("par-2", "upload", "drop", count=2)
    fleet = in_lab(lab, *faults)
    stopped = renewed(fleet, tmp_path, keepers={})
    assert {one.name: one.outcome for one in stopped.clusters} == {
        "ber-prod": "renewed",
        "osl-prod": "stopped",
        "par-prod": "stopped",
    }
    report = finished(fleet, stopped)
    assert {one.name: one.outcome for one in report.clusters} == {
        "ber-prod": "nothing to do",
        "osl-prod": "stopped",
        "par-prod": "renewed",
    }, report


def test_what_was_not_started_may_be_renewed_on_its_own(lab: Lab, tmp_path: Path) -> None:
    fleet = in_lab(lab, Fault("ber-2", "operation", "fail", match="remove"))
    stopped = renewed(fleet, tmp_path, keepers={}, rollout=Rollout(at_once=1))
    assert [one.outcome for one in stopped.clusters] == ["stopped", "not started", "not started"]
    assert renewed(fleet, tmp_path, "osl-prod", keepers={}).code == 0
    fleet.faults.clear()
    report = finished(fleet, stopped)
    assert {one.name: one.outcome for one in report.clusters} == {
        "ber-prod": "renewed",
        "osl-prod": "nothing to do",
        "par-prod": "renewed",
    }
    assert unfinished(tmp_path / "runs", "osl-prod") is None


def test_a_canary_that_is_refused_lets_nothing_begin(lab: Lab, tmp_path: Path) -> None:
    fleet = in_lab(lab)
    fleet.take_down("ber-3")
    report = renewed(fleet, tmp_path, keepers={}, rollout=Rollout(("ber-prod",)))
    assert [one.outcome for one in report.clusters] == ["refused", "not started", "not started"]
    assert report.run is None
    assert not fleet.log.select("accepted")


def test_an_unknown_canary(lab: Lab, tmp_path: Path) -> None:
    fleet = in_lab(lab)
    with pytest.raises(UsageError, match="--canary rom-prod: no such cluster"):
        renewed(fleet, tmp_path, keepers={}, rollout=Rollout(("rom-prod",)))
    assert not fleet.log.select("connect")


def before(**ends: str) -> list[UnitOutcome]:
    return [UnitOutcome(Unit("database", name, ""), Ending(outcome)) for name, outcome in ends.items()]


@pytest.mark.parametrize("end", ["stopped", "failed", "refused"])
def test_a_resumed_run_does_not_walk_past_a_canary_that_was_not_renewed(end: str) -> None:
    acts = Acts()
    outcomes = in_turn(plans("bc"), Rollout(("a",)), Stop(), acts, before(a=end))
    assert ended(outcomes) == dict.fromkeys("bc", "not started") and not acts.begun
    assert all(f"the canary a ({end})" in (one.reason or "") for one in outcomes)
    assert ended(in_turn(plans("bc"), Rollout(("a",)), Stop(), acts, before(a="renewed"))) == dict.fromkeys(
        "bc", "renewed"
    )


def test_a_resumed_run_counts_what_has_failed_before_but_puts_together_what_is_apart() -> None:
    acts = Acts()
    outcomes = in_turn(plans("bcd"), Rollout(), Stop(), acts, before(a="failed"), frozenset("c"))
    assert ended(outcomes) == {"c": "renewed", "b": "not started", "d": "not started"} and acts.begun == ["c"]
