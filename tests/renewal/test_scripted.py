"""Renewals that a script begins: resumed by hand or by a script, from anywhere."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from nornir import InitNornir
from nornir.core import Nornir
from nornir.core.inventory import Inventory

from mmpctl.errors import UsageError
from mmpctl.inventory.known_hosts_file import remember_known_hosts
from mmpctl.inventory.load import load
from mmpctl.inventory.source import source_of
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.renewal.context import Watch
from mmpctl.runbooks import renew, resume
from mmpctl.runbooks.renew import RenewReport
from mmpctl.runs.folder import RunFolder
from tests.support.command import Command
from tests.support.fleet import CLUSTER, KEEPER, LIMITS, nornir
from tests.support.lab import Lab

LOST = Fault("lon-2", "question", "drop", match="join")


def begun(fleet: Fleet, runs: Path) -> RenewReport:
    report = renew.run(
        nornir(fleet, CLUSTER), fleet.certificates, keepers={CLUSTER: KEEPER}, runs=runs, watch=Watch(limits=LIMITS)
    )
    assert report.clusters[0].outcome == "stopped", report
    fleet.faults.clear()
    return report


# A minute and more: the command looks as long as a person's would whether an operation that was lost has begun.
@pytest.mark.gate
def test_a_person_resumes_it_without_naming_the_inventory(
    lab: Lab, mmpctl: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = lab("expired", faults=[LOST])
    report = begun(fleet, tmp_path / "runs")
    assert report.folder is not None and report.run is not None
    assert RunFolder(report.folder).request["inventory"] == str(fleet.inventory.absolute())
    monkeypatch.setenv("MMP_USERNAME", fleet.username)
    monkeypatch.setenv("MMP_PASSWORD", fleet.password)
    # From the command's own folder, which holds no inventory.
    done = mmpctl("resume", report.run, "--runs", tmp_path / "runs", "--yes", "-o", "json")
    assert (done.code, done.document["clusters"][0]["outcome"]) == (0, "renewed"), done.err


def test_a_script_resumes_it_by_its_name(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[LOST])
    report = begun(fleet, tmp_path / "runs")
    assert report.run is not None
    with pytest.raises(UsageError, match="there is no run 20260131-000000-aaaa"):
        resume.run(nornir(fleet), "20260131-000000-aaaa", runs=tmp_path / "runs")
    done = resume.run(nornir(fleet), report.run, runs=tmp_path / "runs", watch=Watch(limits=LIMITS))
    assert (done.code, done.run) == (0, report.run), done


def test_where_an_inventory_lies(lab: Lab, tmp_path: Path) -> None:
    folder = lab("healthy").inventory
    options = {f"{name}_file": str(folder / f"{file}.yaml") for name, file in (("host", "hosts"), ("group", "groups"))}
    options["defaults_file"] = str(folder / "defaults.yaml")

    def own(**inventory: object) -> Nornir:
        return InitNornir(inventory=inventory, logging={"enabled": False})

    assert source_of(load(folder).filter(site="london")) == str(folder)
    of_files = own(plugin="SimpleInventory", options=options)
    assert source_of(of_files) == str(folder)
    # What is remembered besides does not hide it.
    remember_known_hosts(of_files, tmp_path / "known_hosts")
    assert source_of(of_files) == str(folder)
    moved = tmp_path / "nodes.yaml"
    moved.write_text((folder / "hosts.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    assert source_of(own(plugin="SimpleInventory", options=options | {"host_file": str(moved)})) == ""
    assert source_of(Nornir(Inventory(of_files.inventory.hosts, of_files.inventory.groups))) == ""


def test_the_docstrings_say_loudly_that_a_script_confirms_by_itself() -> None:
    for call in (renew.run, resume.run):
        said = inspect.getdoc(call) or ""
        assert "A SCRIPT CONFIRMS BY ITSELF" in said and "BY DEFAULT, THE ANSWER IS YES" in " ".join(said.split())
