"""A line of the table: how ours compares with something else, and the goal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.turns import Timings, figure, ratio

# So much worse than its goal a ratio may be before the gate is closed: machines differ, and are busy.
TOLERANCE = 2.0


@dataclass(frozen=True, slots=True)
class Row:
    """How ours compares with something else that did the same.

    Args:
        name: what was measured.
        ours: the figure of ours, with its unit and its spread.
        other: likewise, and of what.
        ratio: ours over the other; less is better.
        goal: what the ratio should not exceed.
    """

    name: str
    ours: str
    other: str
    ratio: float
    goal: float

    @property
    def reached(self) -> bool:
        """Whether the goal is reached."""
        return self.ratio <= self.goal

    @property
    def tolerable(self) -> bool:
        """Whether the ratio is not worse than twice its goal."""
        return self.ratio <= TOLERANCE * self.goal


def table(rows: list[Row]) -> str:
    """Return the rows as a table in Markdown.

    Args:
        rows: in the order in which they are shown.
    """
    lines = ["| what | ours | other | ratio | goal | |", "|---|---|---|---|---|---|"]
    for row in rows:
        reached = "reached" if row.reached else "not reached"
        lines.append(f"| {row.name} | {row.ours} | {row.other} | {row.ratio:.2f} | ≤ {row.goal:.3g} | {reached} |")
    return "\n".join(lines)


def compared(
    name: str, timings: Mapping[str, Timings], other: str, *, wall: float | None = None, cpu: float | None = None
) -> Iterator[Row]:
    """Yield the rows that compare ours with another client.

    Args:
        name: what was done.
        timings: of `ours`, and of the other.
        other: its name.
        wall: the goal for the time that passes; None: not compared.
        cpu: likewise, for the processor time.
    """
    if wall is not None:
        mine, its = timings["ours"].wall, timings[other].wall
        yield Row(name, figure(mine), f"{other}: {figure(its)}", ratio(mine, its), wall)
    if cpu is not None:
        mine, its = timings["ours"].cpu, timings[other].cpu
        yield Row(f"{name}: processor time", figure(mine), f"{other}: {figure(its)}", ratio(mine, its), cpu)
