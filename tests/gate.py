"""Divides what is alike: some of it in `make test`, which people wait for, and all of it in the gate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

_TESTS = Path(__file__).parent

# Whole renewals, each with another thing that is odd about it: `make test` has the first test of each.
WHOLE_RENEWALS = frozenset(
    (
        "cluster/schedules/test_found.py",
        "faults/test_here.py",
        "faults/test_hostile.py",
        "runbooks/test_accept_run.py",
        "runbooks/test_by_hand_lab.py",
        "runbooks/test_copies.py",
        "runbooks/test_first_login.py",
        "runbooks/test_hostile_node.py",
        "runbooks/test_keeper_word.py",
        "runbooks/test_no_last_command.py",
        "runbooks/test_origin.py",
        "runbooks/test_other_machine.py",
        "runbooks/test_pinned_questions.py",
        "runbooks/test_renew_stops.py",
        "runbooks/test_report.py",
        "runbooks/test_resume.py",
        "runbooks/test_rollout.py",
        "runbooks/test_scripted.py",
        "runbooks/test_side_by_side.py",
        "runbooks/test_signals.py",
        "runbooks/test_swapped.py",
        "runbooks/test_transfers.py",
        "runbooks/test_unknown_lines.py",
        "runbooks/test_verification.py",
        "runbooks/test_verify_run.py",
        "runbooks/test_went_on.py",
    )
)


def some(values: Iterable[Any], *, every: int, ids: Sequence[str] | None = None) -> list[Any]:
    """Parameters of a test, of which `make test` has one in so many, and `make gate` the others.

    Args:
        values: one for each case, or a tuple of them.
        every: 3: the first, the fourth, and so on.
        ids: names of the cases; pytest's own by default.
    """
    return [
        pytest.param(
            *(value if isinstance(value, tuple) else (value,)),
            id=ids[number] if ids else None,
            marks=pytest.mark.gate if number % every else (),
        )
        for number, value in enumerate(values)
    ]


def mark_whole_renewals(items: Iterable[pytest.Item]) -> None:
    """Leave all but the first test of each module of whole renewals to `make gate`.

    Args:
        items: in the order in which they were collected.
    """
    begun: set[str] = set()
    for item in items:
        module = item.path.relative_to(_TESTS).as_posix() if item.path.is_relative_to(_TESTS) else ""
        if module in begun:
            item.add_marker(pytest.mark.gate)
        elif module in WHOLE_RENEWALS:
            begun.add(module)
