"""A desk shows of a run at a site what a terminal there would show: each event goes over the wire and comes back."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import partial
from io import StringIO
from itertools import count, cycle
from typing import Any

import pytest
from hypothesis import given

from mmpctl.cluster.database_words import DATABASE_CLUSTER, DATABASE_WORDS
from mmpctl.display.display import display
from mmpctl.display.events import Progress, Seen
from mmpctl.errors import MmpError
from mmpctl.reach.tickets.told_progress import Happening, Replay, Teller, ToldEvent, read_event
from mmpctl.reach.wire import WireError, to_wire
from mmpctl.services.service_steps import SERVICE_KINDS
from mmpctl.services.service_words import SERVICES_JOB
from tests.support.documents.plans import planned_steps
from tests.support.facts import any_fact
from tests.support.gate import examples

NOON = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
STEPS = planned_steps()


class Heard:
    """A `Progress` that keeps what it hears, as comparable facts."""

    def __init__(self) -> None:
        self.events: list[tuple[Any, ...]] = []

    def queued(self, units: tuple[str, ...]) -> None:
        self.events.append(("queued", units))

    def planned(self, unit: str, lead: str, steps: tuple[Any, ...]) -> None:
        self.events.append(("planned", unit, lead, steps))

    def begins(self, unit: str, step: Any) -> None:
        self.events.append(("begins", unit, step))

    def saw(self, unit: str, node: str, shown: Seen) -> None:
        self.events.append(("saw", unit, node, shown.brief))

    def note(self, unit: str, text: str) -> None:
        self.events.append(("note", unit, text))

    def asked_to_stop(self, text: str, units: Collection[str] | None = None) -> None:
        self.events.append(("stops", text))

    def ends(self, unit: str, step: Any, error: MmpError | None) -> None:
        told = error and (error.code, error.message, error.advice, error.node)
        self.events.append(("ends", unit, step, told))

    def finished(self, unit: str, outcome: str, reason: str | None) -> None:
        self.events.append(("finished", unit, str(outcome), reason))

    def as_of(self, at: datetime) -> AbstractContextManager[None]:
        return nullcontext()

    def paused(self) -> AbstractContextManager[None]:
        return nullcontext()


class Shown:
    brief = "Enabled, 2 of 3 in sync"


def tell_all(progress: Progress) -> None:
    """One of each kind of event."""
    progress.planned("lon-prod", "lon-1", STEPS)
    progress.begins("lon-prod", STEPS[0])
    progress.saw("lon-prod", "lon-1", Shown())
    progress.note("lon-prod", "a line with \x1b[2J and ümläuts")
    progress.ends("lon-prod", STEPS[0], None)
    progress.begins("lon-prod", STEPS[2])
    progress.asked_to_stop("Stopping.")
    progress.ends("lon-prod", STEPS[2], MmpError("it was refused", code="odd", node="lon-2", advice="Look."))
    progress.finished("lon-prod", "stopped", "lon-2: it was refused")


def hear(replay: Replay, line: str) -> None:
    replay.hear(read_event(json.loads(line)))


def lines_of(job: str = DATABASE_CLUSTER) -> list[str]:
    told: list[str] = []
    tell_all(Teller(job, told.append, lambda: NOON))
    return told


def test_what_is_told_at_a_site_is_heard_at_the_desk() -> None:
    here, there = Heard(), Heard()
    tell_all(here)
    replay = Replay(there)
    for line in lines_of():
        assert "\n" not in line
        replay.hear(read_event(json.loads(line)))
    assert there.events == here.events


def test_a_picture_of_it_is_drawn_alike() -> None:
    here, there = StringIO(), StringIO()
    with display(here, DATABASE_WORDS, clock=lambda: NOON) as progress:
        tell_all(progress)
    with display(there, DATABASE_WORDS, clock=lambda: NOON) as progress:
        replay = Replay(progress)
        for line in lines_of():
            replay.hear(read_event(json.loads(line)))
    assert there.getvalue() == here.getvalue() != ""


def told_later(moments: Iterator[datetime], now: datetime) -> str:
    """What a desk shows of a run that it hears of all at once."""
    told: list[str] = []
    tell_all(Teller(DATABASE_CLUSTER, told.append, lambda: next(moments)))
    shown = StringIO()
    with display(shown, DATABASE_WORDS, clock=lambda: now) as progress:
        replay = Replay(progress)
        for line in told:
            replay.hear(read_event(json.loads(line)))
        progress.note("", "of now")
    return shown.getvalue()


def test_a_run_that_is_heard_of_later_took_as_long_as_it_took() -> None:
    an_hour_ago = (NOON + timedelta(seconds=10 * number) for number in count())
    shown = told_later(an_hour_ago, (NOON + timedelta(hours=1)).astimezone(timezone(timedelta(hours=2))))
    assert "STOPPED after 1:20" in shown and "FAILED after 20 s" in shown, "it is no matter of when it is read"
    first, *_, last = shown.splitlines()
    assert first.startswith("14:00:00 ") and last.startswith("15:00:00 ") and last.endswith("of now")


def test_moments_that_no_clock_here_has_are_those_of_the_desk() -> None:
    first, last = datetime.min.replace(tzinfo=timezone.utc), datetime.max.replace(tzinfo=timezone.utc)
    now = NOON.astimezone(timezone(timedelta(hours=-2)))
    shown = told_later(cycle((first, last)), now)
    assert "of now" in shown and {line[:8] for line in shown.splitlines() if line[:1].isdigit()} == {"10:00:00"}


def test_a_site_that_has_not_heard_of_the_wish_to_stop_is_not_said_to_stop() -> None:
    shown, units = StringIO(), ("lon-prod", "osl-prod")
    with display(shown, DATABASE_WORDS, clock=lambda: NOON) as progress:
        replays = {unit: Replay(progress) for unit in units}
        sites = {unit: Teller(DATABASE_CLUSTER, partial(hear, replays[unit]), lambda: NOON) for unit in units}
        for unit, site in sites.items():
            site.planned(unit, "lon-1", STEPS)
            for step in STEPS[:-1]:
                site.begins(unit, step)
                site.ends(unit, step, None)
        sites["lon-prod"].asked_to_stop("Stopping.")
        for unit, site in sites.items():
            site.begins(unit, STEPS[-1])
    said = [line.split()[1] for line in shown.getvalue().splitlines() if "stop: asked for" in line]
    assert said == ["lon-prod"], shown.getvalue()


def test_steps_of_services_come_back_as_such() -> None:
    heard, kind = Heard(), next(iter(SERVICE_KINDS.values()))
    step = replace(STEPS[0], kind=kind, part="webadmin")
    told: list[str] = []
    Teller(SERVICES_JOB, told.append, lambda: NOON).planned("lon-1", "lon-1", (step,))
    Replay(heard).hear(read_event(json.loads(told[0])))
    assert heard.events == [("planned", "lon-1", "lon-1", (step,))]


@pytest.mark.parametrize("left_out", range(9))
def test_a_line_that_is_missing_takes_no_other_with_it(left_out: int) -> None:
    shown = StringIO()
    with display(shown, DATABASE_WORDS) as progress:
        replay = Replay(progress)
        for number, line in enumerate(lines_of()):
            if number != left_out:
                replay.hear(read_event(json.loads(line)))
        progress.note("", "the last word")
    assert "the last word" in shown.getvalue()


def test_steps_that_are_not_known_here_are_left_out() -> None:
    heard = Heard()
    replay = Replay(heard)
    for line in lines_of("a later job"):
        replay.hear(read_event(json.loads(line)))
    assert [one[0] for one in heard.events] == ["planned", "saw", "note", "stops", "finished"]


@given(event=any_fact(ToldEvent))
@examples(100)
def test_events_come_back_as_they_were(event: ToldEvent) -> None:
    assert read_event(json.loads(json.dumps(to_wire(event)))) == event


@pytest.mark.parametrize("told", [[], {}, {"at": "now", "what": "begins"}, {"at": "2026-01-31T12:00:00Z", "what": "x"}])
def test_what_is_no_event_is_refused(told: object) -> None:
    with pytest.raises(WireError):
        read_event(told)
    assert "begins" in tuple(Happening)
