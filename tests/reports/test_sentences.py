"""Lists of sentences: nothing that can be copied is broken, at any width, and nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from mmpctl.reports.output import render
from mmpctl.reports.sentences import Copied, Sentence, broken
from mmpctl.reports.widgets import bullets, next_command, points, words

COMMAND = "mmpctl resume 20261128-020304-ab12 --inventory '/srv/fleets/a long name/inventory' --runs /srv/runs"
PATH = "/srv/a/very/long/path/of/a/run/20261128-020304-ab12/backups/lon-1.bak"
WIDTHS = [20, 40, 80, 200]


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_to_be_copied_stands_in_one_line(width: int) -> None:
    shown = render(bullets([f"Go on with `{COMMAND}`; the backup is {PATH}."]), width=width)
    assert any(f"`{COMMAND}`;" in line for line in shown.splitlines())
    assert any(f"{PATH}." in line for line in shown.splitlines())
    assert [line for line in render(next_command(COMMAND, COMMAND), width=width).splitlines() if line.strip()] == [
        f"Next: {COMMAND}",
        f"  or: {COMMAND}",
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_lines_are_indented_below_their_beginning_and_fit(width: int) -> None:
    lines = render(points([(Text("  Data"), words("a b c " * 30))]), width=width).splitlines()
    assert lines[0].startswith("  Data a b c")
    assert all(line.startswith(" " * 7) and line[7] in "abc" for line in lines[1:])
    assert max(map(len, lines)) <= width


sentence = st.lists(
    st.one_of(st.text("abc,.", min_size=1, max_size=30), st.text("ab -", max_size=40).map(lambda inner: f"`{inner}`")),
    max_size=12,
).map(" ".join)


@given(sentence, st.integers(1, 60))
def test_nothing_is_lost_and_no_atom_broken(text: str, width: int) -> None:
    lines = [line.plain for line in broken(Text(text), width)]
    assert " ".join(" ".join(lines).split()) == " ".join(text.split())
    for line in lines:
        assert line.count("`") % 2 == 0
        assert len(line) <= width or " " not in line.replace("`" + line.partition("`")[2].rpartition("`")[0] + "`", "")


def test_line_ends_and_styles_stay() -> None:
    text = Text("one two\n\nthree").append(" four", "bold")
    lines = list(broken(text, 9))
    assert [line.plain for line in lines] == ["one two", "", "three", "four"]
    assert [span.style for span in lines[-1].spans] == ["bold"]


def test_the_style_of_a_whole_text_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    red = words("gone", "red")
    for shown in (points([(red, words("x"))]), points([(Text("-"), red)]), Sentence(red), Copied(red)):
        assert "\x1b[31mgone" in render(shown, terminal=True)
