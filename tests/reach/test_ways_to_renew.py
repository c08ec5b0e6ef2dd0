"""Renewals at sites over all ways: OpenSSH's server, a terminal, several sites, and a site that is lost."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from mmpctl.cluster.step import Step
from mmpctl.display.events import Silent
from mmpctl.inventory.nodes import nodes_of
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import sample
from mmpctl.reach.address import read_address
from mmpctl.reach.engine import Engine
from mmpctl.reach.sites_file import RemoteSite
from mmpctl.reach.tickets.confirmed_plan import plan_digest
from mmpctl.reach.tickets.desk_renewal import DeskRenewal, ReadyCluster
from mmpctl.reach.tickets.pursuit import Patience
from mmpctl.reach.tickets.sent_tickets import SentTickets
from mmpctl.reach.tickets.work_requests import OperatorAsked
from mmpctl.renewal.context import Watch
from mmpctl.renewal.rollout import Rollout
from mmpctl.renewal.unit import Unit
from tests.support.command import Command
from tests.support.desk import desk_of, words_of
from tests.support.fleet import CLUSTER, KEEPER, accepted, nornir
from tests.support.lab import Lab
from tests.support.many_sites import site_program, sites_file, started_here
from tests.support.person import Person
from tests.support.site_host import descendants, site_host
from tests.support.site_tickets import SITE, planned


class CutsTheLine(Silent):
    """Kills the site's program that this process has started when the first wave begins, and not what that began."""

    def __init__(self) -> None:
        self.cuts = 0

    def begins(self, unit: str, step: Step) -> None:
        if not self.cuts:
            self.cuts += 1
            for pid in descendants(os.getpid()):
                if "--renews" in words_of(pid):
                    os.kill(pid, signal.SIGKILL)


@pytest.mark.gate
def test_a_site_that_is_lost_on_the_way_is_not_known_and_holds_up_the_others(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired")
    options = ("--certs", str(fleet.certificates), "--runs", str(tmp_path / "runs"), "--renews")
    program = site_program(fleet, tmp_path, SITE, *options)
    # It answers once, and from then on the way there is closed.
    once = tmp_path / "once"
    once.write_text(f"#!/bin/sh\nmkdir {tmp_path}/used 2> /dev/null && exec {program}\necho no route >&2\nexit 255\n")
    once.chmod(0o700)
    site = RemoteSite(SITE, read_address(started_here(once)), True)
    nodes, sent, cuts = nodes_of(nornir(fleet)), SentTickets.of(tmp_path / "desk"), CutsTheLine()
    asked = OperatorAsked("ann", {CLUSTER: KEEPER})
    ready = [
        ReadyCluster(Unit("database", CLUSTER, KEEPER), site, plan_digest(planned(fleet)), asked=asked),
        ReadyCluster(Unit("database", "other", "o-1"), site, "ab" * 32),
    ]
    desk = DeskRenewal(Engine(), nodes, sent, Watch(cuts), Patience(lost_seconds=1.0, pause_seconds=0.1))
    told = desk.renew(ready, Rollout(at_once=1))
    assert cuts.cuts == 1, told
    lost, other = told[CLUSTER].unit, told["other"].unit
    assert (lost.outcome, lost.code) == ("stopped", 7) and "no route" in (lost.reason or "")
    assert (other.outcome, "did not end well" in (other.reason or "")) == ("not started", True)
    (ticket,) = sent.open()
    assert ticket.work == CLUSTER
    # The way is open again: what had gone on is told, and nothing is begun.
    again = RemoteSite(SITE, read_address(started_here(program)), True)
    taken = DeskRenewal(Engine(), nodes, sent, Watch()).take_up(again, ticket)
    assert (taken[CLUSTER].unit.outcome, taken[CLUSTER].unit.code) == ("renewed", 0)
    assert sent.open() == () and sum("initialize" in line for line in accepted(fleet)) == 1


@pytest.mark.gate
def test_over_openssh_with_a_session_that_is_cut(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", remove_seconds=0.5)
    options = ("--certs", str(fleet.certificates), "--runs", str(tmp_path / "runs"), "--renews")
    with site_host(fleet, tmp_path / "london", SITE, *options) as host:
        file = sites_file(tmp_path / "london", {SITE: {"address": host.address, "renews": True}})
        desk = replace(desk_of(fleet, tmp_path), file=file)
        with desk.renews("--ssh-config", str(host.config)) as process:
            heard = desk.hears(process, "wave 1 of")
            cut = host.sessions()
            for pid in cut:
                os.kill(pid, signal.SIGKILL)
            code, document = desk.told(process)
    assert (code, document["clusters"][0]["outcome"]) == (0, "renewed"), heard
    assert cut and sum("initialize" in line for line in accepted(fleet)) == 1
    assert len(list((tmp_path / "runs").iterdir())) == 1


@pytest.mark.gate
def test_the_keeper_is_typed_at_the_desk(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired")
    desk = desk_of(fleet, tmp_path)
    words = ["renew", "--engine", str(desk.file), "-i", str(desk.inventory)]
    person = Person(words, desk.place, {**os.environ, "TERM": "xterm"})
    try:
        person.waits_for("the keeper is not certain")
        person.waits_for("name: ")
        person.types(f"{KEEPER}\n")
        person.waits_for("reason: ")
        person.types("its backup is the newest\n")
        person.waits_for("type 'yes' to go on:")
        assert accepted(fleet) == []
        person.types("yes\n")
        assert person.ends() == 0, person.seen
    finally:
        person.leaves()
    (run,) = desk.runs()
    (cluster,) = json.loads((desk.site / "runs" / run / "request.json").read_text())["clusters"]
    assert cluster["keeper_reason"] == "its backup is the newest" and " at " in cluster["keeper_confirmed_by"]


def sites_of_sample(fleet: Fleet, tmp_path: Path) -> Path:
    told = {}
    for site in ("london", "oslo"):
        options = ("--certs", str(fleet.certificates), "--runs", str(tmp_path / site), "--renews")
        told[site] = {"address": started_here(site_program(fleet, tmp_path, site, *options)), "renews": site == "oslo"}
    told["london"]["renews"] = True
    return sites_file(tmp_path, told)


@pytest.mark.gate
def test_a_canary_at_one_site_goes_before_a_cluster_at_another(lab: Lab, mmpctl: Command, tmp_path: Path) -> None:
    fleet = lab(sample())
    words = ("--cluster", CLUSTER, "--cluster", "osl-prod", "--canary", "osl-prod", "--keeper", f"{CLUSTER}={KEEPER}")
    said = mmpctl("renew", "--engine", sites_of_sample(fleet, tmp_path), "--yes", *words, "-o", "json", fleet=fleet)
    told = {one["name"]: (one["site"], one["outcome"]) for one in said.document["clusters"]}
    assert told == {CLUSTER: ("london", "renewed"), "osl-prod": ("oslo", "renewed")}, said.err
    assert said.code == 0 and said.document["run"] is None
    nodes = [line.partition("-")[0] for line in accepted(fleet)]
    assert nodes == sorted(nodes, key=lambda prefix: prefix != "osl"), "the canary came to its end first"
    # A cluster that two sites could renew is nobody's.
    both = mmpctl(
        "renew", "--engine", sites_of_sample(fleet, tmp_path), "--yes", "--cluster", "shared-test", fleet=fleet
    )
    assert both.code == 2 and "two at once would destroy it" in both.err
