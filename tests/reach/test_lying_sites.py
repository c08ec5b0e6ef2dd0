"""Whatever a site says of a ticket, and in whatever order: a desk comes to its end, and takes nothing for done."""

from __future__ import annotations

import shlex
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmpctl import exit_codes as codes
from mmpctl.cluster.database_words import DATABASE_CLUSTER, DATABASE_WORDS
from mmpctl.cluster.step import Step
from mmpctl.display.display import display
from mmpctl.errors import MmpError
from mmpctl.reach.address import LocalCommand
from mmpctl.reach.answer_lines import Alive, Failure, Line, Part, line_text
from mmpctl.reach.engine import Engine
from mmpctl.reach.lines.site_line import Bounds
from mmpctl.reach.sites_file import RemoteSite
from mmpctl.reach.tickets import resume_at_sites
from mmpctl.reach.tickets.checked_answers import read_rest
from mmpctl.reach.tickets.pursuit import Patience, Pursued, Pursuit
from mmpctl.reach.tickets.ticket import Ticket
from mmpctl.reach.tickets.ticket_state import Standing
from mmpctl.reach.tickets.told_outcome import outcome_of, units_of
from mmpctl.reach.tickets.told_progress import Happening, Replay, ToldEvent, ToldStep
from mmpctl.reach.tickets.work_requests import OperatorAsked, RestFound, RunEnd, TicketEnd
from mmpctl.reach.wire import WireError, to_wire
from mmpctl.renewal.jobs.catalogue import JOBS
from mmpctl.renewal.stop import Stop
from mmpctl.renewal.unit import Unit
from mmpctl.reports import tables
from tests.support.children import PATIENCE_SECONDS
from tests.support.documents.plans import planned_steps
from tests.support.facts import any_fact
from tests.support.gate import examples
from tests.support.lying_site import INVENTORY, lying_site

RUN = "20260131-120000-abcd"
TICKET = Ticket("0a" * 16, "oslo", "osl-prod", "ab" * 32, INVENTORY, datetime(2026, 1, 31, 12, tzinfo=timezone.utc))
UNIT = Unit(DATABASE_CLUSTER, "osl-prod", "osl-1")
PATIENT = Patience(lost_seconds=PATIENCE_SECONDS, pause_seconds=0.05)
IMPATIENT = Patience(lost_seconds=1.0, pause_seconds=0.05)
ENGINE = Engine(bounds=Bounds(PATIENCE_SECONDS, PATIENCE_SECONDS))
RUNNING = Part(TICKET.id, to_wire(TicketEnd(Standing.RUNNING, RUN)))


def followed(*lines: Line | str, **more: Any) -> Pursued:
    """What a desk knows of a ticket whose site says the same to everything."""
    with display(StringIO(), DATABASE_WORDS) as progress:
        site = lying_site(*lines, **more)
        return Pursuit(ENGINE, site, TICKET, Replay(progress), Stop(), IMPATIENT).take_up()


@pytest.mark.parametrize(
    ("lines", "counted"),
    [
        ((Failure("journal", "the run 20260131-110000-abcd cannot be read"),), False),
        # Its program ends each time it has said hello.
        ((), False),
        ((), True),
        ((RUNNING,), False),
        ((RUNNING, Part("0b" * 16, {"standing": "withdrawn"})), True),
    ],
)
def test_a_site_that_never_tells_the_end_is_given_up(lines: tuple[Line, ...], counted: bool) -> None:
    pursued = followed(*lines, counted=counted)
    assert pursued.end is None
    assert outcome_of(UNIT, TICKET, pursued).unit.code == codes.LOOK


def test_an_end_that_goes_down_without_end_is_refused() -> None:
    # Python reads it, and cannot keep what it has read.
    deep = 300 * '{"clusters":[' + 300 * "]}"
    told = f'{{"standing":"ended","run":"{RUN}","code":0,"answer":{deep}}}'
    pursued = followed(f'{{"line":"part","name":"{TICKET.id}","told":{told}}}')
    assert pursued.end is None and pursued.lost is not None
    assert "brackets stand within each other" in pursued.lost.message


@pytest.mark.parametrize(
    ("before", "standing", "code"),
    [
        (Happening.NOTE, Standing.WITHDRAWN, codes.LOOK),
        (Happening.BEGINS, Standing.NOT_BEGUN, codes.LOOK),
        # It was refused before there was a run, and has said so.
        (Happening.NOTE, Standing.NOT_BEGUN, codes.STOPPED),
    ],
)
def test_a_site_that_denies_what_it_has_told_before_is_not_believed(
    tmp_path: Path, before: Happening, standing: Standing, code: int
) -> None:
    event = to_wire(ToldEvent(TICKET.made, before, "osl-prod"))
    first = lying_site(Part(TICKET.id, event), counted=False).address
    later = lying_site(Part(TICKET.id, to_wire(TicketEnd(standing)))).address
    assert isinstance(first, LocalCommand) and isinstance(later, LocalCommand)
    program = f"if mkdir {tmp_path / 'asked'}; then {first.words[-1]}\nelse {later.words[-1]}\nfi"
    site = RemoteSite("oslo", LocalCommand(("sh", "-c", program)), renews=True)
    with display(StringIO(), DATABASE_WORDS) as progress:
        pursued = Pursuit(ENGINE, site, TICKET, Replay(progress), Stop(), PATIENT).take_up()
    assert pursued.end is not None and pursued.end.standing is standing
    assert outcome_of(UNIT, TICKET, pursued).unit.code == code


@pytest.mark.parametrize(("cuts", "told"), [(1, False), (2, True), (4, True)])
def test_a_person_who_waits_is_told_once_that_there_is_no_news_and_that_it_is_back(
    tmp_path: Path, cuts: int, told: bool
) -> None:
    event = to_wire(ToldEvent(TICKET.made, Happening.NOTE, "osl-prod", text="the wave goes on"))
    end = to_wire(TicketEnd(Standing.FINISHED, RUN, clusters=(RunEnd("osl-prod", "renewed", 0),)))
    later = lying_site(Part(TICKET.id, event), Part(TICKET.id, end)).address
    assert isinstance(later, LocalCommand)
    program = (
        f"echo x >> {tmp_path / 'asked'}\n[ $(wc -l < {tmp_path / 'asked'}) -gt {cuts} ] || exit 255\n{later.words[-1]}"
    )
    site, shown = RemoteSite("oslo", LocalCommand(("sh", "-c", program)), renews=True), StringIO()
    with display(shown, DATABASE_WORDS) as progress:
        pursued = Pursuit(ENGINE, site, TICKET, Replay(progress), Stop(), PATIENT).take_up()
    assert pursued.end is not None
    lines = shown.getvalue()
    assert (lines.count("No news: the site oslo"), lines.count("The site oslo answers again.")) == (told, told)
    assert not told or lines.index("answers again") < lines.index("the wave goes on")


def test_whoever_does_not_want_to_wait_is_held_up_by_no_site() -> None:
    alive = f"while echo {shlex.quote(line_text(Alive()).rstrip())}; do sleep 0.05; done"
    stop = Stop()
    stop.insist()
    with display(StringIO(), DATABASE_WORDS) as progress:
        pursued = Pursuit(
            ENGINE, lying_site(counted=False, then=alive), TICKET, Replay(progress), stop, IMPATIENT
        ).take_up()
    assert pursued.end is None and outcome_of(UNIT, TICKET, pursued).unit.code == codes.LOOK


@pytest.mark.parametrize("code", [256, -1, 0, 3])
@pytest.mark.parametrize("outcome", ["stopped", "renewed", "failed"])
def test_an_exit_code_that_no_renewal_has_is_not_passed_on(code: int, outcome: str) -> None:
    end = TicketEnd(Standing.FINISHED, RUN, clusters=(RunEnd("osl-prod", outcome, code),))
    told = outcome_of(UNIT, TICKET, Pursued(end)).unit
    assert told.code == (0 if (outcome, code) == ("renewed", 0) else codes.LOOK)


@pytest.mark.parametrize("run", ["; touch escaped", "latest", "../runs", "20260131-120000-abcd --yes"])
@pytest.mark.parametrize("standing", [Standing.INTERRUPTED, Standing.ENDED])
def test_what_is_no_name_of_a_run_stands_in_no_command(run: str, standing: Standing) -> None:
    pursued = followed(Part(TICKET.id, to_wire(TicketEnd(standing, run))))
    assert pursued.end is None and pursued.lost is not None
    assert "is not the name of a run" in pursued.lost.message


@given(end=any_fact(TicketEnd))
@examples(200)
def test_whatever_end_is_told_becomes_an_outcome(end: TicketEnd) -> None:
    pursued = Pursued(end)
    for unit in (UNIT, *units_of(TICKET, pursued)):
        assert outcome_of(unit, TICKET, pursued).unit.code in codes.MEANINGS


def any_event() -> st.SearchStrategy[ToldEvent]:
    """An event that is made of what a renewal has, in any mixture, or of anything."""
    words = st.sampled_from(["osl-prod", "osl-1", "", "renewed", "stopped", "x"])
    steps = st.lists(st.sampled_from([_told(step) for step in planned_steps()]), max_size=3)
    likely = st.builds(
        ToldEvent,
        at=st.just(TICKET.made),
        what=st.sampled_from(Happening),
        unit=words,
        node=words,
        steps=steps.map(tuple),
        text=words,
        reason=st.none() | words,
    )
    return likely | any_fact(ToldEvent)


def _told(step: Step) -> ToldStep:
    return ToldStep(DATABASE_CLUSTER, step.number, step.wave, step.node, str(step.action), step.payload, step.again)


class Terminal(StringIO):
    """A screen."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("screen", [StringIO, Terminal])
@given(events=st.lists(any_event(), max_size=12))
@examples(150)
def test_whatever_happens_in_whatever_order_is_shown(screen: type[StringIO], events: list[ToldEvent]) -> None:
    with display(screen(), DATABASE_WORDS) as progress:
        replay = Replay(progress)
        for event in events:
            replay.hear(event)


def shown(rest: RestFound) -> None:
    """Show what a look has found, as the command does; whatever cannot be shown is refused with its cause."""
    with suppress(MmpError):
        found = resume_at_sites.look(ENGINE, lying_site(Part(RUN, to_wire(rest))), RUN, OperatorAsked("ann"))
        assert (
            JOBS[found.job]
            and found.code in codes.MEANINGS
            and len(resume_at_sites.units_of(found)) == len(found.units)
        )
        for one in found.units:
            tables.continuation(one["name"], one["nodes"], one["found"], one["steps"], one["job"])
        if found.digest is None:
            resume_at_sites.document_in(found, "oslo")


@given(rest=any_fact(RestFound))
@examples(20)
def test_whatever_a_look_tells_is_shown_or_refused(rest: RestFound) -> None:
    shown(replace(rest, run=RUN))


@pytest.mark.parametrize(
    "changes", [{"job": "other"}, {"run": "20260131-120000-00aa"}, {"code": 256}, {"units": ({"name": "osl-prod"},)}]
)
def test_a_look_that_cannot_be_right_is_refused(changes: dict[str, Any]) -> None:
    rest = RestFound(RUN, DATABASE_CLUSTER, "ab" * 32)
    assert read_rest(to_wire(rest), RUN) == rest
    with pytest.raises(WireError):
        read_rest(to_wire(replace(rest, **changes)), RUN)
