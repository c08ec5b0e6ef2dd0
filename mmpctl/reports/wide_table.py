"""A table with a column that is compared or copied by eye or hand, and so is never broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from mmpctl.reports.fitting_table import Column
from mmpctl.reports.sentences import Sentence
from mmpctl.reports.widgets import heading, table, words

_T = TypeVar("_T")

# Wider than any screen: what a table would take if it could.
_UNBOUND = 10_000
_NOTHING = words(None).plain


class WideTable:
    """A table whose kept column moves below it, a line for each row, if the screen is too narrow for all columns.

    Args:
        columns: in order; the first one names the row.
        rows: as many cells as columns.
        kept: the place of the column that is never broken, counted from 0.
    """

    def __init__(self, columns: Sequence[Column], rows: Sequence[Sequence[Text]], kept: int) -> None:
        self._columns = [replace(one, firm=one.firm or place == kept) for place, one in enumerate(columns)]
        self._rows = rows
        self._kept = kept

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Give rich the whole table, or the table and the lines below it."""
        whole = table(self._columns, self._rows)
        if console.measure(whole, options=options.update(max_width=_UNBOUND)).maximum <= options.max_width:
            yield whole
            return
        yield table(self._without(self._columns), [self._without(row) for row in self._rows])
        yield Text("")
        yield heading(self._columns[self._kept].title)
        for row in (one for one in self._rows if one[self._kept].plain != _NOTHING):
            yield Sentence(Text("  ").join((row[0], row[self._kept])))

    def _without(self, cells: Sequence[_T]) -> list[_T]:
        return [*cells[: self._kept], *cells[self._kept + 1 :]]
