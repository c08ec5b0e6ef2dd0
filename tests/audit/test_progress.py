"""How far an audit is: for a person at a terminal, and where nobody sits at one."""

from __future__ import annotations

import io
import os
from contextlib import closing
from types import SimpleNamespace

import pytest

from benchmarks.first_row import has_row
from mmpctl.audit.model import NodeAudit
from mmpctl.audit.progress import AuditProgress
from mmpctl.inventory.nodes import Node
from tests.support.terminal import Terminal

_NODE = Node("c0-1-2", "lon-1.example.com", 22, None, None, None, "lon-1.example.com")


def test_a_line_now_and_then_with_rate_and_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr("mmpctl.display.count_progress.time.monotonic", lambda: clock.now)
    said = io.StringIO()
    progress = AuditProgress(said, 200)
    node = NodeAudit(_NODE, None, ())
    with progress.shown():
        for _ in range(150):
            clock.now += 0.5
            progress.seen(node)
    assert said.getvalue().splitlines() == [
        "20 of 200 nodes, 2.0 a second",
        "40 of 200 nodes, 2.0 a second",
        "60 of 200 nodes, 2.0 a second, about 70 s left",
        "80 of 200 nodes, 2.0 a second, about 60 s left",
        "100 of 200 nodes, 2.0 a second, about 50 s left",
        "120 of 200 nodes, 2.0 a second, about 40 s left",
        "140 of 200 nodes, 2.0 a second, about 30 s left",
    ]
    assert progress.done == 150


def test_a_node_that_is_not_well_is_on_the_terminal_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    with closing(Terminal()) as terminal:
        progress = AuditProgress(terminal.stream, 200)
        with progress.shown():
            assert not has_row(os.read(terminal.master, 65536))
            progress.seen(NodeAudit(_NODE, "no answer", ()))
            told = b""
            # The bar counts it afterwards, and is there until the end of the block.
            while b" 1/200" not in told:
                told += os.read(terminal.master, 65536)
    row, _, _ = told.partition(b" 1/200")
    assert has_row(row) and b"c0-1-2: not seen: no answer" in row
