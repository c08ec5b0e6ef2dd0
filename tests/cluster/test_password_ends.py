"""When a password ends soon, a plan says so; else it says nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timezone

import pytest

from mmpctl.cluster.account import UserAccount, end_of_password
from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.password_ends import password_notes
from mmpctl.cluster.role import Role

NOW = datetime(2026, 11, 28, 23, 30, tzinfo=timezone.utc)
NODE = ObservedNode("n", Role.MASTER, "10.0.0.1", frozenset())


def cluster(**accounts: UserAccount | None) -> ObservedCluster:
    return ObservedCluster("c", tuple(replace(NODE, name=name, account=one) for name, one in accounts.items()))


def account(ends: date | None, name: str = "admin") -> UserAccount:
    return UserAccount(name, "admin", ends, True)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 27), "ended on 2026-11-27"),
        (date(2026, 11, 28), "ends on 2026-11-28, today"),
        (date(2026, 11, 29), "ends on 2026-11-29, tomorrow"),
        (date(2026, 11, 30), "ends on 2026-11-30, in 2 days"),
    ],
)
def test_the_day_in_words(day: date, words: str) -> None:
    assert end_of_password(day, NOW.date()) == words


def test_nodes_with_one_account_and_day_are_told_together_and_those_without_an_end_not_at_all() -> None:
    soon, later = date(2026, 12, 28), date(2026, 12, 29)
    notes = list(
        password_notes(
            cluster(
                a=account(soon), b=account(later), c=account(None), d=None, e=account(soon), f=account(soon, "night")
            ),
            NOW,
        )
    )
    assert len(notes) == 2
    assert notes[0].startswith("the password of the account admin ends on 2026-12-28, in 30 days (a, e): ")
    assert notes[1].startswith("the password of the account night ends on 2026-12-28, in 30 days (f): ")


def test_the_day_is_counted_in_utc() -> None:
    there = NOW.astimezone(timezone.utc).replace(hour=23)
    (note,) = password_notes(cluster(a=account(date(2026, 11, 28))), there)
    assert "today" in note
