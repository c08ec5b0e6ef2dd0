"""No table breaks a word, a file's name, a command or a path, however narrow the screen is, and none loses anything."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from mmpctl.reports import tables
from mmpctl.reports.fitting_table import Column, FittingTable
from mmpctl.reports.output import render
from tests.support import documents
from tests.support.tables import CASES, shown

NARROWEST, ENDLESS = 40, 5_000
word = st.text("abcdef.-/", min_size=1, max_size=30)
cell = st.lists(word, max_size=6).map(" ".join)
columns = st.builds(
    Column, title=st.sampled_from(["Node", "In sync", "Last command", "File"]), firm=st.booleans(), right=st.booleans()
)


@st.composite
def contents(draw: st.DrawFn) -> tuple[list[Column], list[list[str]]]:
    chosen = draw(st.lists(columns, min_size=1, max_size=6))
    return chosen, draw(st.lists(st.lists(cell, min_size=len(chosen), max_size=len(chosen)), max_size=4))


@given(contents(), st.integers(NARROWEST, 140))
def test_a_table_breaks_no_word_and_loses_none(content: tuple[list[Column], list[list[str]]], width: int) -> None:
    chosen, rows = content
    lines = render(FittingTable(chosen, [[Text(one) for one in row] for row in rows]), width=width).splitlines()
    there = Counter(" ".join(lines).split())
    wanted = Counter(word for row in rows for one in row for word in one.split())
    assert not wanted - there
    for row in rows:
        for column, one in zip(chosen, row, strict=True):
            assert not column.firm or any(one in line for line in lines), one
    longest = max((len(one) for row in rows for one in row), default=0)
    for line in lines:
        # A line may be too long for the screen only if there was no place in it to break it.
        assert cell_len(line) <= max(width, longest + len("Last command: ") + 2), line


@pytest.mark.parametrize("width", [*range(NARROWEST, 100, 3), 120, 140])
@pytest.mark.parametrize("case", CASES)
def test_every_word_of_every_command_s_table_is_whole_at_every_width(case: str, width: int) -> None:
    # The heading of a column that stands below the rows has a colon, and none where all its cells are empty.
    wide = shown(case, ENDLESS).splitlines()
    headings = {word for line, below in itertools.pairwise(wide) if below.startswith("──") for word in line.split()}
    there = {word.rstrip(":") for word in shown(case, width).split()}
    wanted = {word.rstrip(":") for line in wide if not line.startswith("──") for word in line.split()}
    assert wanted - there - headings == set()


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140])
def test_a_step_s_command_stands_in_one_line(width: int) -> None:
    lines = render(tables.plan(documents.plan()), width=width).splitlines()
    for step in documents.steps():
        assert any(line.endswith(step["command"]) for line in lines), step["command"]


def test_a_column_that_finds_no_room_stands_below_its_row_with_its_name() -> None:
    table = FittingTable([Column("Node"), Column("File", firm=True)], [[Text("lon-1"), Text("f" * 40)]])
    assert render(table, width=40).splitlines() == ["Node", "─────", "lon-1", f"  File: {'f' * 40}"]


def test_there_is_no_line_for_nothing() -> None:
    table = FittingTable(
        [Column("Node"), Column("File", firm=True)], [[Text("a"), Text("f" * 40)], [Text("b"), Text("–")]]
    )
    assert render(table, width=40).splitlines()[-1] == "b"


@pytest.mark.parametrize("width", [40, 80])
def test_a_long_name_outside_tables_is_whole_too(width: int) -> None:
    document = documents.status()
    name = "a-cluster-whose-name-is-longer-than-a-narrow-screen-is-wide-and-then-some-more-of-it"
    document["clusters"][0]["name"] = name
    assert name in render(tables.status(document), width=width).split()
    assert name in render(Text(f"x {name}"), width=width).split()
