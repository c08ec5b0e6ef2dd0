"""A release whose status shows a line that nobody knows: no node is called dead for it, no cluster is left apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.inventory.reviewed_file import FILE
from mmpctl.lab.fault import Fault
from tests.support.command import Command
from tests.support.fleet import CLUSTER, DATABASES, KEEPER, renewed, resumed
from tests.support.lab import Lab

LINE = "Sync status : OK"
CONFIRMED = "--keeper", f"{CLUSTER}={KEEPER}", "--yes"


def shows(line: str = LINE, match: str = "database cluster status", node: str = "*") -> Fault:
    return Fault(node, "output", "inject", count=0, match=match, text=line)


def reviewed(folder: Path, line: str = LINE) -> None:
    (folder / FILE).write_text(f"- line: '{line}'\n  reviewed_by: Ada\n  date: 2026-01-02\n", encoding="utf-8")


def test_before_anything_is_touched_it_is_refused_and_a_reviewed_file_lets_it_pass(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("expired", faults=[shows()])
    command = ("renew", "--certs", str(fleet.certificates), "-o", "json", *CONFIRMED)
    refused = mmpctl(*command, fleet=fleet)
    (one,) = refused.document["clusters"]
    assert (refused.code, one["outcome"]) == (5, "refused")
    assert f"shows a line that is not known: '{LINE}'" in one["reason"] and FILE in one["reason"]
    assert "does not answer" not in one["reason"]
    assert not fleet.log.select("accepted")

    reviewed(fleet.inventory)
    assert mmpctl(*command, fleet=fleet).code == 0


def test_once_the_cluster_is_open_it_is_noted_and_not_fatal(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[shows(match="In Sync")])
    rows = fleet.nodes[KEEPER].rows
    report = renewed(fleet, tmp_path)
    assert (report.code, report.clusters[0].outcome) == (0, "renewed"), report
    assert {node: fleet.nodes[node].rows for node in DATABASES} == dict.fromkeys(DATABASES, rows)


@pytest.mark.parametrize("line", ["Replication ERROR : 17", "10.1.1.1 - Connected Master"])
def test_a_line_that_may_report_a_fault_stops_the_run_until_a_person_has_read_it(
    lab: Lab, tmp_path: Path, line: str
) -> None:
    fleet = lab("expired", faults=[shows(line, match="In Sync")])
    stopped = renewed(fleet, tmp_path)
    (one,) = stopped.clusters
    assert (one.code, one.outcome) == (7, "stopped"), stopped
    assert one.reason is not None and repr(line) in one.reason
    assert "does not answer" not in str(one) and "dead for good" not in str(one)
    assert resumed(fleet, stopped).code == 7

    reviewed(fleet.inventory, line)
    assert resumed(fleet, stopped).code == 0
    assert len([event for event in fleet.log.select("accepted") if "initialize" in event.text]) == 1


def test_a_node_that_answers_in_unknown_words_is_not_called_dead(lab: Lab, tmp_path: Path) -> None:
    twice = Fault("lon-2", "command", "refuse", match="database cluster status", count=0, text="Status : Enabled")
    fleet = lab("expired")
    stopping = Fault("lon-2", "command", "refuse", match="certs", text="ERROR: Not now.")
    fleet.faults.add(stopping)
    stopped = renewed(fleet, tmp_path)
    assert stopped.code == 6
    fleet.faults.add(twice)
    told = str(resumed(fleet, stopped).clusters[0])
    assert "answers, but is not understood" in told
    assert "does not answer" not in told and "dead for good" not in told


def test_commands_that_only_read_show_what_they_know_and_name_what_they_do_not(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy", faults=[shows()])
    status = mmpctl("status", "-o", "json", fleet=fleet)
    (cluster,) = status.document["clusters"]
    assert cluster["healthy"]
    assert all(node["status"]["unknown"] == [LINE] for node in cluster["nodes"])
    assert f"lon-1 shows a line that is not known: '{LINE}'" in mmpctl("status", fleet=fleet).out.replace("\n", " ")

    audit = mmpctl("audit", "-o", "json", fleet=fleet)
    (cluster,) = audit.document["clusters"]
    assert audit.code == 0
    for node in cluster["nodes"]:
        assert any(row["use"] == "database client" for row in node["certificates"])
        (found,) = node["findings"]
        assert (found["id"], found["severity"]) == ("unknown-line", "note") and LINE in found["message"]


def test_an_audit_lists_the_certificates_beside_a_line_that_may_report_a_fault(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy", faults=[shows("Replication FAILURE", node="lon-2")])
    audit = mmpctl("audit", "-o", "json", fleet=fleet)
    node = audit.document["clusters"][0]["nodes"][1]
    assert audit.code == 10
    assert any(row["use"] == "database server" for row in node["certificates"])
    assert [found["id"] for found in node["findings"]] == ["not-understood"]
    assert not mmpctl("status", "-o", "json", fleet=fleet).document["clusters"][0]["healthy"]
