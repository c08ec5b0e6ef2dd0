"""What a preflight sees beside the cluster: clocks, releases, backups; and what it makes of nodes that tell nothing."""

from __future__ import annotations

from typing import Any

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan
from mmpctl.runbooks import plan as planning
from mmpctl.times import now_utc
from tests.support.fleet import CLUSTER, nornir
from tests.support.lab import Lab

DAY = 86400.0


def planned(fleet: Fleet, **options: Any) -> ClusterPlan:
    (plan,) = planning.run(nornir(fleet), fleet.certificates, clock=now_utc, **options).clusters
    return plan


@pytest.mark.parametrize("form", ["long", "iso", "unix"])
def test_a_clock_is_read_in_every_form(lab: Lab, form: str) -> None:
    fleet = lab("due", nodes={"lon-2": {"date": form, "clock_offset": 5400.0}})
    plan = planned(fleet)
    ahead = {node.name: node.clock_ahead for node in plan.cluster.nodes}
    assert ahead["lon-2"] == pytest.approx(5400, abs=2) and ahead["lon-1"] == pytest.approx(0, abs=2)
    assert plan.preflight.verdict == "ready"
    assert any("lon-2's clock is 9" in note or "lon-2's clock is 89" in note for note in plan.preflight.notes)
    assert {node.release for node in plan.cluster.nodes} == {"3.9.1"}


def test_a_clock_that_is_a_day_behind_is_refused(lab: Lab) -> None:
    fleet = lab("due", nodes={"lon-3": {"clock_offset": -DAY}})
    plan = planned(fleet)
    (reason,) = plan.preflight.reasons
    assert "lon-3's clock shows" in reason and "are not valid before" in reason
    assert not plan.awaits_word


def test_a_clock_years_ahead_is_refused(lab: Lab) -> None:
    fleet = lab("due", nodes={"lon-4": {"clock_offset": 3000 * DAY}})
    (reason,) = planned(fleet).preflight.reasons
    assert "lon-4's clock shows" in reason and "expired since" in reason


def test_what_is_not_known_is_no_reason(lab: Lab) -> None:
    fleet = lab(
        "due",
        faults=[Fault("lon-2", "command", "drop", match="date", count=2)],
        nodes={
            "lon-1": {"unknown": frozenset({"date", "version"})},
            "lon-3": {"date": "local", "clock_offset": 30 * DAY, "release": "who knows"},
            "lon-4": {"unknown": frozenset({"backup"})},
        },
    )
    plan = planned(fleet)
    assert plan.preflight.verdict == "ready", plan.preflight
    nodes = {node.name: node for node in plan.cluster.nodes}
    assert [nodes[name].clock_ahead for name in ("lon-1", "lon-2", "lon-3")] == [None, None, None]
    assert nodes["lon-1"].release is None and nodes["lon-3"].release is None and nodes["lon-2"].release == "3.9.1"
    assert all(node.backups == () for node in nodes.values())


def test_different_releases_are_told(lab: Lab) -> None:
    notes = planned(lab("due", nodes={"lon-3": {"release": "3.8"}})).preflight.notes
    assert any("3.9.1 on lon-1, lon-2, lon-4; 3.8 on lon-3" in note for note in notes)


@pytest.mark.parametrize("form", ["names", "sizes", "header"])
def test_backups_have_the_size_and_the_time_of_their_files(lab: Lab, form: str) -> None:
    fleet = lab("expired", backup_list=form)
    (fleet.nodes["lon-2"].files / "weekly.bak").write_bytes(b"x" * 4242)
    plan = planned(fleet, keepers={CLUSTER: "lon-1"})
    (backup,) = plan.cluster.node("lon-2").backups or ()
    assert (backup.name, backup.bytes) == ("weekly", 4242) and backup.modified is not None
    document = planning.document(planning.PlanReport((plan,)))
    told = document["clusters"][0]["keeper_evidence"][1]
    assert told.startswith("lon-2 (slave in the inventory): ")
    assert "newest backup weekly: 4242 bytes, less than two minutes old" in told


def test_a_plan_costs_one_connection_more_for_the_second_try_of_sftp(lab: Lab) -> None:
    fleet = lab("due")
    planned(fleet)
    for node in fleet.nodes:
        asked = [event.text for event in fleet.log.select("command", node=node)]
        assert sorted(asked) == [
            "backup list",
            "database cluster status",
            "date",
            "pki list",
            "user list",
            "version",
        ], asked
        assert len(fleet.log.select("auth", node=node)) == 3, "the command line, SFTP, and SFTP again"
