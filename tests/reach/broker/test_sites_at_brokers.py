"""Commands with `--engine` over a broker: the same documents and exit codes, and renewals that outlive their worker."""

from __future__ import annotations

import shutil
import signal
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import sample
from tests.support.command import Command
from tests.support.desk import Desk, desk_of
from tests.support.fleet import accepted
from tests.support.lab import Lab
from tests.support.many_sites import site_program, sites_file
from tests.support.rabbitmq import Broker
from tests.support.site_worker import SiteWorker, site_worker

pytestmark = pytest.mark.gate


def at_broker(broker: Broker, place: Path, *sites: str) -> Path:
    """A file of sites that are reached over the broker, with the desk's certificates beside it."""
    shutil.copytree(broker.desk_files(), place / "broker", dirs_exist_ok=True)
    return sites_file(place, {site: {"address": broker.address, "renews": True} for site in sites})


def test_every_command_that_looks(lab: Lab, broker: Broker, mmpctl: Command, tmp_path: Path) -> None:
    fleet = lab(sample())
    own = ("--certs", str(fleet.certificates), "--runs", str(tmp_path / "runs"), "--backups", str(tmp_path / "kept"))
    (tmp_path / "kept").mkdir()
    (tmp_path / "runs").mkdir()
    file = at_broker(broker, tmp_path, "oslo")
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


def desk_at(broker: Broker, fleet: Fleet, tmp_path: Path) -> Desk:
    """A desk whose only site is reached over the broker."""
    desk = desk_of(fleet, tmp_path)
    place = tmp_path / "desk-files"
    place.mkdir()
    return replace(desk, file=at_broker(broker, place, "london"))


def worker_of(broker: Broker, desk: Desk, program: Path | None = None) -> AbstractContextManager[SiteWorker]:
    """The worker of that site."""
    return site_worker(broker, desk.site, "london", [str(program or desk.site / "site-london")])


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
