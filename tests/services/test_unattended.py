"""What may be renewed without a person, and when."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from mmpctl.services.seen_services import UnitKey
from mmpctl.services.unattended import Unattended, mistakes, not_declared, unattended_of


@pytest.mark.parametrize(
    ("hours", "at", "covered"),
    [
        ("01:00-05:00 Etc/UTC", "00:59", False),
        ("01:00-05:00 Etc/UTC", "01:00", True),
        ("01:00-05:00 Etc/UTC", "04:59", True),
        ("01:00-05:00 Etc/UTC", "05:00", False),
        ("22:00-04:00 Etc/UTC", "23:00", True),
        ("22:00-04:00 Etc/UTC", "03:59", True),
        ("22:00-04:00 Etc/UTC", "04:00", False),
        ("22:00-00:00 Etc/UTC", "23:59", True),
        ("22:00-00:00 Etc/UTC", "00:00", False),
        # Nine hours ahead of UTC.
        ("01:00-05:00 Asia/Tokyo", "17:00", True),
        ("01:00-05:00 Asia/Tokyo", "02:00", False),
    ],
)
def test_hours_cover_their_part_of_the_day(hours: str, at: str, covered: bool) -> None:
    declared = unattended_of(["turn"], hours).hours
    assert declared is not None and str(declared) == hours
    assert declared.covers(datetime.fromisoformat(f"2026-11-29T{at}+00:00")) is covered


def test_hours_without_a_zone_are_those_of_this_machine() -> None:
    declared = unattended_of(["turn"], "01:00-05:00").hours
    assert declared is not None
    local = datetime(2026, 11, 29, 3, 0).astimezone()
    assert declared.covers(local.astimezone(timezone.utc))
    assert str(declared) == "01:00-05:00"


@pytest.mark.parametrize(("services", "hours"), [("turn", None), (["nothing"], None), (["turn"], "1-5")])
def test_what_is_not_said_well_allows_nothing(services: Any, hours: Any) -> None:
    assert [*mistakes(services, hours)] and unattended_of(services, hours) == Unattended()


def test_a_service_that_is_not_named_is_left_to_a_person() -> None:
    declared = {"edge-1": unattended_of(["turn"], None)}
    units = [UnitKey("edge-1", "turn"), UnitKey("edge-1", "webbridge3"), UnitKey("edge-2", "turn")]
    told = [*not_declared(units, declared)]
    assert [line.partition(" is due")[0] for line in told] == ["webbridge3 of edge-1", "turn of edge-2"]
    assert "`unattended` of edge-1 in the inventory does not name it" in told[0]


def test_who_must_trust_more_first_is_named_as_well() -> None:
    declared = {"core-1": unattended_of(["scheduler"], None)}
    units = [UnitKey("core-1", "scheduler", "trust"), UnitKey("core-1", "callbridge", "trust")]
    [told] = not_declared(units, declared)
    assert told.startswith("callbridge of core-1 must trust new certificates first, and `unattended` of core-1")
