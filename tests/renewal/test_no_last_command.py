"""A release that shows no `Last command` after a success: the state decides, where nothing contradicts it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mmpctl.cluster import step_kinds as kinds
from mmpctl.cluster.status import DatabaseStatus, Member
from mmpctl.errors import VerificationError
from mmpctl.inventory.reviewed_file import FILE
from mmpctl.lab.fault import Fault
from mmpctl.renewal.limits import Limits
from mmpctl.tasks.awaited import NotAccepted, OperationFailed, Sight
from mmpctl.tasks.awaited_status import AwaitedStatus
from tests.support.command import Command
from tests.support.fleet import DATABASES, KEEPER, renewed, resumed
from tests.support.lab import Lab

QUICKLY = Limits(operation=20, accept=1, between_looks=0.05)
JOIN = "database cluster join 10.1.0.1"
OUT = DatabaseStatus("Disabled", interface="a")
BUSY = DatabaseStatus("Joining")
IN = DatabaseStatus("Enabled", nodes=(Member("10.1.0.2", True, "Connected Slave ( In Sync )"),))


@pytest.mark.gate
@pytest.mark.parametrize("shown", ["never", "failures"])
@pytest.mark.parametrize("switches", [{}, {"expired_shows": "disabled", "remove_seconds": 0.4}])
def test_the_renewal_is_finished(lab: Lab, tmp_path: Path, shown: str, switches: dict[str, Any]) -> None:
    fleet = lab("expired", last_command=shown, **switches)
    rows = fleet.nodes[KEEPER].rows
    report = renewed(fleet, tmp_path, limits=QUICKLY)
    assert (report.code, report.clusters[0].outcome) == (0, "renewed"), report
    assert {node: fleet.nodes[node].rows for node in DATABASES} == dict.fromkeys(DATABASES, rows)
    assert fleet.nodes["lon-4"].enabled


def test_a_run_that_stopped_is_finished_too(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", last_command="never", faults=[Fault("lon-3", "question", "drop", match="join")])
    stopped = renewed(fleet, tmp_path, limits=QUICKLY)
    assert stopped.clusters[0].outcome == "stopped"
    assert resumed(fleet, stopped, limits=QUICKLY).code == 0
    assert len([event for event in fleet.log.select("accepted") if "initialize" in event.text]) == 1


def test_a_remove_that_only_seemed_to_succeed_is_taken_back_when_certs_are_refused(lab: Lab, tmp_path: Path) -> None:
    # It restarts half-way and forgets what it was told; its expired cluster shows Disabled all along.
    lost = Fault("lon-2", "operation", "reboot", match="remove", seconds=0.2, ends="lost")
    fleet = lab("expired", last_command="never", expired_shows="disabled", remove_seconds=0.6, faults=[lost])
    rows = fleet.nodes[KEEPER].rows
    stopped = renewed(fleet, tmp_path, limits=QUICKLY)
    assert stopped.code == 6, stopped
    assert resumed(fleet, stopped, limits=QUICKLY).code == 0
    assert {node: fleet.nodes[node].rows for node in DATABASES} == dict.fromkeys(DATABASES, rows)


def test_the_plan_says_it_beforehand(lab: Lab, mmpctl: Command) -> None:
    told = "no node shows a `Last command` that succeeded"
    for shown, expected in (("never", True), ("always", False)):
        fleet = lab("healthy", last_command=shown)
        if shown == "always":
            # What a node of the lab showed last is known once it was told something.
            fleet.nodes["lon-3"].database.last_command = (JOIN, True)
        plan = mmpctl("plan", "--certs", fleet.certificates, "-o", "json", fleet=fleet)
        assert any(told in note for note in plan.document["clusters"][0]["notes"]) is expected


def look_at(statuses: list[DatabaseStatus], before: DatabaseStatus = OUT, silent: bool = True) -> bool:
    """Whether the looks, ten seconds apart, prove the join; raises what they prove instead."""
    sight = Sight(AwaitedStatus(kinds.JOIN, JOIN, before, silent), 60.0)
    return any(sight.proves(status, 10.0 * number) for number, status in enumerate(statuses))


def named(command: str, result: str = "Success", status: DatabaseStatus = IN) -> DatabaseStatus:
    return DatabaseStatus(status.status, nodes=status.nodes, last_command=command, last_result=result)


def test_a_state_that_is_seen_for_a_minute_is_enough_where_no_node_names_a_command() -> None:
    assert not look_at([BUSY, *[IN] * 6])
    assert look_at([BUSY, *[IN] * 8])
    # A last command that failed long ago is none that succeeded.
    assert look_at([BUSY, *[IN] * 8], before=named("database cluster remove", "Failed", OUT))


@pytest.mark.parametrize(
    ("before", "statuses", "silent"),
    [
        (OUT, [BUSY, *[IN] * 9], False),
        (named("database cluster remove", status=OUT), [BUSY, *[IN] * 9], True),
        (OUT, [named("database cluster remove", status=BUSY), *[IN] * 9], True),
    ],
    ids=["another node names its last command", "the node named one before", "the node names one meanwhile"],
)
def test_a_release_that_names_commands_does_not_get_by_without(
    before: DatabaseStatus, statuses: list[DatabaseStatus], silent: bool
) -> None:
    with pytest.raises(VerificationError):
        look_at(statuses, before, silent)


def test_what_contradicts_it_counts() -> None:
    with pytest.raises(NotAccepted):
        look_at([OUT] * 9)
    with pytest.raises(OperationFailed):
        look_at([BUSY, named(JOIN, "Failed", OUT)])
    alarmed = DatabaseStatus("Enabled", nodes=IN.nodes, unknown=("FAILURE",), alarming=("FAILURE",))
    with pytest.raises(VerificationError, match="FAILURE"):
        look_at([BUSY, *[alarmed] * 9])


def test_an_old_last_command_that_goes_on_showing_is_not_none() -> None:
    old = named("database cluster remove", "Failed", OUT)
    still = DatabaseStatus("Enabled", nodes=IN.nodes, last_command=old.last_command, last_result="Failed")
    assert not look_at([BUSY, *[still] * 20], before=old)


def test_a_person_may_vouch_for_a_release(lab: Lab, tmp_path: Path) -> None:
    # lon-4 shows the last command of a release before: the others cannot be told from nodes that would show theirs.
    fleet = lab("expired", nodes={name: {"last_command": "never"} for name in DATABASES})
    fleet.nodes["lon-4"].database.last_command = ("database cluster connect 10.1.0.1", True)
    stopped = renewed(fleet, tmp_path, limits=QUICKLY)
    assert stopped.code == 7 and "vouch for it" in str(stopped.clusters[0].reason), stopped
    (fleet.inventory / FILE).write_text(
        "- release: 3.9.1\n  last_command: never shown\n  reviewed_by: Ada\n  date: 2026-01-02\n", encoding="utf-8"
    )
    assert resumed(fleet, stopped, limits=QUICKLY).code == 0
