"""The account that looks: one that may see nothing never stands for a fleet that is well, and its password may end."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from mmpctl.audit.document import document
from mmpctl.history.changes import changes
from mmpctl.lab.scenario import NodeSpec, single
from mmpctl.reports.audit.nagios import audit_nagios
from mmpctl.reports.audit.prometheus import audit_prometheus
from mmpctl.runbooks import audit
from mmpctl.runbooks import plan as planning
from mmpctl.times import now_utc
from tests.support import schemas
from tests.support.audit_page import audit_page
from tests.support.fleet import nornir
from tests.support.lab import Lab

NEVER = "10000-Dec-31"


def in_days(days: int) -> str:
    day = datetime.now(timezone.utc).date() + timedelta(days=days)
    return f"{day:%Y-%b-%d}"


@pytest.mark.parametrize("node", ["lon-2", "lon-4"])
def test_a_node_that_shows_nothing_is_not_seen_whatever_form_tells_it(lab: Lab, node: str) -> None:
    fleet = lab(nodes={node: {"may": "nothing"}})
    report = audit.run(nornir(fleet))
    assert report.code == 10
    told = document(report)
    (cluster,) = told["clusters"]
    blind = next(one for one in cluster["nodes"] if one["name"] == node)
    assert not blind["reachable"] and blind["certificates"] == []
    (finding,) = blind["findings"]
    assert (finding["id"], finding["severity"]) == ("may-not-look", "unknown")
    assert "`database cluster status`" in finding["message"] and "`uploader`" in finding["message"]
    assert "role admin" in finding["cure"]
    line, code = audit_nagios(told)
    assert code == 3 and "1 of 4 nodes not seen" in line
    assert f'mmpctl_audit_success{{cluster="lon-prod",node="{node}",site="london"}} 0.0' in audit_prometheus(told)
    assert "may look at nothing" in audit_page(told)


def test_an_account_that_may_look_at_nothing_anywhere_is_not_ok(lab: Lab) -> None:
    told = document(audit.run(nornir(lab(may="nothing"))))
    line, code = audit_nagios(told)
    assert code == 3 and line.startswith("CMS CERTIFICATES UNKNOWN") and "in order" not in line
    assert told["summary"]["worst"] == "unknown" and told["summary"]["unreachable"] == 4


def test_a_node_without_a_cluster_that_shows_nothing_is_not_ok(lab: Lab) -> None:
    spec = replace(single("healthy"), others=(NodeSpec("edge-1", "10.0.0.9", "london"),))
    fleet = lab(spec, nodes={"edge-1": {"may": "nothing"}})
    report = audit.run(nornir(fleet).filter(name="edge-1"))
    assert report.code == 10
    assert audit_nagios(document(report))[1] == 3


def test_where_no_certificate_was_seen_at_all_monitoring_is_told_so(lab: Lab) -> None:
    told = schemas.parse(json.dumps(document(audit.run(nornir(lab())))))
    for cluster in told["clusters"]:
        for node in cluster["nodes"]:
            node["certificates"] = []
    told["summary"] |= dict.fromkeys(("certificates", "ok"), 0)
    line, code = audit_nagios(told)
    assert code == 3 and "no certificate was seen" in line


def test_a_node_that_shows_nothing_today_has_lost_no_certificates_since_yesterday(lab: Lab) -> None:
    fleet = lab()
    before: Any = document(audit.run(nornir(fleet)))
    fleet.nodes["lon-2"].switches = replace(fleet.nodes["lon-2"].switches, may="nothing")
    after: Any = document(audit.run(nornir(fleet)))
    (change,) = changes(before, after)
    assert (change.kind, change.node) == ("not seen", "lon-2")


def test_a_release_that_does_not_know_databases_is_told_of_a_node_of_a_cluster_alone(lab: Lab) -> None:
    fleet = lab(nodes={"lon-2": {"unknown": frozenset({"database"})}})
    told = {node.node.name: node for cluster in audit.run(nornir(fleet)).clusters for node in cluster.nodes}
    assert told["lon-2"].error is None
    assert [one.id for one in told["lon-2"].findings] == ["not-understood"]


def test_the_end_of_the_password_is_a_note_and_a_metric(lab: Lab) -> None:
    fleet = lab(
        nodes={
            "lon-1": {"password_ends": in_days(12)},
            "lon-2": {"password_ends": "2017-Nov-05", "user_list": "bare"},
            "lon-3": {"unknown": frozenset({"user"})},
        }
    )
    report = audit.run(nornir(fleet))
    assert report.code == 0
    told = document(report)
    nodes = {node["name"]: node for cluster in told["clusters"] for node in cluster["nodes"]}
    day = (datetime.now(timezone.utc) + timedelta(days=12)).date().isoformat()
    notes = {name: [one for one in node["findings"] if one["id"] == "password-ends"] for name, node in nodes.items()}
    assert {name: len(found) for name, found in notes.items()} == {"lon-1": 1, "lon-2": 1, "lon-3": 0, "lon-4": 0}
    assert notes["lon-1"][0]["severity"] == "note"
    assert notes["lon-1"][0]["message"] == f"the password of the account admin ends on {day}, in 12 days"
    assert notes["lon-2"][0]["message"] == "the password of the account admin ended on 2017-11-05"
    assert nodes["lon-1"]["account"] == {"name": "admin", "role": "admin", "password_ends": day}
    assert nodes["lon-3"]["account"] is None
    assert nodes["lon-4"]["account"] == {"name": "admin", "role": "admin", "password_ends": None}
    metrics = [line for line in audit_prometheus(told).splitlines() if line.startswith("mmpctl_password_end_seconds{")]
    assert [line.split('node="')[1].split('"')[0] for line in metrics] == ["lon-1", "lon-2"]
    assert float(metrics[1].split()[-1]) == datetime(2017, 11, 5, tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        (in_days(5), "in 5 days (lon-1)"),
        (in_days(-3), "ended on"),
        (in_days(200), None),
        (NEVER, None),
    ],
)
def test_a_plan_warns_of_a_password_that_ends_soon(lab: Lab, tmp_path: Path, ends: str, words: str | None) -> None:
    fleet = lab("due", nodes={"lon-1": {"password_ends": ends}})
    (plan,) = planning.run(nornir(fleet), fleet.certificates, clock=now_utc).clusters
    assert plan.preflight.verdict == "ready"
    notes = [note for note in plan.preflight.notes if "password" in note]
    assert len(notes) == (words is not None)
    assert all(words in note and "the account admin" in note for note in notes if words)
