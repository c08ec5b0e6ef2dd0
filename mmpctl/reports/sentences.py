"""Lists of sentences in which nothing that can be copied is broken: commands between backticks, paths, long words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.text import Text

# What stands together: a command between backticks with the marks around it, or a word.
_ATOM = re.compile(r"[^\s`]*(?:`[^`\n]*`[^\s`]*)+|\S+")


class Copied:
    """A line as it is, however narrow the screen: the terminal breaks it, and joins it again when it is copied.

    Args:
        text: one line.
    """

    def __init__(self, text: Text) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Give the line to rich in one piece."""
        yield from segments(self._text, console)
        yield Segment.line()


class Sentence:
    """A sentence that is broken between words only: a path or a name in it stays in one piece, however long it is.

    Args:
        text: with line ends where they shall stay.
    """

    def __init__(self, text: Text) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Give the sentence to rich line by line."""
        for line in broken(self._text, options.max_width):
            yield from segments(line, console)
            yield Segment.line()


class Points:
    """Items with a mark before each; what does not fit into a line goes on below its beginning, never broken in a word.

    Args:
        items: mark and content of each.
    """

    def __init__(self, items: Sequence[tuple[Text, RenderableType]]) -> None:
        self._items = items

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Give the items to rich line by line."""
        indent = max((sign.cell_len for sign, _ in self._items), default=0) + 1
        width = max(options.max_width - indent, 1)
        for sign, content in self._items:
            lead = sign.copy()
            lead.pad_right(indent - sign.cell_len)
            for line in _lines(content, width, console, options):
                yield from segments(lead, console)
                yield from line
                yield Segment.line()
                lead = Text(" " * indent)


def broken(text: Text, width: int) -> Iterator[Text]:
    """Yield the lines of a text, broken between words only.

    Args:
        text: with line ends where they shall stay.
        width: in columns; a longer word has a line of its own.
    """
    for line in text.split("\n", allow_blank=True):
        begin, end = 0, 0
        for atom in _ATOM.finditer(line.plain):
            if end > begin and line[begin : atom.end()].cell_len > width:
                yield line[begin:end]
                begin = atom.start()
            end = atom.end()
        yield line[begin:end]


def _lines(
    content: RenderableType, width: int, console: Console, options: ConsoleOptions
) -> Iterator[Iterable[Segment]]:
    if isinstance(content, Text):
        for line in broken(content, width):
            yield segments(line, console)
    else:
        yield from console.render_lines(content, options.update(width=width), pad=False)


def segments(text: Text, console: Console) -> Iterable[Segment]:
    """Return one line as it is, with its styles, as rich draws it.

    Args:
        text: the line.
        console: that it is drawn on.
    """
    # A text without spans forgets the style that it has as a whole.
    return Text().append_text(text).render(console)
