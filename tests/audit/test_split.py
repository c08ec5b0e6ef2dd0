"""An audit of a fleet in parts: whoever looked at which node, and whenever, the document is the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nornir.core import Nornir

from mmpctl.audit.document import document
from mmpctl.audit.model import NodeAudit
from mmpctl.audit.scope import Scope
from mmpctl.inventory.nodes import Node, nodes_of
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import sample
from mmpctl.reach.answer_lines import Row, fact_of, line_text, read_line, row_of
from mmpctl.runbooks import audit
from mmpctl.times import now_utc
from tests.support.fleet import nornir
from tests.support.gate import examples


class Looked(NamedTuple):
    """The sample fleet, whose site London has a node of a cluster that stands in Oslo.

    Args:
        nodes: all of them.
        at_once: what one process found.
        by_site: what was found at each site by itself.
        moment: the time of the audit.
    """

    nodes: tuple[Node, ...]
    at_once: Mapping[str, NodeAudit]
    by_site: Mapping[str, Mapping[str, NodeAudit]]
    moment: datetime


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Looked:
    with Fleet(sample(), tmp_path_factory.mktemp("lab"), networking="ports") as fleet:
        nr, scope = nornir(fleet), Scope(now_utc())
        by_site = {site: audit.look(at(nr, site), scope) for site in ("london", "oslo")}
        return Looked(nodes_of(nr), audit.look(nr, scope), by_site, scope.now)


def at(nr: Nornir, site: str) -> Nornir:
    return nr.filter(filter_func=lambda host: host.get("site") == site)


def told(rows: Mapping[str, NodeAudit], nodes: Sequence[Node], moment: datetime) -> Any:
    """All that an audit tells, but how long each look took."""
    timeless = {name: replace(row, seconds=None) for name, row in rows.items()}
    return json.loads(json.dumps(document(audit.assemble(nodes, timeless, moment, nodes))))


def test_two_sites_give_the_document_that_one_process_gives(looked: Looked) -> None:
    whole = told(looked.at_once, looked.nodes, looked.moment)
    assert whole["summary"]["unreachable"] == 0 and whole["authorities"]
    assert any("same-key" in str(node) for node in whole["clusters"]), "what only the whole fleet shows"
    london, oslo = looked.by_site.values()
    assert {name[:3] for name in london} == {"lon", "tst"} and {name[:3] for name in oslo} == {"osl", "tst"}
    assert told({**oslo, **london}, looked.nodes, looked.moment) == whole


def sent(row: NodeAudit) -> NodeAudit:
    """The same, after it went over a line."""
    line = read_line(line_text(row_of(row)))
    assert isinstance(line, Row)
    return fact_of(line, NodeAudit, row.node)


@given(data=st.data())
@examples(40)
def test_any_split_in_any_order_gives_the_same_document_over_any_line(looked: Looked, data: st.DataObject) -> None:
    arriving = data.draw(st.permutations(sorted(looked.at_once)))
    sites = data.draw(st.lists(st.integers(0, 3), min_size=len(arriving), max_size=len(arriving)))
    parts = [[name for name, site in zip(arriving, sites, strict=True) if site == number] for number in range(4)]
    rows = {name: sent(looked.at_once[name]) for part in parts for name in part}
    assert told(rows, looked.nodes, looked.moment) == told(looked.at_once, looked.nodes, looked.moment)
