"""A node that sends text without sense or end, beside good ones: those are audited, and Ctrl-C ends the command."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from tests.conftest import Lab
from tests.lab.client import until
from tests.runbooks.conftest import QUIET
from tests.runbooks.test_signals import COMMAND, PATIENCE_SECONDS, environment

NODE, GOOD = "lon-2", ("lon-1", "lon-3", "lon-4")
STATUS, LAST = "database cluster status", "user list"
# How long an answer of the hostile node is waited for: longer than the tests wait for the command.
ANSWER_SECONDS = 5 * PATIENCE_SECONDS
BLANKS = Fault(NODE, "output", "inject", count=0, text=" " * 1_000_000)
ENDLESS = Fault(NODE, "output", "inject", count=0, text="Certificate", times=0)
# So slowly that no bound of size is met before the deadline.
DRIPPING = Fault(NODE, "output", "inject", count=0, match=STATUS, text="Certificate", times=0, seconds=0.2)


@contextmanager
def audit(fleet: Fleet, place: Path) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own: no thread of the lab's gives way to its threads."""
    extras = {**QUIET, "read_timeout_override": ANSWER_SECONDS}
    defaults = {"platform": "cisco_cms", "connection_options": {"netmiko": {"extras": extras}}}
    (fleet.inventory / "defaults.yaml").write_text(json.dumps(defaults), encoding="utf-8")
    with subprocess.Popen(
        [*COMMAND, "audit", "-i", str(fleet.inventory), "-o", "json"],
        cwd=place,
        env=environment(fleet),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


@pytest.mark.parametrize("fault", [BLANKS, ENDLESS], ids=["a megabyte of blanks", "an answer without end"])
def test_the_nodes_beside_a_hostile_one_are_audited(lab: Lab, tmp_path: Path, fault: Fault) -> None:
    with audit(lab("healthy", faults=[fault]), tmp_path) as process:
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 10, err
    nodes = {node["name"]: node for cluster in json.loads(out)["clusters"] for node in cluster["nodes"]}
    for name in GOOD:
        assert nodes[name]["reachable"] and nodes[name]["certificates"], nodes[name]
    assert not nodes[NODE]["reachable"]
    assert "more than 256 KiB" in nodes[NODE]["error"]


def test_ctrl_c_ends_an_audit_while_a_node_goes_on_and_on(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy", faults=[DRIPPING])
    with audit(fleet, tmp_path) as process:

        def others_are_done() -> bool:
            assert process.poll() is None
            return all(fleet.log.select("command", node=name, text=LAST) for name in GOOD)

        until(others_are_done, "the audit of the others", seconds=PATIENCE_SECONDS)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130, err
    assert "nodes were looked at; no report is made" in err
    assert out == ""
