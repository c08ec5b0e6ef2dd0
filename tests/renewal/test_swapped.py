"""Swapped addresses that show only when the keeper is up: what is advised then leads to the end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import ClusterSpec, cluster
from tests.support.command import Command, Said
from tests.support.fleet import CLUSTER, DATABASES, KEEPER
from tests.support.follow import typed
from tests.support.lab import Lab

KEEPER_MEANT = ("--keeper", f"{CLUSTER}={KEEPER}", "--yes", "-o", "json")


def nameless() -> ClusterSpec:
    """A cluster of which no node tells its address, nor its name."""
    spec = cluster(scenario="disabled")
    return replace(spec, nodes=tuple(replace(node, prompt=f"cms-{node.name[-1]}") for node in spec.nodes))


def swap(fleet: Fleet, *keys: str) -> None:
    """Swap what the inventory says of lon-1 and lon-2."""
    yaml = YAML()
    hosts = yaml.load(fleet.inventory / "hosts.yaml")
    for key in keys:
        one, other = (hosts[name]["data"] if key == "db_address" else hosts[name] for name in ("lon-1", "lon-2"))
        one[key], other[key] = other[key], one[key]
    yaml.dump(hosts, fleet.inventory / "hosts.yaml")


def swap_folders(certificates: Path) -> None:
    """Swap the new certificates of lon-1 and lon-2."""
    one, other = certificates / "lon-1", certificates / "lon-2"
    one.rename(certificates / "aside")
    other.rename(one)
    (certificates / "aside").rename(other)


def stopped(fleet: Fleet, mmpctl: Command) -> tuple[str, str]:
    """Renew up to where it shows; the run, and what is advised."""
    said = mmpctl("renew", "--certs", fleet.certificates, *KEEPER_MEANT, fleet=fleet)
    assert only(said)["code"] == said.code == 7, said
    return said.document["run"], " ".join(only(said)["advice"])


def only(said: Said) -> dict[str, Any]:
    return dict(said.document["clusters"][0])


def test_only_db_address_is_swapped(lab: Lab, mmpctl: Command) -> None:
    fleet = lab(nameless())
    rows = fleet.nodes["lon-1"].rows
    swap(fleet, "db_address")
    run, advice = stopped(fleet, mmpctl)
    assert f"only db_address is wrong: correct it in the inventory, then go on with `mmpctl resume {run}`" in advice
    swap(fleet, "db_address")
    done = mmpctl("resume", run, "--yes", "-o", "json", fleet=fleet)
    assert (done.code, only(done)["outcome"]) == (0, "renewed"), done.out
    assert {fleet.nodes[name].rows for name in DATABASES} == {rows}


def test_what_is_left_after_a_correction_names_the_keepers_own_address(lab: Lab, mmpctl: Command) -> None:
    fleet = lab(nameless())
    swap(fleet, "db_address")
    run, _ = stopped(fleet, mmpctl)
    swap(fleet, "db_address")
    fleet.faults.add(Fault("lon-2", "command", "drop", match="join"))
    again = only(mmpctl("resume", run, "--yes", "-o", "json", fleet=fleet))
    lines = [line["line"] for step in again["by_hand"]["steps"] for line in step["type"]]
    assert "database cluster join 127.77.1.11" in lines and not [line for line in lines if "127.77.1.12" in line]
    fleet.faults.clear()
    for node in ("lon-2", "lon-3"):
        typed(fleet, node, "database cluster join 127.77.1.11")
    done = mmpctl("resume", run, "--yes", "-o", "json", fleet=fleet)
    assert (done.code, only(done)["outcome"]) == (0, "renewed"), done.out


def test_the_machines_are_swapped(lab: Lab, mmpctl: Command) -> None:
    fleet = lab(nameless())
    rows = fleet.nodes["lon-1"].rows
    swap(fleet, "hostname", "port")
    run, advice = stopped(fleet, mmpctl)
    for piece in (
        "database cluster remove",
        f"mmpctl runs --close {run}",
        "correct the addresses",
        "swap the two nodes' folders",
    ):
        assert piece in advice
    fleet.faults.add(Fault("lon-2", "command", "by-hand", match="status", text="database cluster remove"))
    assert mmpctl("runs", "--close", run, "--reason", "swapped").code == 0
    swap(fleet, "hostname", "port")
    while [event.text for event in fleet.log.select("finished", node="lon-2")].count("database cluster remove") < 2:
        # The look at it is what the fault waits for.
        assert mmpctl("status", fleet=fleet).code in (0, 4)
    swap_folders(fleet.certificates / CLUSTER)
    done = mmpctl("renew", "--certs", fleet.certificates, *KEEPER_MEANT, fleet=fleet)
    assert (done.code, only(done)["outcome"]) == (0, "renewed"), done.out
    assert {fleet.nodes[name].rows for name in DATABASES} == {rows}
