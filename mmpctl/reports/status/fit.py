"""The status in a picture of so many lines: what matters most is in it, and what found no room is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment, SegmentLines
from rich.text import Text

from mmpctl.cluster.verdict import Health
from mmpctl.documents.status import StatusCluster, StatusDocument
from mmpctl.reports.sanitize import harmless
from mmpctl.reports.status.table import cluster_part, summary, verdict
from mmpctl.reports.widgets import counted
from mmpctl.severity import Severity, rank

# Those that need somebody first.
_ORDER = tuple(Health)
_Lines = list[list[Segment]]
# A part of the screen for what changed last.
_RECENT = 8


@dataclass(frozen=True, slots=True)
class FittedStatus:
    """The status as it fits the screen that it is drawn on, however that is resized.

    Args:
        document: of `mmpctl status`.
        title: the first line.
        recent: what changed last, the newest at the end.
    """

    document: StatusDocument
    title: str = ""
    recent: Sequence[str] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        height = options.height or console.size.height
        plain = options.update(height=None)

        def lines(part: RenderableType) -> _Lines:
            return console.render_lines(part, plain, pad=False)

        newest = self.recent[-max(height // _RECENT, 1) :]
        head = [lines(Text(self.title, "dim"))]
        head += [lines(Text(harmless(line), "yellow", no_wrap=True, overflow="ellipsis")) for line in newest]
        foot = lines(summary(self.document["clusters"]))
        drawn = [line for part in head for line in part] if self.title else []
        room = height - len(drawn) - len(foot) - 1
        clusters = worst_first(self.document["clusters"])
        drawn += _clusters([(one, lines(cluster_part(one))) for one in clusters], room)
        yield SegmentLines([*drawn[: max(height - len(foot), 0)], *foot[:height]], new_lines=True)


def worst_first(clusters: Sequence[StatusCluster]) -> list[StatusCluster]:
    """Return the clusters, those first that need somebody.

    Args:
        clusters: of the document.
    """
    return sorted(clusters, key=lambda one: (one["name"] is None, _ORDER.index(verdict(one)), _worst(one)))


def _clusters(parts: Sequence[tuple[StatusCluster, _Lines]], room: int) -> _Lines:
    """As many clusters as there is room for, each with an empty line before it; a first one that is too long is cut."""
    drawn: _Lines = []
    for number, (_, part) in enumerate(parts):
        rest = len(parts) - number
        # What comes after it may want a line that says so.
        free = room - len(drawn) - (rest > 1)
        if len(part) + 1 <= free:
            drawn += [[], *part]
            continue
        if not number and free > 3:
            drawn += [[], *part[: free - 2], _told(f"… and {counted(len(part) - free + 2, 'more line')}")]
            rest -= 1
        return (
            [*drawn, _told(_left_out([one for one, _ in parts[len(parts) - rest :]], bool(drawn)))] if rest else drawn
        )
    return drawn


def _left_out(rest: Sequence[StatusCluster], some: bool) -> str:
    """What found no room: clusters, and nodes that are in none; with what is drawn, they add up to the last line."""
    clusters = sum(one["name"] is not None for one in rest)
    nodes = sum(len(one["nodes"]) for one in rest if one["name"] is None)
    alone = f"{counted(nodes, 'node')} without a cluster" if nodes else ""
    if not some:
        told = " and ".join(one for one in (counted(clusters, "cluster") if clusters else "", alone) if one)
        return f"… no room for {told}"
    named = counted(clusters, "more cluster") if clusters else ""
    return f"… and {' and '.join(one for one in (named, alone) if one)}"


def _told(text: str) -> list[Segment]:
    return [Segment(text)]


def _worst(cluster: StatusCluster) -> int:
    rows = (one["severity"] for node in cluster["nodes"] for one in node["certificates"])
    return min((rank(severity) for severity in rows), default=rank(Severity.OK))
