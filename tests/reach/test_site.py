"""`mmpctl site` as a process: a site's own machine looks at its own nodes, and ends when nobody listens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mmpctl.audit.model import NodeAudit
from mmpctl.audit.scope import Scope
from mmpctl.inventory.nodes import nodes_of
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import sample
from mmpctl.reach.answer_lines import Row, fact_of
from mmpctl.reach.site_inventory import digest_of, nodes_around
from mmpctl.runbooks import audit
from mmpctl.times import iso_exact, now_utc
from tests.support.children import PATIENCE_SECONDS
from tests.support.fleet import nornir
from tests.support.gate import some
from tests.support.lab import Lab
from tests.support.lab_client import until
from tests.support.site_process import site_process


def test_an_audit_of_a_site_is_what_one_process_finds(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(sample())
    nr, moment = nornir(fleet), now_utc()
    nodes = {node.name: node for node in nodes_of(nr)}
    names = sorted(name for name, node in nodes.items() if node.site == "oslo")
    with site_process(fleet, tmp_path, "--site", "oslo") as site:
        site.ask({"verb": "audit", "nodes": names, "now": iso_exact(moment)}, hang_up=True)
        hello, *rows, end = site.lines()
        assert site.code() == 0
    assert (hello["line"], hello["site"], end) == ("hello", "oslo", {"line": "end", "rows": len(names)})
    assert hello["inventory"] == digest_of(nodes_around("oslo", tuple(nodes.values())))
    oslo = nr.filter(filter_func=lambda host: host.get("site") == "oslo")
    here = audit.look(oslo, Scope(moment), processes=1)
    told = [fact_of(Row(row["node"], row["told"]), NodeAudit, nodes[row["node"]]) for row in rows]
    assert sorted(one.node.name for one in told) == names
    assert {one.node.name: one.certificates for one in told} == {name: one.certificates for name, one in here.items()}
    assert fleet.password not in str(rows) and "Example.123" not in str(rows)


def test_a_node_of_another_site_is_not_looked_at(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(sample())
    with site_process(fleet, tmp_path, "--site", "oslo") as site:
        site.ask({"verb": "status", "nodes": ["osl-1", "lon-1", "nobody"]}, hang_up=True)
        rows = {line["node"]: line["told"] for line in site.lines() if line["line"] == "row"}
        assert site.code() == 0
    assert rows["osl-1"]["error"] is None
    for name in ("lon-1", "nobody"):
        assert f"the inventory of the site oslo has no node {name} of its own" in rows[name]["error"]
    assert not fleet.log.select("auth", node="lon-1")


@pytest.mark.parametrize(
    ("options", "request_", "told"),
    some(
        [
            (("--site", "oslo"), {"verb": "shell", "nodes": []}, "the verb 'shell' is not known"),
            (("--site", "oslo"), "audit everything", "the request is not JSON"),
            (("--site", "paris"), None, "no node of the inventory is of the site 'paris'"),
            ((), None, "the inventory has nodes of london and oslo"),
            (("--site", "oslo", "-i", "nowhere"), None, "no inventory at nowhere"),
        ],
        every=5,
    ),
)
def test_what_cannot_be_done_is_an_error_line_and_exit_code_2(
    lab: Lab, tmp_path: Path, options: tuple[str, ...], request_: Any, told: str
) -> None:
    with site_process(lab(sample()), tmp_path, *options) as site:
        if request_ is not None:
            site.ask(request_)
        *_, last = site.lines()
        assert site.code() == 2
    assert last["line"] == "error" and last["message"].startswith(told)
    assert (tmp_path / "site.err").read_text() == ""


@pytest.fixture
def frozen(lab: Lab) -> Fleet:
    """A fleet of which one node says nothing more after its first command."""
    return lab("healthy", faults=[Fault("lon-3", "command", "freeze", count=0)])


def begun(fleet: Fleet) -> None:
    until(lambda: bool(fleet.log.select("auth", node="lon-3")), "the session of the node", seconds=PATIENCE_SECONDS)


@pytest.mark.parametrize("end", some(["input", "output"], every=2))
def test_it_ends_when_nobody_listens(frozen: Fleet, tmp_path: Path, end: str) -> None:
    with site_process(frozen, tmp_path) as site:
        site.ask({"verb": "status", "nodes": ["lon-3"], "held": True})
        assert next(site.lines())["line"] == "hello"
        begun(frozen)
        if end == "input":
            site.input.close()
        else:
            site.stops_listening()
        assert site.code() != 0
