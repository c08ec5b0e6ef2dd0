"""Nodes that move no files by SFTP are found before anything is touched; one session at a time is enough for a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Command
from tests.support.fleet import CLUSTER, DATABASES, KEEPER, renewed, resumed
from tests.support.lab import Lab

CONFIRMED = "--keeper", f"{CLUSTER}={KEEPER}"


def test_a_plan_is_refused_where_a_node_refuses_sftp(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("expired", nodes={"lon-3": {"sftp": False}})
    plan = mmpctl("plan", "--certs", fleet.certificates, "-o", "json", *CONFIRMED, fleet=fleet)
    (one,) = plan.document["clusters"]
    assert (plan.code, one["verdict"]) == (5, "refused")
    (reason,) = one["reasons"]
    assert reason.startswith("lon-3 does not transfer files by SFTP") and "the node offers no SFTP (" in reason


@pytest.mark.parametrize("switches", [{"sessions": 1}, {"sessions": 1, "sftp_beside_shell": False}])
def test_where_one_session_is_all_the_shell_is_closed_for_transfers(
    lab: Lab, tmp_path: Path, switches: dict[str, Any]
) -> None:
    fleet = lab("expired", **switches)
    rows = fleet.nodes[KEEPER].rows
    report = renewed(fleet, tmp_path)
    assert (report.code, report.clusters[0].outcome) == (0, "renewed"), report
    assert {node: fleet.nodes[node].rows for node in DATABASES} == dict.fromkeys(DATABASES, rows)
    assert resumed(fleet, report).clusters[0].outcome == "nothing to do"


def test_a_plan_and_an_audit_get_by_with_one_session(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy", sessions=1)
    plan = mmpctl("plan", "--certs", fleet.certificates, "-o", "json", fleet=fleet)
    assert plan.document["clusters"][0]["verdict"] == "ready", plan
    audit = mmpctl("audit", "-o", "json", fleet=fleet)
    assert audit.code == 0
    rows = [row for node in audit.document["clusters"][0]["nodes"] for row in node["certificates"]]
    assert {row["source"] for row in rows} == {"sftp"}


def test_a_node_that_refuses_sftp_is_not_asked_again_for_each_file(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy", sftp=False)
    mmpctl("audit", "-o", "json", fleet=fleet)
    logins = [event for event in fleet.log.select("auth") if event.node == KEEPER]
    assert len(logins) < 8, logins
