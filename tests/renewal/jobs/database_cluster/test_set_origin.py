"""`plan` says where new files seem to come from, and what an inventory that lacks a node cannot show."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from ruamel.yaml import YAML

from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import FleetSpec, cluster
from tests.support.command import Command
from tests.support.fleet import CLUSTER
from tests.support.lab import Lab
from tests.support.pki import authority

OSLO = "osl-prod"


def two_clusters() -> FleetSpec:
    other = cluster(OSLO, "healthy", site="oslo", prefix="osl-", subnet="127.77.2")
    return FleetSpec((cluster(CLUSTER, "due"), other))


def notes(mmpctl: Command, fleet: Fleet, certs: Path, *options: str) -> list[str]:
    said = mmpctl("plan", "--certs", certs, "-o", "json", *options, fleet=fleet)
    return [note for one in said.document["clusters"] if one["name"] == CLUSTER for note in one["notes"]]


def test_a_new_ca_is_told(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy")
    (told,) = [note for note in notes(mmpctl, fleet, fleet.certificates) if "the CA of the new files" in note]
    assert f"is used by no node of {CLUSTER} now" in told


def test_a_ca_file_that_leads_over_from_the_old_ca_to_the_new_one_is_not(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy")
    old = (fleet.nodes["lon-1"].files / "dbclusterca.cer").read_bytes()
    for file in fleet.certificates.rglob("ca.cer"):
        file.write_bytes(file.read_bytes() + old)
    assert not any("the CA of the new files" in note for note in notes(mmpctl, fleet, fleet.certificates))


def test_another_clusters_files_are_told(lab: Lab, mmpctl: Command, tmp_path: Path) -> None:
    fleet = lab(two_clusters())
    theirs = tmp_path / "certs"
    theirs.mkdir()
    files = fleet.nodes["osl-1"].files
    for mine, name in (
        ("server.key", "dbclusterserver.key"),
        ("server.cer", "dbclusterserver.cer"),
        ("client.key", "dbclusterclient.key"),
        ("client.cer", "dbclusterclient.cer"),
        ("ca.cer", "dbclusterca.cer"),
    ):
        shutil.copy(files / name, theirs / mine)
    told = [note for note in notes(mmpctl, fleet, theirs) if f"of {OSLO}" in note]
    assert any("server.cer is in use on osl-" in note for note in told), told


def without_the_third(fleet: Fleet) -> None:
    file = fleet.inventory / "hosts.yaml"
    hosts = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({name: hosts[name] for name in ("lon-1", "lon-2")}), encoding="utf-8")


def test_a_certificate_in_use_that_names_a_node_which_the_inventory_lacks_is_told(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("disabled")
    without_the_third(fleet)
    file = fleet.nodes["lon-2"].files / "dbclusterserver.cer"
    file.write_bytes(authority().sign("lon-prod", hosts=("lon-2.example.com", "lon-3.example.com", "*.lon-4")).pem)
    # Without a word on the keeper it is refused, and told all the same.
    for options in ((), ("--keeper", f"{CLUSTER}=lon-1")):
        told = [note for note in notes(mmpctl, fleet, fleet.certificates, *options) if "certificates in use" in note]
        assert told == [
            "the certificates in use on lon-2 name lon-3.example.com, which is not in the inventory of lon-prod: if "
            "the cluster has such a node, add it to the inventory first"
        ]


def test_the_nodes_of_another_cluster_are_no_strangers(lab: Lab, mmpctl: Command) -> None:
    other = cluster(OSLO, "healthy", site="oslo", prefix="lon-5", subnet="127.77.2")
    fleet = lab(FleetSpec((cluster(CLUSTER, "disabled"), other)))
    file = fleet.nodes["lon-2"].files / "dbclusterserver.cer"
    file.write_bytes(authority().sign("lon-51", hosts=("lon-52", "lon-59")).pem)
    told = [note for note in notes(mmpctl, fleet, fleet.certificates) if "certificates in use" in note]
    assert len(told) == 1 and "name lon-59, which is not in the inventory" in told[0], told


def test_files_for_a_node_that_the_inventory_lacks_are_told(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("disabled")
    assert (fleet.certificates / CLUSTER / "lon-3").is_dir()
    without_the_third(fleet)
    told = notes(mmpctl, fleet, fleet.certificates, "--keeper", f"{CLUSTER}=lon-1")
    assert any("holds files for lon-3, which is no node of lon-prod in the inventory" in note for note in told), told
    assert any("the inventory has 2 databases in lon-prod" in note for note in told)
