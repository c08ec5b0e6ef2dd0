"""An audit in several processes: the same report as in one, and a wrong password is heard by one node all the same."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from nornir.core import Nornir
from nornir.plugins.runners import ThreadedRunner

from mmpctl.audit.document import document
from mmpctl.audit.model import AuditReport, NodeAudit
from mmpctl.device.ssh.authentication import forget_failed_logins, withheld_logins
from mmpctl.fleet.seats import ThreadSeat
from mmpctl.inventory.credentials import Credentials, Secret
from mmpctl.inventory.load import load
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import sample
from mmpctl.runbooks import audit, status
from mmpctl.times import now_utc
from tests.support.fleet import nornir
from tests.support.lab import Lab


@pytest.fixture
def workers_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process works on no host before a worker does: it would be done before that is loaded."""
    begin = ThreadSeat.open
    monkeypatch.setattr(ThreadSeat, "open", lambda seat: None if seat.may_share else begin(seat))


def narrow(nr: Nornir) -> Nornir:
    return nr.with_runner(ThreadedRunner(num_workers=4))


def told(report: AuditReport) -> Any:
    """All that an audit tells, but how long it took."""
    clusters = tuple(
        replace(cluster, nodes=tuple(replace(node, seconds=None) for node in cluster.nodes))
        for cluster in report.clusters
    )
    return json.loads(json.dumps(document(replace(report, clusters=clusters))))


@pytest.mark.usefixtures("workers_first")
def test_the_report_is_the_same_in_two_processes(lab: Lab) -> None:
    nr, now = narrow(nornir(lab(sample()))), now_utc()
    seen: list[NodeAudit] = []
    spread = audit.run(nr, now=now, processes=2, seen=seen.append)
    forget_failed_logins()
    assert told(spread) == told(audit.run(nr, now=now, processes=1))
    assert sorted(one.node.name for one in seen) == sorted(nr.inventory.hosts)
    assert not any(node.error for cluster in spread.clusters for node in cluster.nodes)


@pytest.mark.usefixtures("workers_first")
def test_a_status_comes_from_two_processes(lab: Lab) -> None:
    report = status.run(narrow(nornir(lab(sample()))), processes=2)
    assert all(node.status is not None for node in report.nodes.values() if node.node.role is not None)


@pytest.mark.usefixtures("workers_first")
def test_a_wrong_password_is_heard_by_one_node_whichever_process_asks(lab: Lab) -> None:
    fleet = lab(sample())
    account = Credentials(fleet.username, Secret("wrong-guess"))
    nr = narrow(load(fleet.inventory, known_hosts=fleet.known_hosts, credentials=account))
    report = audit.run(nr, processes=2)
    errors = [node.error or "" for cluster in report.clusters for node in cluster.nodes]
    assert sum("does not accept the password" in error for error in errors) == 1
    assert sum("not asked" in error for error in errors) == len(errors) - 1
    assert refusals(fleet) == 1
    (withheld,) = withheld_logins()
    assert withheld.user == fleet.username, "the program tells of it at its end"
    audit.run(nr, processes=1)
    assert refusals(fleet) == 1, "a later run of the same program knows it"


def refusals(fleet: Fleet) -> int:
    return sum("refused" in event.text for event in fleet.log.select("auth"))
