"""A node that is dead for good in the middle of a run: the run is ended, and a new one goes on without the node."""

from __future__ import annotations

from pathlib import Path

from mmpctl.lab.fault import Fault
from tests.conftest import Lab
from tests.runbooks.conftest import Command
from tests.runbooks.fleet import CLUSTER, KEEPER

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
