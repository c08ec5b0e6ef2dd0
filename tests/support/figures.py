"""What tests count: a figure that several note is one sum."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# How many tests a proof by tests consists of.
PASSED: Final = "tests that passed"


def totals(noted: Iterable[tuple[str, int | str]]) -> dict[str, int | str]:
    """The figures by name, in the order in which the names came.

    Args:
        noted: name and value; numbers of one name are added up, of words the last counts.
    """
    figures: dict[str, int | str] = {}
    for name, value in noted:
        before = figures.get(name)
        figures[name] = before + value if isinstance(before, int) and isinstance(value, int) else value
    return figures
