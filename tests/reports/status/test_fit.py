"""The status on a screen: it fits, the worst is in it, and the last line counts all."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console
from rich.screen import Screen

from mmpctl.reports.status.fit import FittedStatus
from tests.support import documents


def fleet(well: int, ill: int = 0, nodes: int = 3) -> Any:
    one, two, _ = documents.status()["clusters"]

    def named(cluster: Any, name: str) -> Any:
        return {**cluster, "name": name, "nodes": (cluster["nodes"] * nodes)[:nodes]}

    clusters = [named(one, f"well-{number}") for number in range(well)]
    clusters += [named(two, f"ill-{number}") for number in range(ill)]
    return {**documents.status(), "clusters": clusters}


def drawn(document: Any, recent: tuple[str, ...] = (), height: int = 24) -> list[str]:
    console = Console(file=io.StringIO(), width=80, height=height, force_terminal=True, color_system=None)
    console.print(Screen(FittedStatus(document, "looked at 10:00:00 UTC", recent)), end="")
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == height and all(len(line) <= 80 for line in lines)
    return [line.rstrip() for line in lines if line.strip()]


@pytest.mark.parametrize(("well", "ill"), [(1, 0), (2, 1), (40, 0), (40, 3), (0, 9)])
@pytest.mark.parametrize("height", [10, 24, 50])
def test_the_summary_is_always_the_last_line(well: int, ill: int, height: int) -> None:
    lines = drawn(fleet(well, ill), ("12:00:00 lon-1: a → b",) * 5, height)
    assert lines[0] == "looked at 10:00:00 UTC"
    assert lines[-1].startswith(f"{well + ill} cluster{'' if well + ill == 1 else 's'}: {well} healthy, {ill} not")
    shown = [line for line in lines if "HEALTHY" in line]
    assert len(shown) >= 1
    if len(shown) < well + ill:
        left = well + ill - len(shown)
        assert lines[-2] == f"… and {left} more cluster{'' if left == 1 else 's'}"


def test_what_needs_somebody_comes_first() -> None:
    lines = drawn(fleet(30, 1, nodes=2))
    assert next(line for line in lines if "HEALTHY" in line).startswith("ill-0 · ✗ NOT HEALTHY")


def test_a_cluster_that_is_longer_than_the_screen_is_cut_and_says_so() -> None:
    lines = drawn(fleet(0, 1, nodes=60))
    assert any(line.startswith("… and ") and line.endswith(" more lines") for line in lines)
    assert "1 cluster: 0 healthy, 1 not" in lines[-1]


def test_all_is_shown_where_there_is_room() -> None:
    lines = drawn(documents.status(), height=60)
    assert not any(line.startswith("… and") for line in lines)
    assert lines[-1] == "2 clusters: 1 healthy, 1 not; 1 node not seen"


def test_what_changed_last_is_there_and_has_no_effect() -> None:
    lines = drawn(fleet(1), ("old", *["between"] * 9, f"12:00:00 {documents.HOSTILE} {'x' * 200}"))
    assert "old" not in lines and any("\\x1b" in line for line in lines)
