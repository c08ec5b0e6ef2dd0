"""The words and numbers of a run's page, where a run in the lab does not come to them."""

from __future__ import annotations

from typing import Any

import pytest

from mmpctl.reports.node_state import state_of
from mmpctl.reports.run.brief import Absence, absences, people
from mmpctl.reports.run.view import duration
from mmpctl.reports.timeline import Stretch, timeline

CERTIFICATES = {"server_certificate": "a.cer", "ca_certificate": None}


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, "–"),
        (0.01, "under 0.1 s"),
        (9.94, "9.9 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (200, "3 min 20 s"),
        (7500, "2 h 05 min"),
    ],
)
def test_durations_are_told_as_people_say_them(seconds: float | None, told: str) -> None:
    assert duration(seconds) == told


@pytest.mark.parametrize(
    ("status", "state", "expired", "kind"),
    [
        ("Enabled", "Connected Primary", [], "good"),
        ("Enabled", "Connected Replica", [], "warn"),
        ("Enabled", "Connected Master", ["a.cer"], "bad"),
        ("Something new", "Connected Master", [], "warn"),
        ("Disabled", None, [], "none"),
        ("Disabled", None, ["a.cer"], "bad"),
    ],
)
def test_only_what_is_known_to_be_well_is_shown_so(
    status: str, state: str | None, expired: list[str], kind: str
) -> None:
    said = {
        "status": status,
        "error": None,
        "nodes": [{"address": "10.0.0.1", "me": True, "state": state}] if state else [],
        "certificates": CERTIFICATES,
        "expired": expired,
        "last_command": None,
        "last_result": None,
    }
    shown = state_of({"error": None, "status": said}, {})
    assert (shown.kind, shown.own, shown.expired) == (kind, state, tuple(expired))


def test_a_node_that_was_not_seen_says_so() -> None:
    assert state_of(None, {}).word == "not recorded"
    assert "no route" in state_of({"error": "no route", "status": None}, {}).word


def test_bars_lie_where_their_steps_were() -> None:
    steps = [
        Stretch("b", "join", "bad", 150.0, 200.0),
        Stretch("a", "remove", "good", 100.0, 125.0),
    ]
    line = timeline("x", ["a", "b"], steps)
    ticks, first, second = line.rows
    assert line.seconds == 100
    assert [(bar.left, bar.width, bar.kind) for bar in (*first.bars, *second.bars)] == [
        (0, 25, "good"),
        (50, 50, "bad"),
    ]
    assert [bar.label for bar in ticks.bars] == ["0", "20", "40", "60", "80", "100"]
    every = [bar.id for row in line.rows for bar in row.bars]
    assert len(every) == len(set(every))


def attempt(node: str, action: str, begun: str, ended: str | None, result: str = "done") -> dict[str, Any]:
    at = "2026-11-23T03:{}Z".format
    return {
        "node": node,
        "action": action,
        "begun_at": at(begun),
        "ended_at": at(ended) if ended else None,
        "result": result,
    }


def test_how_long_each_call_bridge_was_away() -> None:
    attempts = [
        attempt("lon-2", "remove", "00:00", "00:20"),
        attempt("lon-3", "remove", "00:05", "00:20"),
        attempt("lon-1", "remove", "01:00", "01:10"),
        attempt("lon-1", "initialize", "02:00", "02:30"),
        attempt("lon-2", "join", "03:00", "03:10", "failed"),
        attempt("lon-2", "join", "04:00", "05:00"),
        attempt("lon-3", "join", "04:00", None, "unknown"),
    ]
    assert absences(attempts) == (Absence("lon-2", 300.0), Absence("lon-3", None), Absence("lon-1", 90.0))
    assert absences([attempt("lon-1", "backup", "00:00", "00:05")]) == ()


def test_who_did_it_is_told_once() -> None:
    anna, bob = {"by": {"user": "anna", "machine": "jump-1"}}, {"by": {"user": "bob", "machine": None}}
    assert people([anna, anna, bob, {"by": {"user": None}}, {}]) == ("anna on jump-1", "bob")
