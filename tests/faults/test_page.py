"""The page of the table of faults is what its cases make it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.case import cases, played, read
from tests.faults.page import COMMAND, PAGE, page


def test_the_page_is_up_to_date_and_all_are_played_that_no_test_of_their_own_shows() -> None:
    every = cases()
    assert PAGE.exists() and PAGE.read_text("utf-8") == page(every), f"docs/faults.md is stale: {COMMAND}"
    assert list(played()) == [case.id for case in every if case.test is None]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("what: a\n", "therefore"),
        ("what: a\ntherefore: b\nsay: [c]\n", "say"),
        ("what: a\ntherefore: b\nthen: {switches: {}}\n", "switches"),
        ("what: a\ntherefore: b\nfaults: [{node: lon-1, when: command, kind: hang}]\n", "no fault 'hang'"),
        ("what: a\ntherefore: b\nrows: {lon-1: some}\n", "rows"),
        ("what: a\ntherefore: b\ncode: 6\n", "what the user must see"),
        ("what: a\ntherefore: b\ntest: tests/faults/test_page.py::test_nothing\n", "no test"),
        ("what: a\ntherefore: b\nsays: [c]\ntest: tests/faults/test_page.py::test_a_case_is_checked\n", "says"),
    ],
)
def test_a_case_is_checked(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "case.yaml"
    file.write_text(text)
    with pytest.raises(ValueError, match=complaint):
        read(file)
