"""The live picture on a terminal: what each node does now, redrawn in place, with what lasts scrolling above it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from math import ceil
from typing import TextIO

from rich.console import Group, RenderableType
from rich.text import Text

from mmpctl.display.board import Board, Line
from mmpctl.display.unit_progress import Story, duration
from mmpctl.reports.output import render
from mmpctl.reports.sentences import broken
from mmpctl.reports.streams import terminal_size, writable
from mmpctl.reports.widgets import points, words

_MORE = " …"
_BELOW_TIME = " " * len("00:00:00 ")


class Live:
    """Draws the stories of all units at the bottom of a terminal.

    Rich's own live display does not see that a terminal which became narrower has broken the lines of the picture; here
    the picture is taken away by the rows that it fills now.

    Args:
        stream: the terminal.
        board: the stories.
    """

    rhythm: float | None = 0.25

    def __init__(self, stream: TextIO, board: Board) -> None:
        self._stream = stream
        self._board = board
        self._drawn: list[int] = []

    def show(self, lines: Iterable[Line], at: datetime) -> None:
        """Let lines scroll away above, and draw the picture again."""
        size = terminal_size(self._stream)
        above = [part for line in lines if line.lasting for part in scrolled(line.text, size.columns)]
        picture = self._picture(at, size.columns - 1, size.lines - 1)
        self._draw(above, picture, size.columns, size.lines)

    def clear(self) -> None:
        """Take the picture away; what scrolled above stays."""
        size = terminal_size(self._stream)
        self._draw([], [], size.columns, size.lines)

    def _draw(self, above: list[str], picture: list[str], columns: int, rows: int) -> None:
        if not (self._drawn or above or picture):
            return
        filled = min(sum(max(ceil(width / columns), 1) for width in self._drawn), rows - 1)
        up = f"\x1b[{filled}A" if filled else ""
        # One write, so that nobody sees the empty place between two pictures.
        # Erased line by line: some terminals keep a screen that is erased at once in what can be scrolled back to.
        drawn = "".join([f"\r{up}", *(f"{line}\x1b[K\n" for line in (*above, *picture)), "\x1b[J"])
        self._stream.write(writable(drawn, self._stream))
        self._stream.flush()
        self._drawn = [Text.from_ansi(line).cell_len for line in picture]

    def _picture(self, at: datetime, width: int, height: int) -> list[str]:
        stories = list(self._board.stories.values())
        if not (stories or self._board.waiting):
            return []
        tally = self._board.tally
        # All the other units are one line of numbers, however many they are.
        others = [] if tally is None else _lines(_shortened(words(tally, "bold"), width), width)
        room = height - len(others)
        for form in (_whole, _compact):
            # The empty line keeps the picture apart from what scrolls above.
            drawn = ["", *_lines(Group(*(form(story, at) for story in stories)), width)]
            if len(drawn) <= room:
                return [*drawn, *others]
        brief = [line for story in stories for line in _lines(_shortened(_brief(story, at), width), width)]
        if len(brief) > room:
            brief = [*brief[: room - 1], f"… and {len(brief) - room + 1} more {self._board.words.units}"]
        return [*brief, *others]


def scrolled(line: str, columns: int) -> list[str]:
    """Return a line of the log in lines that a terminal does not break: between words, and indented below the time.

    Args:
        line: what happened.
        columns: of the terminal.
    """
    first = next(broken(Text(line), columns))
    rest = Text(line[len(first) :].lstrip())
    return [first.plain, *(_BELOW_TIME + part.plain for part in broken(rest, columns - len(_BELOW_TIME)) if part.plain)]


def _lines(picture: RenderableType, width: int) -> list[str]:
    return render(picture, width=width, terminal=True).splitlines()


def _title(story: Story, at: datetime) -> Text:
    elapsed = duration((at - story.started).total_seconds())
    return Text.assemble(
        words(story.unit, "bold"),
        f" · step {story.number} of {story.total} · {elapsed} · ",
        words(story.now(), "cyan"),
        overflow="fold",
    )


def _brief(story: Story, at: datetime) -> Text:
    """Return all of a unit that has one line: which steps failed comes before what is being done."""
    told = _title(story, at)
    failed = [step for step in story.steps if story.ended.get(step.key) is not None]
    if not failed:
        return told
    name = words(story.unit, "bold")
    what = words(f"✗ {', '.join(f'{step.node} {step.action}' for step in failed)} FAILED", "bold red")
    return Text.assemble(name, " · ", what, told[len(name) :])


def _shortened(text: Text, width: int) -> Text:
    """Return a text in one line: what does not fit is left out from the end of a word on, and "…" tells so."""
    if text.cell_len <= width:
        return text
    line = next(broken(text, width - len(_MORE)))
    # A single word that is longer than the line.
    line.truncate(width - len(_MORE))
    line.rstrip()
    return line.append(_MORE)


def _whole(story: Story, at: datetime) -> RenderableType:
    nodes = points((_name(story, node), _node(story, node, at)) for node in story.nodes)
    stake, kept = story.words.stake, story.stake()
    facts = points(
        [
            *([(Text(f"  {stake.name.capitalize()}"), words(kept))] if stake and kept else []),
            (Text("  Stop"), words(story.stopping())),
            (Text("  Next"), words(story.then())),
            (Text("  Time"), words(story.takes())),
        ]
    )
    return Group(_title(story, at), nodes, facts)


def _compact(story: Story, at: datetime) -> RenderableType:
    nodes = Text("  ", overflow="fold")
    for number, node in enumerate(story.nodes):
        nodes.append("  " if number else "")
        nodes.append_text(words(node)).append("★ " if _leads(story, node) else " ", "bold yellow")
        nodes.append_text(_doing(story, node, at))
    return Group(_title(story, at), nodes, Text("  ").append_text(words(story.brief())))


def _name(story: Story, node: str) -> Text:
    name = Text("  ").append_text(words(node))
    return name.append(f" ★ {story.words.lead}", "bold yellow") if _leads(story, node) else name


def _leads(story: Story, node: str) -> bool:
    return story.words.lead is not None and node == story.lead


def _node(story: Story, node: str, at: datetime) -> Text:
    told = _doing(story, node, at)
    seen = story.seen.get(node)
    return told.append_text(words(f" · {seen}")) if seen else told


def _doing(story: Story, node: str, at: datetime) -> Text:
    running, last = story.running(node), story.last(node)
    if running is not None:
        return words(f"▶ {running.action}, {duration(story.seconds(running, at))}", "cyan")
    if last is None:
        return words("waiting")
    return (
        words(f"✓ {last.action}", "green")
        if story.ended[last.key] is None
        else words(f"✗ {last.action} FAILED", "bold red")
    )
