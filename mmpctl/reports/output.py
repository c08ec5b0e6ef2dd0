"""A command's result on its way out: as JSON or for people, to a stream of any kind or a file."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console, RenderableType
from rich.text import Text

from mmpctl.reports.result_files import write_file
from mmpctl.reports.sentences import Sentence

# Without a terminal nobody tells how wide the paper is.
PAPER_WIDTH = 100
_NARROWEST = 40


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
        write_file(file, json_text(document) if form == "json" else render(table, width=width or PAPER_WIDTH))
    elif form == "json":
        # In a character set that lacks a letter, JSON has a way to write it all the same.
        send(json_text(document, ascii_only=not _takes_all(out)), out)
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
    columns = width or _wished_width() or (terminal_width(stream) if terminal else PAPER_WIDTH)
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
    text = json.dumps(document, indent=2, ensure_ascii=ascii_only, allow_nan=False)
    lines = (line if line.isprintable() else "".join(map(_escaped, line)) for line in text.split("\n"))
    return "\n".join(lines) + "\n"


def send(text: str, stream: TextIO) -> None:
    """Write a text to a stream; a reader that has gone away (`| head`) is no error.

    Args:
        text: what.
        stream: where to; letters that it cannot take become question marks.
    """
    try:
        stream.write(writable(text, stream))
        stream.flush()
    except BrokenPipeError:
        # What Python would still flush at its end goes nowhere, instead of into an error message.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def writable(text: str, stream: TextIO) -> str:
    """Return the text with question marks for the letters that a stream cannot take."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    if not _takes_all(stream):
        # It says that the text is UTF-8, which it is not.
        text = text.removeprefix("\ufeff")
    return text.encode(encoding, "replace").decode(encoding)


def is_terminal(stream: TextIO) -> bool:
    """Return whether a person looks at the stream; a closed one is nobody's."""
    try:
        return stream.isatty()
    except ValueError:
        return False


def draws(stream: TextIO) -> bool:
    """Return whether the stream can show a picture and update it; a terminal of the type `dumb` only takes lines."""
    return is_terminal(stream) and os.environ.get("TERM", "dumb") != "dumb"


def terminal_width(stream: TextIO) -> int:
    """Return columns of the terminal behind a stream."""
    return max(terminal_size(stream).columns, _NARROWEST)


def terminal_size(stream: TextIO) -> os.terminal_size:
    """Return columns and lines of the terminal behind a stream; 80 by 24 if they are unknown."""
    try:
        size = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        size = os.terminal_size((0, 0))
    return os.terminal_size((size.columns or 80, size.lines or 24))


def _wished_width() -> int | None:
    """Return the columns that COLUMNS asks for; None if it is not a usable number."""
    wished = os.environ.get("COLUMNS", "")
    return (
        max(int(wished), _NARROWEST)
        if wished.isdecimal() and wished.isascii() and len(wished) < 6 and int(wished)
        else None
    )


def _takes_all(stream: TextIO) -> bool:
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "").startswith("utf")


def _escaped(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]
