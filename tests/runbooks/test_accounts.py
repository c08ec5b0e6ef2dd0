"""Two fleets with different passwords are one inventory."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import single
from tests.support.command import Command
from tests.support.lab import QUICK, Lab


def test_two_fleets_with_different_passwords_are_one_inventory(
    lab: Lab, mmpctl: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = lab("healthy")
    folder = tmp_path / "other"
    folder.mkdir()
    other = Fleet(single("healthy"), folder, switches=QUICK, networking="ports")
    other.password = "Another-456"
    with other:
        yaml = YAML(typ="safe")
        hosts = yaml.load(one.inventory / "hosts.yaml")
        for name, host in yaml.load(other.inventory / "hosts.yaml").items():
            host["data"] = {**(host.get("data") or {}), "site": "oslo", "cluster": "osl-prod"}
            hosts[name.replace("lon", "osl")] = host
        yaml.dump(hosts, one.inventory / "hosts.yaml")
        with one.known_hosts.open("a", encoding="utf-8") as file:
            file.write(other.known_hosts.read_text(encoding="utf-8"))
        monkeypatch.setenv("MMP_PASSWORD__OSLO", "Another-456")
        said = mmpctl("status", "-o", "json", fleet=one)
        assert said.code == 0, said
        nodes = [node for cluster in said.document["clusters"] for node in cluster["nodes"]]
        assert len(nodes) == len(one.nodes) + len(other.nodes) and all(node["reachable"] for node in nodes)
        for fleet in (one, other):
            assert not [event for event in fleet.log.select("auth") if "refused" in event.text]
