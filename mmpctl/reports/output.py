"""A command's result on its way out: as JSON or for people, to a stream of any kind or a file."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console, RenderableType
from rich.text import Text

from mmpctl.reports.result_files import write_file
from mmpctl.reports.sentences import Sentence
from mmpctl.reports.streams import is_terminal, send, takes_all, terminal_width, wished_width

# Without a terminal nobody tells how wide the paper is.
PAPER_WIDTH = 100
# So many words of JSON are written at once, some hundred kilobytes.
_WORDS = 20_000


def write(
    document: Mapping[str, Any],
    table: RenderableType,
    *,
    form: str = "table",
    file: Path | None = None,
    stream: TextIO | None = None,
    width: int | None = None,
) -> None:
    """Write the result of a command.

    Args:
        document: the JSON of the contract.
        table: the same for people.
        form: `table` or `json`.
        file: where to, replaced whole or not at all; None for the stream.
        stream: standard output by default.
        width: in columns; by default that of the terminal, else 100.

    Raises:
        UsageError: the file cannot be written.
    """
    out = sys.stdout if stream is None else stream
    if file is not None:
        write_file(file, json_pieces(document) if form == "json" else render(table, width=width or PAPER_WIDTH))
    elif form == "json":
        # In a character set that lacks a letter, JSON has a way to write it all the same.
        for piece in json_pieces(document, ascii_only=not takes_all(out)):
            send(piece, out)
    else:
        show(table, out, width=width)


def show(table: RenderableType, stream: TextIO, *, width: int | None = None) -> None:
    """Write a table to a stream: in colour and as wide as the terminal, if there is one.

    Args:
        table: what to show.
        stream: where to.
        width: in columns; by default what COLUMNS says, else that of the terminal, else 100.
    """
    terminal = is_terminal(stream)
    columns = width or wished_width() or (terminal_width(stream) if terminal else PAPER_WIDTH)
    send(render(table, width=columns, terminal=terminal), stream)


def render(table: RenderableType, *, width: int = PAPER_WIDTH, terminal: bool = False) -> str:
    """Return a table as text.

    Args:
        table: what to show.
        width: in columns.
        terminal: with colours, unless NO_COLOR is set or the terminal has none.
    """
    # Not recorded but written to memory: a terminal that goes away must not end in the middle of rich.
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=terminal,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    console.print(Sentence(table) if isinstance(table, Text) else table, crop=False)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    # Without colours there is nothing behind the last word of a line but padding.
    return str(text) if terminal else "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def json_text(document: Mapping[str, Any], *, ascii_only: bool = False) -> str:
    """Return a document as JSON in which nothing disturbs a terminal.

    Args:
        document: what json can write.
        ascii_only: for streams that cannot take all letters.
    """
    return "".join(json_pieces(document, ascii_only=ascii_only))


def json_pieces(document: Mapping[str, Any], *, ascii_only: bool = False) -> Iterator[str]:
    """Yield the same text piece by piece: that of an audit of 10,000 nodes takes several times the memory of the audit.

    Args:
        document: what json can write.
        ascii_only: for streams that cannot take all letters.
    """
    words = json.JSONEncoder(indent=2, ensure_ascii=ascii_only, allow_nan=False).iterencode(document)
    while piece := "".join(islice(words, _WORDS)):
        yield piece if piece.isprintable() else "\n".join(map(_printable, piece.split("\n")))
    yield "\n"


def _printable(line: str) -> str:
    return line if line.isprintable() else "".join(map(_escaped, line))


def _escaped(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]
