"""A node that sends text without sense or end, beside good ones: those are audited, and Ctrl-C ends the command."""

from __future__ import annotations

import json
import signal
import string
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from tests.support import schemas
from tests.support.children import ended
from tests.support.command import QUIET, Command
from tests.support.lab import Lab
from tests.support.lab_client import until
from tests.support.process import COMMAND, environment

NODE, GOOD = "lon-2", ("lon-1", "lon-3", "lon-4")
STATUS, LAST = "database cluster status", "user list"
PATIENCE_SECONDS = 150.0
# How long an answer of the hostile node is waited for: longer than the tests wait for the command.
ANSWER_SECONDS = 10 * PATIENCE_SECONDS
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
    with ended(
        subprocess.Popen(
            [*COMMAND, "audit", "-i", str(fleet.inventory), "-o", "json"],
            cwd=place,
            env=environment(fleet),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def audited(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The nodes of an audit, by name."""
    return {node["name"]: node for cluster in document["clusters"] for node in cluster["nodes"]}


@pytest.mark.parametrize("fault", [BLANKS, ENDLESS], ids=["a megabyte of blanks", "an answer without end"])
def test_the_nodes_beside_a_hostile_one_are_audited(lab: Lab, tmp_path: Path, fault: Fault) -> None:
    with audit(lab("healthy", faults=[fault]), tmp_path) as process:
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 10, err
    nodes = audited(schemas.parse(out))
    for name in GOOD:
        assert nodes[name]["reachable"] and nodes[name]["certificates"], nodes[name]
    assert not nodes[NODE]["reachable"]
    assert "more than 256 KiB" in nodes[NODE]["error"]


def test_a_node_that_names_files_without_end_is_not_followed(lab: Lab, mmpctl: Command) -> None:
    letters = string.ascii_lowercase
    text = "\n".join(f"{one}{other} certificate file : {one}{other}.cer" for one in letters for other in letters)
    fleet = lab("healthy", faults=[Fault(NODE, "output", "inject", count=0, match="callbridge\n", text=text)])
    nodes = audited(mmpctl("audit", "-o", "json", fleet=fleet).document)
    assert nodes[NODE]["certificates"] and len(nodes[NODE]["certificates"]) <= len(nodes["lon-1"]["certificates"])
    assert any("so its certificates were not looked at" in one["message"] for one in nodes[NODE]["findings"])
    assert not fleet.log.select("command", node=NODE, text="pki inspect ab.cer")


def test_a_node_whose_files_take_for_ever_is_given_up(
    lab: Lab, mmpctl: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["mmpctl.tasks._certificate_files"], "_LONGEST_SECONDS", -1.0)
    nodes = audited(mmpctl("audit", "--thorough", "-o", "json", fleet=lab("healthy")).document)
    assert all("reading its files was given up after" in node["error"] for node in nodes.values()), nodes


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
    assert "nodes were checked; no report was made" in err
    assert out == ""
