"""The account on a node that this program logs in with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class UserAccount:
    """One account of a node.

    Args:
        name: to log in with.
        role: as printed, e.g. `admin`.
        password_ends: the day on which its password ends; None if it never does.
        logged_in: a session of it is open.
    """

    name: str
    role: str
    password_ends: date | None
    logged_in: bool


def end_of_password(day: date, today: date) -> str:
    """Return when a password ends or ended, in words that follow "the password": `ends on 2027-03-01, in 12 days`.

    Args:
        day: on which it ends.
        today: the present day, UTC.
    """
    left = (day - today).days
    if left < 0:
        return f"ended on {day}"
    return f"ends on {day}, {'today' if left == 0 else 'tomorrow' if left == 1 else f'in {left} days'}"
