"""Commands with `--engine` over a broker: the same documents and exit codes, and renewals that outlive their worker."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from mmpctl.lab.scenario import sample
from tests.support.children import PATIENCE_SECONDS
from tests.support.command import Command
from tests.support.desk_at_broker import desk_at, other_desk, sites_at_broker, worker_of
from tests.support.fleet import accepted
from tests.support.lab import Lab
from tests.support.lab_client import until
from tests.support.many_sites import site_program
from tests.support.rabbitmq import Broker
from tests.support.site_worker import site_worker

pytestmark = pytest.mark.gate


def test_every_command_that_looks(lab: Lab, broker: Broker, mmpctl: Command, tmp_path: Path) -> None:
    fleet = lab(sample())
    own = ("--certs", str(fleet.certificates), "--runs", str(tmp_path / "runs"), "--backups", str(tmp_path / "kept"))
    (tmp_path / "kept").mkdir()
    (tmp_path / "runs").mkdir()
    file = sites_at_broker(broker, tmp_path, ["oslo"])
    program = site_program(fleet, tmp_path, "oslo", *own)
    with site_worker(broker, tmp_path, "oslo", [str(program)]) as worker:
        for words in (
            ("engine", "check"),
            ("audit", "--site", "oslo"),
            ("status", "--site", "oslo"),
            ("backup", "--host", "osl-1"),
            ("plan", "--cluster", "osl-prod"),
        ):
            said = mmpctl(*words, "--engine", file, "-o", "json", fleet=fleet)
            sites = said.document["sites"]
            assert [one["name"] for one in sites] == ["oslo"], said
            assert sites[0].get("answered", True) and sites[0]["error"] is None, said
        said = mmpctl("runs", "--engine", file, "-o", "json")
        assert said.code == 0 and said.document["runs"] == []
    assert fleet.password not in worker.said and "PRIVATE KEY" not in worker.said
    said = mmpctl("status", "--site", "oslo", "--engine", file, "-o", "json", fleet=fleet)
    assert said.code == 10 and "has no worker at the broker" in said.document["sites"][0]["error"]


@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGKILL])
def test_a_renewal_goes_on_without_its_worker_and_is_followed_by_the_next(
    lab: Lab, broker: Broker, tmp_path: Path, number: signal.Signals
) -> None:
    fleet = lab("expired", remove_seconds=1.0)
    desk = desk_at(broker, fleet, tmp_path)
    with worker_of(broker, desk) as first, desk.renews() as process:
        heard = desk.hears(process, "wave 1 of")
        assert len(desk.workers()) == 1
        first.send(number)
        first.ends()
        with worker_of(broker, desk):
            code, document = desk.told(process)
    assert (code, document["clusters"][0]["outcome"]) == (0, "renewed"), heard
    assert sum("initialize" in line for line in accepted(fleet)) == 1
    assert len(desk.runs()) == 1 and len(desk.folders()) == 1 and desk.waiting() == []


def test_a_worker_that_is_told_to_end_follows_its_renewal_to_the_end(lab: Lab, broker: Broker, tmp_path: Path) -> None:
    fleet = lab("expired", remove_seconds=1.0)
    desk = desk_at(broker, fleet, tmp_path)
    with worker_of(broker, desk) as worker, desk.renews() as process:
        heard = desk.hears(process, "wave 1 of")
        worker.send(signal.SIGTERM)
        code, document = desk.told(process)
        assert worker.ends() == 0
    assert (code, document["clusters"][0]["outcome"]) == (0, "renewed"), heard
    assert sum("initialize" in line for line in accepted(fleet)) == 1
    assert len(desk.runs()) == 1 and desk.waiting() == []


def test_a_broker_that_restarts_during_a_renewal_changes_nothing(lab: Lab, broker: Broker, tmp_path: Path) -> None:
    fleet = lab("expired", remove_seconds=1.0)
    desk = desk_at(broker, fleet, tmp_path)
    with worker_of(broker, desk), desk.renews() as process:
        heard = desk.hears(process, "wave 1 of")
        broker.restart(signal.SIGKILL)
        code, document = desk.told(process)
    assert (code, document["clusters"][0]["outcome"]) == (0, "renewed"), heard
    assert sum("initialize" in line for line in accepted(fleet)) == 1
    assert len(desk.runs()) == 1 and len(desk.folders()) == 1


@pytest.mark.prove
def test_a_worker_that_dies_between_the_request_and_the_program_has_begun_nothing(
    lab: Lab, broker: Broker, tmp_path: Path
) -> None:
    fleet = lab("expired")
    desk = desk_at(broker, fleet, tmp_path)
    # It serves the plan, and dies with the next request; whoever asks afterwards is served.
    deadly = tmp_path / "deadly"
    program = desk.site / "site-london"
    deadly.write_text(
        f"#!/bin/sh\nmkdir {tmp_path}/first 2> /dev/null && exec {program}\n"
        f"mkdir {tmp_path}/second 2> /dev/null && kill -9 $PPID && exit 1\nexec {program}\n"
    )
    deadly.chmod(0o700)
    with worker_of(broker, desk, deadly), desk.renews() as process:
        code, document = desk.told(process)
    (cluster,) = document["clusters"]
    assert (code, cluster["outcome"]) == (6, "not started"), document
    assert accepted(fleet) == [] and desk.runs() == [] and desk.waiting() == []


def test_ctrl_c_at_the_desk_stops_the_renewal_at_the_site(lab: Lab, broker: Broker, tmp_path: Path) -> None:
    fleet = lab("expired", remove_seconds=5.0)
    desk = desk_at(broker, fleet, tmp_path)
    with worker_of(broker, desk), desk.renews() as process:
        desk.hears(process, "wave 1 of")
        process.send_signal(signal.SIGINT)
        code, document = desk.told(process)
    assert document["clusters"][0]["outcome"] == "stopped" and code != 0
    until(lambda: desk.workers() == [], "its end", seconds=PATIENCE_SECONDS)


def test_two_desks_at_once_begin_one_renewal(lab: Lab, broker: Broker, tmp_path: Path) -> None:
    fleet = lab("expired", remove_seconds=1.0)
    desk = desk_at(broker, fleet, tmp_path)
    second = other_desk(broker, desk)
    with worker_of(broker, desk), desk.renews() as one, second.renews() as other:
        told = [desk.told(one), second.told(other)]
    outcomes = sorted(document["clusters"][0]["outcome"] for _, document in told)
    assert outcomes.count("renewed") == 1, json.dumps([document for _, document in told])
    assert sum("initialize" in line for line in accepted(fleet)) == 1


def test_a_desk_that_is_killed_takes_the_renewal_up_again(lab: Lab, broker: Broker, tmp_path: Path) -> None:
    fleet = lab("expired", remove_seconds=1.0)
    desk = desk_at(broker, fleet, tmp_path)
    with worker_of(broker, desk):
        with desk.renews() as process:
            desk.hears(process, "wave 1 of")
            process.kill()
        (ticket,) = desk.waiting()
        with desk.types("resume", ticket) as process:
            code, document = desk.told(process)
        assert (code, document["clusters"][0]["outcome"]) == (0, "renewed")
    assert sum("initialize" in line for line in accepted(fleet)) == 1
