"""Divides what is alike: some of it in `make test`, which people wait for, and all of it in the gate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

_TESTS = Path(__file__).parents[1]

# By what the numbers of examples are divided.
_divisor = 1

# Whole renewals, each with another thing that is odd about it: `make test` has the first test of most modules.
WHOLE_RENEWALS = frozenset(
    (
        "cluster/schedules/test_found.py",
        "runbooks/test_keys_on_nodes.py",
        "faults/test_given_up.py",
        "faults/test_here.py",
        "faults/test_hostile.py",
        "renewal/test_acceptance.py",
        "procedure/test_by_hand_lab.py",
        "renewal/jobs/database_cluster/test_copies.py",
        "cli/test_first_login.py",
        "audit/test_hostile_node.py",
        "renewal/jobs/database_cluster/test_operator_confirmation.py",
        "renewal/test_asleep.py",
        "renewal/test_no_last_command.py",
        "renewal/jobs/database_cluster/test_set_origin.py",
        "renewal/test_other_machine.py",
        "renewal/test_pinned_questions.py",
        "renewal/test_stops.py",
        "evidence/test_report.py",
        "renewal/test_resume.py",
        "renewal/test_rollout.py",
        "renewal/test_scripted.py",
        "renewal/test_comparison.py",
        "cli/test_signals.py",
        "renewal/test_swapped.py",
        "renewal/test_transfers.py",
        "renewal/test_unknown_lines.py",
        "renewal/jobs/database_cluster/test_verification.py",
        "evidence/test_verify_run.py",
        "renewal/test_manual_steps.py",
        "runbooks/test_renew.py",
        "renewal/jobs/services/test_way_back.py",
        "renewal/jobs/services/test_renewal.py",
        "renewal/jobs/services/test_extended_trust.py",
        "renewal/jobs/services/test_max_calls.py",
        "renewal/jobs/services/test_files_in_use.py",
        "reach/test_desk_renewal.py",
        "reach/test_site_renewal.py",
        "cli/test_renew.py",
        "cli/test_rotate.py",
        "runbooks/test_rotate.py",
        "distribution/test_guides.py",
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


def dealt(hands: int, *, in_gate: int) -> list[Any]:
    """Parameters of a test to which many cases are dealt out: the first is in `make test`, the rest in `make prove`.

    Args:
        hands: into how many tests they are dealt.
        in_gate: 6: of six, `make gate` has one too.
    """
    marks = {number: pytest.mark.prove if number % in_gate else pytest.mark.gate for number in range(1, hands)}
    return [pytest.param(number, marks=marks.get(number, ())) for number in range(hands)]


def examples(number: int, **others: Any) -> settings:
    """How many examples of a property are tried: a quarter of them in `make test`, and all of them in `make gate`.

    Args:
        number: all of them.
        others: further settings of hypothesis.
    """
    return settings(max_examples=number // _divisor, **others)


def play_few(expression: str) -> None:
    """Try a quarter of the examples of each property if the gate's tests are left out.

    Args:
        expression: by which marks are chosen, as pytest was given it.
    """
    if expression == "not gate":
        global _divisor  # noqa: PLW0603 - what is decorated while modules are loaded has no other way to know
        _divisor = 4
        settings.register_profile("few", settings.default, max_examples=25)
        settings.load_profile("few")


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
