"""A node that is dead for good in the middle of a run: the run is ended, and a new one goes on without the node."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from mmpctl.lab.fault import Fault
from tests.support.command import Command
from tests.support.fleet import CLUSTER, KEEPER
from tests.support.lab import Lab

DEAD = "lon-3"


def test_a_slave_that_never_comes_back_is_left_out_by_a_new_run(lab: Lab, mmpctl: Command, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[Fault(DEAD, "command", "die", match="cluster certs")])
    rows = fleet.nodes[KEEPER].rows
    runs = ("--runs", tmp_path / "runs")
    renew = ("renew", "--certs", fleet.certificates, "--keeper", f"{CLUSTER}={KEEPER}", "--yes", *runs)
    stopped = mmpctl(*renew, fleet=fleet)
    assert stopped.code == 6, stopped
    first = next((tmp_path / "runs").iterdir()).name
    resumed = mmpctl("resume", first, "--yes", *runs, fleet=fleet)
    assert resumed.code == 6 and f"--leave-out {DEAD}" in " ".join(resumed.out.split()), resumed

    closed = mmpctl("runs", "--close", first, "--reason", f"{DEAD} is dead for good", *runs)
    assert closed.code == 0, closed
    renewed = mmpctl(*renew, "--leave-out", DEAD, fleet=fleet)
    assert renewed.code == 0, renewed
    assert [fleet.nodes[name].rows for name in (KEEPER, "lon-2")] == [rows, rows]
    told = [f"{event.node} {event.text.split()[2]}" for event in fleet.log.select("accepted")]
    assert len(told) == len(set(told)), told


def test_a_keeper_that_never_comes_back_is_replaced_by_a_new_run(lab: Lab, mmpctl: Command, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[Fault(KEEPER, "command", "die", match="-again")])
    rows = fleet.nodes["lon-2"].rows
    runs = ("--runs", tmp_path / "runs")
    renew = ("renew", "--certs", fleet.certificates, "--yes", *runs)
    stopped = mmpctl(*renew, "--keeper", f"{CLUSTER}={KEEPER}", fleet=fleet)
    assert stopped.code == 6, stopped
    first = next((tmp_path / "runs").iterdir()).name
    resumed = mmpctl("resume", first, "--yes", *runs, fleet=fleet)
    said = " ".join(resumed.out.split())
    assert resumed.code == 6 and f"renew with --leave-out {KEEPER} and --keeper" in said, resumed

    assert mmpctl("runs", "--close", first, "--reason", f"{KEEPER} is dead for good", *runs).code == 0
    hosts = fleet.inventory / "hosts.yaml"
    yaml = YAML()
    content = yaml.load(hosts)
    content[KEEPER]["data"]["role"], content["lon-2"]["data"]["role"] = "slave", "master"
    yaml.dump(content, hosts)
    renewed = mmpctl(*renew, "--keeper", f"{CLUSTER}=lon-2", "--leave-out", KEEPER, fleet=fleet)
    assert renewed.code == 0, renewed
    assert rows and [fleet.nodes[name].rows for name in ("lon-2", "lon-3")] == [rows, rows]
