"""Steps along the time: where each begins and how long it is, in per cent of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mmpctl.times import read_iso

_NARROWEST = 0.4
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21600, 86400)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time that a step took.

    Args:
        node: where it was done.
        label: its action.
        kind: how it ended: `good`, `warn` or `bad`.
        begin: in seconds, by any clock that all steps share.
        end: likewise.
    """

    node: str
    label: str
    kind: str
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One step.

    Args:
        id: a word of its own, for its place in the style sheet.
        label: the step's action.
        kind: how it ended: `good`, `warn` or `bad`.
        left: where it begins, per cent.
        width: how long it is, per cent.
        seconds: how long it took.
    """

    id: str
    label: str
    kind: str
    left: float
    width: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Row:
    """The steps of one node; a tick's bar has no width that matters."""

    name: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The steps of one part of a run; the first row holds the ticks, labelled in seconds."""

    seconds: float
    rows: tuple[Row, ...]


def timeline(mine: str, nodes: Sequence[str], steps: Iterable[Stretch]) -> Timeline:
    """Lay steps out along the time.

    Args:
        mine: a word that begins the ids.
        nodes: the rows, in order.
        steps: at least one.
    """
    every = sorted(steps, key=lambda step: step.begin)
    start = every[0].begin
    whole = max(max(step.end for step in every) - start, 0.001)
    unit = next((one for one in _TICKS if whole / one <= 8), _TICKS[-1])
    ticks = tuple(
        Bar(f"{mine}k{number}", f"{number * unit:.10g}", "tick", number * unit / whole * 100, _NARROWEST, number * unit)
        for number in range(int(whole / unit) + 1)
    )
    rows = [Row("", ticks)]
    for place, node in enumerate(nodes, 1):
        own = [step for step in every if step.node == node]
        bars = tuple(
            Bar(
                id=f"{mine}r{place}b{number}",
                label=step.label,
                kind=step.kind,
                left=(step.begin - start) / whole * 100,
                width=max((step.end - step.begin) / whole * 100, _NARROWEST),
                seconds=step.end - step.begin,
            )
            for number, step in enumerate(own, 1)
        )
        rows.append(Row(node, bars))
    return Timeline(whole, tuple(rows))


def seconds_of(text: str | None) -> float | None:
    """Return an ISO 8601 time as seconds; None if there is none."""
    try:
        return read_iso(text).timestamp() if text else None
    except ValueError:
        return None
