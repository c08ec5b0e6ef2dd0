"""Moments are written and read in one module, and everything reads what that module writes."""

from __future__ import annotations

import ast
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mmpctl
from mmpctl import times

_PACKAGE = Path(mmpctl.__file__).parent
_ZONES = st.timezones()
_MOMENTS = st.datetimes(datetime(1990, 1, 2), datetime(2199, 12, 30), timezones=_ZONES)  # noqa: DTZ001 - bounds are naive
# What reads a device's text, and iCalendar's own form, are no moments of ours.
_FOREIGN = ("device", "lab", "certificates")


@given(_MOMENTS)
def test_what_is_written_is_read_again(moment: datetime) -> None:
    # In the hour that clocks repeat, a moment is equal to none of another zone.
    moment = moment.astimezone(timezone.utc)
    second = moment.replace(microsecond=0)
    assert times.read_iso(times.iso(moment)) == times.read_stamp(times.stamp(moment)) == second
    assert times.read_iso(times.iso_microseconds(moment)) == times.read_iso(times.iso_exact(moment)) == moment
    assert times.minute_of(times.iso(moment)) == times.minute(moment)


@pytest.mark.parametrize("year", [1, 999, 9999])
def test_a_moment_of_any_year_is_read_again(year: int) -> None:
    # A certificate may say that it is valid from the year 1 on.
    moment = datetime(year, 1, 31, 12, 0, 5, tzinfo=timezone.utc)
    assert times.read_iso(times.iso(moment)) == times.read_iso(times.iso_microseconds(moment)) == moment
    assert times.minute(moment) == f"{year:04}-01-31 12:00 UTC" == times.minute_of(times.iso(moment))


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_utc_does_not_have_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="year"):
        times.read_iso(text)


def test_the_forms_of_the_contract() -> None:
    moment = datetime(2026, 1, 31, 13, 0, 5, 20, timezone(timedelta(hours=1)))
    assert times.iso(moment) == "2026-01-31T12:00:05Z"
    assert times.iso_microseconds(moment) == "2026-01-31T12:00:05.000020Z"
    assert times.iso_exact(moment) == "2026-01-31T12:00:05.000020Z"
    assert times.iso_exact(moment.replace(microsecond=0)) == "2026-01-31T12:00:05Z"
    assert times.stamp(moment) == "20260131-120005"
    assert times.minute(moment) == "2026-01-31 12:00 UTC"


def test_what_many_nodes_tell_alike_is_kept_once() -> None:
    text = "2026-01-31T12:00:05Z"
    assert times.read_iso(text) is times.read_iso(text)
    assert times.iso(times.read_iso(text)) is times.iso(datetime(2026, 1, 31, 12, 0, 5, tzinfo=timezone.utc))


def test_the_hour_that_clocks_repeat_is_told_apart() -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Oslo"))
    assert times.iso(first) == "2026-10-25T00:30:00Z"
    assert times.iso(first.replace(fold=1)) == "2026-10-25T01:30:00Z"


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01T00:00:00Z", "2026-01-31T12:00:00", "20260131-120005Z-"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        times.read_iso(text)
    with pytest.raises(ValueError):
        times.read_stamp(text)


@pytest.mark.parametrize("room", ["", "runbooks", "tasks", "inventory"])
def test_no_other_module_has_a_clock_or_a_form_of_its_own(room: str) -> None:
    found = [
        f"{path.relative_to(_PACKAGE)}: {ast.unparse(node)}"
        for path in (_PACKAGE / room).rglob("*.py")
        if path.name != "times.py" and path.relative_to(_PACKAGE).parts[0] not in _FOREIGN
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if _is_a_clock(node) or _is_a_form(node)
    ]
    assert found == []


def _is_a_clock(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow") and ast.unparse(node.value) == "datetime"


def _is_a_form(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(_FORMS)


_FORMS = ("%Y-%m-%dT", "%Y%m%d-%H")
