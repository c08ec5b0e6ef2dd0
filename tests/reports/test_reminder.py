"""The reminder of the next renewal, read back by a small reader of calendar files (RFC 5545)."""

from __future__ import annotations

from datetime import date, datetime, timezone
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mmpctl.reports.calendar import Event, calendar
from mmpctl.reports.reminder import reminder, reminder_day
from mmpctl.reports.run.view import UnitView
from tests.support.calendars import events_of

NOW = datetime(2026, 11, 28, 20, 55, 1, tzinfo=timezone.utc)
RUN = "20261128-205500-4f2a"


def view(name: str, valid_until: str | None, ended_at: str | None = "2026-11-28T20:55:00.123456Z") -> UnitView:
    facts = {"name": name, "valid_until": valid_until}
    return cast(UnitView, SimpleNamespace(facts=facts, valid_until=valid_until, ended_at=ended_at))


def test_whatever_stands_in_an_event_is_read_back() -> None:
    summary = "Renew; a, b \\ c: " + "ü€😀" * 60
    description = "first line\nsecond; with, marks\\n and more " + "x" * 300
    (event,) = events_of(calendar([Event(f"{RUN}@mmpctl", date(2027, 10, 17), summary, description)], NOW))
    assert event == {
        "UID": f"{RUN}@mmpctl",
        "DTSTAMP": "20261128T205501Z",
        "DTSTART;VALUE=DATE": "20271017",
        "DTEND;VALUE=DATE": "20271018",
        "SUMMARY": summary,
        "DESCRIPTION": description,
        "TRANSP": "TRANSPARENT",
        "ALARM-ACTION": "DISPLAY",
        "ALARM-DESCRIPTION": summary,
        "ALARM-TRIGGER": "PT9H",
    }


def test_no_text_can_add_a_line_to_the_file() -> None:
    text = calendar([Event("u", date(2027, 1, 1), "x\r\nATTACH:file:///etc/passwd\x07", "y\rEND:VEVENT")], NOW)
    (event,) = events_of(text)
    assert event["SUMMARY"] == "x\nATTACH:file:///etc/passwd\\x07" and event["DESCRIPTION"] == "y\\rEND:VEVENT"


@pytest.mark.parametrize(
    ("valid_until", "renewed_at", "day"),
    [
        ("2027-11-28T08:57:00Z", "2026-11-28T20:55:00Z", date(2027, 10, 17)),
        ("2026-12-28T20:55:00Z", "2026-11-28T20:55:00.5Z", date(2026, 12, 13)),
        ("2026-11-27T08:57:00Z", "2026-11-28T20:55:00Z", date(2026, 11, 27)),
        (None, "2026-11-28T20:55:00Z", None),
        ("2027-11-28T08:57:00Z", None, None),
    ],
)
def test_the_day_is_six_weeks_ahead_or_half_of_the_time(
    valid_until: str | None, renewed_at: str | None, day: date | None
) -> None:
    assert reminder_day(valid_until, renewed_at) == day


def test_clusters_of_one_day_share_an_event() -> None:
    clusters = [
        view("lon-prod", "2027-11-28T08:57:00Z"),
        view("osl-prod", "2027-11-28T20:00:00Z"),
        view("a b", "2027-03-01T00:00:00Z"),
        view("unknown", None),
    ]
    first, second = events_of(reminder(RUN, clusters, NOW) or "")
    assert (first["DTSTART;VALUE=DATE"], first["SUMMARY"]) == ("20270118", "Renew database certificates: a b")
    assert second["SUMMARY"] == "Renew database certificates: lon-prod, osl-prod"
    assert (
        "lon-prod: valid until 2027-11-28 08:57 UTC\nosl-prod: valid until 2027-11-28 20:00 UTC"
        in second["DESCRIPTION"]
    )
    assert "mmpctl audit --cluster 'a b'" in first["DESCRIPTION"]
    assert first["UID"] != second["UID"]


def test_services_are_named_with_their_nodes_and_commands() -> None:
    one = view("lon-prod", "2027-06-07T14:17:00Z")
    cast("dict[str, Any]", one.facts)["services"] = [
        {"node": "lon-edge-1", "service": "webbridge3", "pair": "webbridge3 https", "trusts": False},
        {"node": "lon-edge-1", "service": "webbridge3", "pair": "webbridge3 c2w", "trusts": False},
        {"node": "lon-1", "service": "callbridge-trust", "pair": "callbridge trust c2w", "trusts": True},
    ]
    [event] = events_of(reminder(RUN, [one, view("osl-prod", "2027-06-07T20:00:00Z")], NOW) or "")
    assert event["SUMMARY"] == "Renew webbridge3 of lon-edge-1; database certificates: osl-prod"
    lines = event["DESCRIPTION"].splitlines()
    assert "webbridge3 of lon-edge-1: valid until 2027-06-07 14:17 UTC" in lines
    assert "mmpctl plan --service webbridge3 --host lon-edge-1 --certs DIR" in lines
    assert "mmpctl audit --host lon-edge-1" in lines
    assert "mmpctl plan --certs DIR --cluster osl-prod" in lines and "lon-prod" not in event["DESCRIPTION"]


def test_where_no_end_is_known_there_is_no_file() -> None:
    views: list[Any] = [view("lon-prod", None)]
    assert reminder(RUN, views, NOW) is None
