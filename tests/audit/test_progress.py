"""How far an audit is, where nobody sits at a terminal."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest

from mmpctl.audit.model import NodeAudit
from mmpctl.audit.progress import AuditProgress
from mmpctl.inventory.nodes import Node


def test_a_line_now_and_then_with_rate_and_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr("mmpctl.display.count_progress.time.monotonic", lambda: clock.now)
    said = io.StringIO()
    progress = AuditProgress(said, 200)
    node = NodeAudit(Node("lon-1", "lon-1.example.com", 22, None, None, None, "lon-1.example.com"), None, ())
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
