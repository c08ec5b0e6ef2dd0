"""A renewal that finds nothing says what it looked for, and where that is instead."""

from __future__ import annotations

import pytest

from mmpctl.services.renewable import in_turn
from mmpctl.services.seen_services import PairNames, SeenGroup, SeenNode, SeenService
from mmpctl.services.unused import unused

IN_USE = SeenService(enabled=True, pairs={"turn": PairNames("a.key", "a.cer")})
OFF = SeenService(enabled=False)
EDGE, OTHER, CORE = (
    SeenNode("edge-1", services={"turn": IN_USE}),
    SeenNode("edge-2", services={"turn": IN_USE}),
    SeenNode("core-1", services={"turn": OFF}),
)
SILENT = SeenNode("edge-3", error="refuses the connection")


@pytest.mark.parametrize(
    ("nodes", "selected", "told"),
    [
        ((EDGE, CORE), {"edge-1", "core-1"}, []),
        ((EDGE, CORE), {"core-1"}, ["turn runs on edge-1, which was not selected"]),
        ((EDGE, OTHER, CORE), {"core-1"}, ["turn runs on edge-1, edge-2, which were not selected"]),
        ((CORE,), {"core-1"}, ["no node of london uses turn"]),
        # Of a node that does not answer, nobody knows what it uses.
        ((SILENT, CORE), {"core-1", "edge-3"}, []),
        ((EDGE, CORE), set(), []),
    ],
)
def test_what_no_selected_node_uses_is_told(nodes: tuple[SeenNode, ...], selected: set[str], told: list[str]) -> None:
    group = SeenGroup("london", nodes)
    assert list(unused(group, in_turn(["turn"]), selected.__contains__)) == told
