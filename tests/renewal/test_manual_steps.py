"""Somebody goes on by hand with a stopped run: `resume` takes what the devices show, and ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from tests.support.command import Command
from tests.support.fleet import CLUSTER, DATABASES, KEEPER, accepted, renewed, resumed
from tests.support.follow import follow, typed
from tests.support.lab import Lab

RENEW = ("--keeper", f"{CLUSTER}={KEEPER}", "--yes", "-o", "json")


def finished(
    lab: Lab, mmpctl: Command, folder: Path, fault: Fault, names: str = "versioned"
) -> tuple[Fleet, dict[str, Any]]:
    """A run that met a fault, and whose rest somebody has done by its printed procedure."""
    fleet = lab("expired", faults=[fault])
    options = ("--certs", fleet.certificates, "--names", names, "--operation-minutes", "0.008")
    stopped = mmpctl("renew", *options, *RENEW, fleet=fleet)
    fleet.faults.clear()
    for name in fleet.nodes:
        fleet.bring_up(name)
    follow(fleet, stopped.document["clusters"][0]["by_hand"], folder)
    return fleet, stopped.document


@pytest.mark.gate
@pytest.mark.parametrize(
    "fault",
    [
        Fault("lon-3", "operation", "fail", match="remove"),
        Fault("lon-2", "operation", "die", match="remove"),
        Fault(KEEPER, "operation", "die", match="remove"),
    ],
    ids=["slave-failed", "slave-unseen", "keeper-unseen"],
)
def test_a_cluster_that_was_finished_by_hand_is_not_taken_apart_again(
    lab: Lab, mmpctl: Command, tmp_path: Path, fault: Fault
) -> None:
    fleet, stopped = finished(lab, mmpctl, tmp_path, fault)
    told = accepted(fleet)

    ended = mmpctl("resume", stopped["run"], "--yes", "-o", "json", fleet=fleet)

    assert (ended.code, ended.document["clusters"][0]["outcome"]) == (0, "renewed"), ended
    assert accepted(fleet) == told
    rows = fleet.nodes[KEEPER].rows
    assert rows and {name: fleet.nodes[name].rows for name in DATABASES} == dict.fromkeys(DATABASES, rows)


def test_names_that_were_in_use_before_show_nothing_and_the_run_can_be_closed(
    lab: Lab, mmpctl: Command, tmp_path: Path
) -> None:
    fleet, stopped = finished(lab, mmpctl, tmp_path, Fault("lon-2", "operation", "die", match="remove"), "same")
    told = accepted(fleet)

    again = mmpctl("resume", stopped["run"], "--yes", "-o", "json", fleet=fleet)

    assert again.code == 7 and accepted(fleet) == told, again
    assert f"mmpctl runs --close {stopped['run']}" in " ".join(again.document["clusters"][0]["advice"])
    assert mmpctl("status", fleet=fleet).code == 0


def test_files_of_names_that_were_in_use_are_not_taken_for_configured(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("expired", faults=[Fault(KEEPER, "command", "drop", match="certs")])
    rows = fleet.nodes[KEEPER].rows
    stopped = mmpctl("renew", "--certs", fleet.certificates, "--names", "same", *RENEW, fleet=fleet).document
    for node, command in (
        (KEEPER, "initialize"),
        ("lon-2", "join 127.77.1.11"),
        ("lon-3", "join 127.77.1.11"),
        ("lon-4", "connect 127.77.1.11"),
    ):
        typed(fleet, node, f"database cluster {command}")

    again = mmpctl("resume", stopped["run"], "--yes", "-o", "json", fleet=fleet)

    (cluster,) = again.document["clusters"]
    assert (again.code, cluster["outcome"]) == (0, "renewed"), again
    assert not any(f"know of a certs of {KEEPER}" in line for line in cluster["found"])
    assert len(fleet.log.select("command", node=KEEPER, text="cluster certs")) == 2, (
        "the keeper was given them after all"
    )
    assert {name: fleet.nodes[name].rows for name in DATABASES} == dict.fromkeys(DATABASES, rows)


def test_a_node_whose_join_ended_in_error_is_joined_again_after_its_remove_by_hand(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[Fault("lon-2", "operation", "fail", match="join")], failed_status="error")
    rows = fleet.nodes[KEEPER].rows
    stopped = renewed(fleet, tmp_path)
    assert (stopped.code, stopped.clusters[0].outcome) == (7, "stopped")
    assert "Type `database cluster remove` on it first" in (stopped.clusters[0].reason or "")
    fleet.faults.clear()
    assert resumed(fleet, stopped).code == 7

    typed(fleet, "lon-2", "database cluster remove")
    ended = resumed(fleet, stopped)

    assert (ended.code, ended.clusters[0].outcome) == (0, "renewed"), ended
    assert {name: fleet.nodes[name].rows for name in DATABASES} == dict.fromkeys(DATABASES, rows)


def test_the_keepers_data_is_not_called_good_when_somebody_has_emptied_it(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[Fault("lon-2", "command", "drop", match="certs")])
    stopped = renewed(fleet, tmp_path)
    assert f"The good copy of the database is on {KEEPER}" in " ".join(stopped.clusters[0].advice)
    typed(fleet, KEEPER, "database cluster join 127.77.1.12")
    assert not fleet.nodes[KEEPER].rows

    again = resumed(fleet, stopped).clusters[0]

    assert (again.code, again.outcome) == (7, "stopped")
    assert "a join that did not succeed" in (again.reason or "")
    advice = " ".join(again.advice)
    assert f"It is not known whether {KEEPER} still has its database" in advice and "good copy" not in advice
