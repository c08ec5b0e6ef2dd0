"""The fleet as a whole: what it writes, where it listens, how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import paramiko
import pytest
from cryptography import x509
from nornir.plugins.inventory import SimpleInventory

from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import FleetSpec, cluster, sample
from tests.support.children import PATIENCE_SECONDS, ended
from tests.support.lab import QUICK, Lab
from tests.support.lab_client import Client, until


def test_the_inventory_is_the_sample_fleet(lab: Lab) -> None:
    fleet = lab(sample())
    folder = fleet.inventory
    inventory = SimpleInventory(
        str(folder / "hosts.yaml"), str(folder / "groups.yaml"), str(folder / "defaults.yaml")
    ).load()
    found = {
        host.name: (host["site"], host.get("cluster"), host.get("role"), host.get("db_address"))
        for host in inventory.hosts.values()
    }
    assert found == {
        "lon-1": ("london", "lon-prod", "master", "127.77.1.11"),
        "lon-2": ("london", "lon-prod", "slave", "127.77.1.12"),
        "lon-3": ("london", "lon-prod", "slave", "127.77.1.13"),
        "lon-4": ("london", "lon-prod", "client", "127.77.1.14"),
        "osl-1": ("oslo", "osl-prod", "master", "127.77.2.11"),
        "osl-2": ("oslo", "osl-prod", "slave", "127.77.2.12"),
        "osl-3": ("oslo", "osl-prod", "slave", "127.77.2.13"),
        "tst-1": ("london", "shared-test", "master", "127.77.3.11"),
        "tst-2": ("oslo", "shared-test", "slave", "127.77.3.12"),
        "tst-3": ("oslo", "shared-test", "slave", "127.77.3.13"),
        "osl-edge": ("oslo", None, None, None),
    }
    for host in inventory.hosts.values():
        assert (host.hostname, host.port) == fleet.address(host.name)
        assert host.platform == "cisco_cms"
        with Client(fleet, host.name) as client:
            assert client.run("hostname") == f"{host.name}\n"


def test_new_certificates_are_valid_and_for_postgres(lab: Lab) -> None:
    fleet = lab(sample())
    for spec in fleet.spec.clusters:
        for node in spec.nodes:
            folder = fleet.certificates / spec.name / node.name
            names = {path.name for path in folder.iterdir()}
            assert names == {"client.key", "client.cer", "ca.cer"} | (
                set() if node.role == "client" else {"server.key", "server.cer"}
            )
            client = x509.load_pem_x509_certificate((folder / "client.cer").read_bytes())
            client.verify_directly_issued_by(x509.load_pem_x509_certificate((folder / "ca.cer").read_bytes()))
            assert client.subject.rfc4514_string() == "CN=postgres,O=Lab"
            old = x509.load_pem_x509_certificate((fleet.nodes[node.name].files / "dbclusterclient.cer").read_bytes())
            assert client.not_valid_after_utc > old.not_valid_after_utc


def test_password_and_key_each_attempt_recorded(lab: Lab) -> None:
    fleet = lab()
    host, port = fleet.address("lon-1")
    client = paramiko.SSHClient()
    client.load_host_keys(str(fleet.known_hosts))
    with pytest.raises(paramiko.AuthenticationException):
        client.connect(host, port, fleet.username, "wrong", allow_agent=False, look_for_keys=False)
    client.connect(host, port, fleet.username, key_filename=str(fleet.ssh_key), allow_agent=False, look_for_keys=False)
    client.close()
    texts = [event.text for event in fleet.log.select("auth")]
    assert "password refused: admin" in texts
    assert texts[-1] == "key accepted: admin"


def test_the_log_is_on_disk_too(lab: Lab) -> None:
    fleet = lab()
    with Client(fleet, "lon-1") as client:
        client.run("pki list")
    fleet.stop()
    lines = [json.loads(line) for line in (fleet.folder / "lab.log").read_text().splitlines()]
    assert [(line["seq"], line["kind"]) for line in lines] == [(event.seq, event.kind) for event in fleet.log]
    assert ("lon-1", "command", "pki list") in [(line["node"], line["kind"], line["text"]) for line in lines]


def test_each_node_on_its_own_address(tmp_path: Path) -> None:
    # An address that no other test or lab uses: the process's number makes it.
    number = os.getpid()
    subnet = f"127.{78 + number // 65536 % 100}.{number // 256 % 256}"
    spec = FleetSpec((cluster(subnet=subnet, slaves=1),))
    with socket.socket() as probe:
        try:
            probe.bind((f"{subnet}.11", 0))
        except OSError:
            pytest.skip("this system has one loopback address only")
        port = probe.getsockname()[1]
    with Fleet(spec, tmp_path, switches=QUICK, networking="auto", port=port) as fleet:
        assert fleet.networking == "addresses"
        assert fleet.address("lon-2") == (f"{subnet}.12", port)
        with Client(fleet, "lon-2") as client:
            assert f"{subnet}.12 (me)" in client.run("database cluster status")


def test_falls_back_to_ports_where_an_address_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        spec = cluster(slaves=0)
        spec = replace(spec, nodes=(replace(spec.nodes[0], address="127.0.0.1"),))
        port = taken.getsockname()[1]
        with Fleet(FleetSpec((spec,)), tmp_path, networking="auto", port=port) as fleet:
            assert fleet.networking == "ports"
            assert fleet.address("lon-1")[1] != port


def test_runs_in_the_foreground_until_it_is_told_to_stop(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mmpctl.lab", "--folder", str(tmp_path), "--for-seconds", "3600"]
    ready = tmp_path.parent / f"{tmp_path.name}-ready"
    with ended(subprocess.Popen([*command, "--networking", "ports", "--ready-file", str(ready)])) as process:
        until(ready.exists, "the lab's readiness")
        description = json.loads((tmp_path / "lab.json").read_text())
        assert description["pid"] == process.pid
        assert Path(description["inventory"], "hosts.yaml").exists()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0


def test_ends_by_itself(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mmpctl.lab", "--folder", str(tmp_path), "--for-seconds", "0.1"]
    assert subprocess.run([*command, "--networking", "ports"], check=False, timeout=PATIENCE_SECONDS).returncode == 0


def test_stopping_ends_what_is_under_way(lab: Lab) -> None:
    fleet = lab(backup_seconds=60.0)
    with Client(fleet, "lon-1") as client:
        shell = client.shell()
        shell.send("backup snapshot x\r")
        until(lambda: bool(fleet.log.select("command", text="backup")), "the command")
        fleet.stop()
        with pytest.raises((EOFError, OSError)):
            shell.read()
    fleet.stop()
