"""Results arrive whole, where they should, and disturb no terminal."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from rich.text import Text

from mmpctl.errors import UsageError
from mmpctl.reports.output import json_pieces, json_text, render, show, write
from mmpctl.reports.result_files import write_file
from mmpctl.reports.sanitize import harmless
from tests.support.documents import HOSTILE

TABLE = Text("✗ EXPIRED", style="bold red")


def on_terminal(table: Text) -> str:
    """What a terminal gets."""
    master, slave = pty.openpty()
    with os.fdopen(slave, "w", encoding="utf-8") as stream:
        show(table, stream)
        received = os.read(master, 4096).decode()
    os.close(master)
    return received


def test_json_keeps_the_document_and_no_control_character() -> None:
    document = {"subject": HOSTILE, "lone": "\ud800", "tag": "\U000e0001", "plain": "Zürich ✓"}
    text = json_text(document)
    assert json.loads(text) == document
    assert "Zürich ✓" in text
    assert [character for character in text if not character.isprintable() and character != "\n"] == []
    text.encode()


def test_json_comes_in_pieces_of_which_none_is_large() -> None:
    document = {f"{number}": ["\u202e", number, "a\nb"] for number in range(20_000)}
    pieces = list(json_pieces(document))
    assert len(pieces) > 3 and max(map(len, pieces)) < 1_000_000
    text = "".join(pieces)
    assert json.loads(text) == document and text == json_text(document)
    assert text == json.dumps(document, indent=2, ensure_ascii=False).replace("\u202e", "\\u202e") + "\n"


def test_harmless_text_is_the_text_where_nothing_is_wrong_with_it() -> None:
    assert harmless("CN=Zürich, O=[bold]") == "CN=Zürich, O=[bold]"
    assert harmless("a\r\nb\tc\x1b[2J") == "a b c\\x1b[2J"
    assert harmless("a\nb\x9bm\u202e", lines=True) == "a\nb\\x9bm\\u202e"


def test_a_stream_without_a_terminal_gets_no_escape_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    stream = io.StringIO()
    show(TABLE, stream)
    assert stream.getvalue() == "✗ EXPIRED\n"


def test_a_stream_without_a_terminal_is_a_hundred_columns_wide() -> None:
    stream = io.StringIO()
    show(Text("word " * 100), stream)
    assert max(len(line) for line in stream.getvalue().splitlines()) in range(95, 101)


def test_a_terminal_gets_colours_unless_they_are_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;31m" in on_terminal(TABLE)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "31m" not in on_terminal(TABLE)


def test_a_character_set_that_lacks_letters_gets_what_it_can_take() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    document = {"subject": "Zürich"}
    write(document, TABLE, stream=stream)
    write(document, TABLE, form="json", stream=stream)
    lines = raw.getvalue().decode("ascii").splitlines()
    assert lines[0] == "? EXPIRED"
    assert json.loads("\n".join(lines[1:])) == document


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("old " * 100)
    file.chmod(0o640)
    inode = file.stat().st_ino
    write({"schema": 1}, TABLE, form="json", file=file)
    assert json.loads(file.read_text()) == {"schema": 1}
    assert file.stat().st_mode & 0o777 == 0o640
    assert file.stat().st_ino != inode
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    link.symlink_to(real)
    write({}, TABLE, file=link)
    assert link.is_symlink()
    assert real.read_text() == "✗ EXPIRED\n"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    received: list[str] = []
    reader = threading.Thread(target=lambda: received.append(fifo.read_text()))
    reader.start()
    write_file(fifo, "whole")
    reader.join(10)
    assert received == ["whole"]
    assert fifo.is_fifo()


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"Not a directory|File exists"):
        write({}, TABLE, file=tmp_path / "file" / "folder" / "x")


def test_a_reader_that_goes_away_is_no_error() -> None:
    script = (
        "import sys; from rich.text import Text; from mmpctl.reports.output import write\n"
        "write({'a': ['x' * 1000] * 10_000}, Text(''), form='json'); sys.exit(7)"
    )
    writer = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert writer.stdout is not None and writer.stderr is not None
    writer.stdout.read(10)
    writer.stdout.close()
    told = writer.stderr.read()
    writer.stderr.close()
    assert (writer.wait(30), told) == (7, b"")


def test_a_width_is_kept() -> None:
    assert render(Text("aaaa bbbb"), width=4) == "aaaa\nbbbb\n"


def test_a_given_width_wins() -> None:
    stream = io.StringIO()
    write({}, Text("aaaa bbbb"), stream=stream, width=4)
    assert stream.getvalue() == "aaaa\nbbbb\n"


@pytest.mark.parametrize(("wished", "width"), [("60", 60), ("7", 40), ("0", 100), ("wide", 100), ("9" * 40, 100)])
def test_columns_says_how_wide_the_paper_is(monkeypatch: pytest.MonkeyPatch, wished: str, width: int) -> None:
    monkeypatch.setenv("COLUMNS", wished)
    stream = io.StringIO()
    show(Text("a " * 200), stream)
    assert max(map(len, stream.getvalue().splitlines())) in (width, width - 1)
