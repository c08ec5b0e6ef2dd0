"""A table in which no word is broken: a column that finds no room moves to lines of its own below each row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.text import Text

from mmpctl.reports.sentences import broken, segments

# What stands for nothing, and has no line below a row.
NOTHING = "–"
_GAP = 2
_INDENT = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Args:
        title: its heading.
        firm: its cells and heading are never broken, not even between words.
        right: numbers, to the right.
        command: the first line of each cell is a command, which is never broken: a row in which it finds no room has
            it on a line of its own.
    """

    title: str
    firm: bool = False
    right: bool = False
    command: bool = False

    def lines(self, cell: Text, width: int) -> Iterator[Text]:
        """Yield the lines of a cell.

        Args:
            cell: with line ends where they shall stay.
            width: of the column; what must not be broken is wider all the same.
        """
        for number, line in enumerate(cell.split("\n", allow_blank=True)):
            if self.firm or (self.command and not number):
                yield line
            else:
                yield from broken(line, width)

    def width(self, cells: Iterable[Text], most: int) -> int:
        """Return how wide the cells make the column where they are broken at `most` columns, long commands aside."""
        lines = (line for cell in cells for line in replace(self, command=False).lines(cell, most))
        return max((line.cell_len for line in lines), default=0)

    def holds(self, cell: Text, width: int) -> bool:
        """Return whether a cell finds room in the column.

        Args:
            cell: of the column.
            width: of the column.
        """
        return not self.command or all(line.cell_len <= width for line in self.lines(cell, width))


class FittingTable:
    """A table that breaks its cells between words only, and loses nothing.

    Args:
        columns: in order; the first one names the row, and always stays.
        rows: as many cells as columns.
    """

    def __init__(self, columns: Iterable[Column], rows: Iterable[Sequence[Text]]) -> None:
        self._columns = tuple(columns)
        self._rows = tuple(tuple(row) for row in rows)
        # Wider than any text of ours: what each column would take if it could.
        self._most = self._widths(1_000_000)
        self._least = self._widths(1)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Tell rich how wide the table would be if it could."""
        every = range(len(self._columns))
        return Measurement(min(self._total(self._least, [0]), options.max_width), self._total(self._most, every))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Give the table to rich line by line."""
        kept = self._kept(options.max_width)
        widths = self._shared(kept, options.max_width)
        headings = [replace(column, command=False) for column in self._columns]
        yield from _drawn([Text(column.title, "bold") for column in headings], headings, widths, console)
        yield from segments(Text("─" * min(self._total(widths, kept), options.max_width)), console)
        yield Segment.line()
        for row in self._rows:
            held = {place for place, width in widths.items() if self._columns[place].holds(row[place], width)}
            beside = [cell if place in held else Text() for place, cell in enumerate(row)]
            yield from _drawn(beside, self._columns, widths, console)
            for line in self._below(row, held, options.max_width):
                yield from segments(line, console)
                yield Segment.line()

    def _widths(self, most: int) -> dict[int, int]:
        return {
            place: column.width((Text(column.title), *(row[place] for row in self._rows)), most)
            for place, column in enumerate(self._columns)
        }

    def _total(self, widths: dict[int, int], places: Iterable[int]) -> int:
        taken = [widths[place] for place in places]
        return sum(taken) + _GAP * (len(taken) - 1)

    def _kept(self, width: int) -> list[int]:
        """Return the places of the columns that find room side by side; the widest make room for the others."""
        kept = [*range(len(self._columns))]
        while len(kept) > 1 and self._total(self._least, kept) > width:
            kept.remove(max(kept[1:], key=lambda place: self._most[place]))
        return kept

    def _shared(self, kept: Sequence[int], width: int) -> dict[int, int]:
        """Return how wide each column is: what it needs, and its part of the rest; who wants least is served first."""
        left = max(width - self._total(self._least, kept), 0)
        widths = {}
        for number, place in enumerate(sorted(kept, key=lambda place: self._most[place] - self._least[place])):
            more = min(self._most[place] - self._least[place], left // (len(kept) - number))
            widths[place] = self._least[place] + more
            left -= more
        return dict(sorted(widths.items()))

    def _below(self, row: Sequence[Text], held: Collection[int], width: int) -> Iterator[Text]:
        """Yield the cells that found no room beside the others, each below its heading."""
        for place, column in enumerate(self._columns):
            if place in held or row[place].plain in ("", NOTHING):
                continue
            lead = Text(" " * _INDENT)
            if not column.command:
                lead.append(f"{column.title}: ", "dim")
            for line in column.lines(row[place], max(width - max(lead.cell_len, 2 * _INDENT), 1)):
                yield lead.append_text(line)
                lead = Text(" " * 2 * _INDENT)


def _drawn(
    row: Sequence[Text], columns: Sequence[Column], widths: dict[int, int], console: Console
) -> Iterator[Segment]:
    """Yield a row, or the headings: the cells side by side."""
    cells = [[*columns[place].lines(row[place], width)] for place, width in widths.items()]
    for number in range(max(map(len, cells))):
        drawn, begin = Text(), 0
        for lines, (place, width) in zip(cells, widths.items(), strict=True):
            line = lines[number] if number < len(lines) else Text()
            if line:
                at = begin + (width - line.cell_len if columns[place].right else 0)
                drawn.append(" " * (at - drawn.cell_len)).append_text(line)
            begin += width + _GAP
        yield from segments(drawn, console)
        yield Segment.line()
