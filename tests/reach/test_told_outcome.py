"""Whatever is known of a ticket becomes an outcome: what is not known is never taken for done or for not begun."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from mmpctl.reach.lines.site_line import SiteLost, SiteRefuses
from mmpctl.reach.tickets.pursuit import Pursued
from mmpctl.reach.tickets.ticket import Ticket
from mmpctl.reach.tickets.ticket_state import Standing
from mmpctl.reach.tickets.told_outcome import outcome_of
from mmpctl.reach.tickets.work_requests import RunEnd, TicketEnd
from mmpctl.renewal.unit import Unit
from mmpctl.runbooks.renew import RenewReport, document

UNIT = Unit("database", "osl-prod", "osl-1")
RUN = "20260131-120000-abcd"
TICKET = Ticket("0a" * 16, "oslo", "osl-prod", "ab" * 32, "cd" * 32, datetime(2026, 1, 31, 12, 0, 0, 0, timezone.utc))
LOST, REFUSES = SiteLost("oslo", "hung up"), SiteRefuses("oslo", "cannot do it: it does not renew")


def answer(**changes: Any) -> dict[str, Any]:
    """What the command at a site tells of a cluster that was renewed."""
    from mmpctl.renewal.outcome import UnitOutcome
    from mmpctl.runs.ending import Ending

    told = document(RenewReport(RUN, (UnitOutcome(UNIT, Ending.RENEWED),)))
    return {**told, "clusters": [{**told["clusters"][0], **changes}]}


@pytest.mark.parametrize(
    ("pursued", "outcome", "code", "told"),
    [
        (Pursued(None, LOST, LOST), "stopped", 7, "it is not known what has become of it: the site oslo hung up"),
        (Pursued(None), "stopped", 7, "it is not known what has become of it: its site does not report it"),
        (Pursued(TicketEnd(Standing.WITHDRAWN), REFUSES), "refused", 5, "it does not renew"),
        (Pursued(TicketEnd(Standing.WITHDRAWN), LOST), "not started", 6, "has not begun with it, and will not"),
        (Pursued(TicketEnd(Standing.WITHDRAWN)), "not started", 6, "has not begun with it, and will not"),
        (Pursued(TicketEnd(Standing.WITHDRAWN), LOST, contradicts=True), "stopped", 7, "and now knows of none"),
        (Pursued(TicketEnd(Standing.NOT_BEGUN), contradicts=True), "stopped", 7, "and now knows of none"),
        (Pursued(TicketEnd(Standing.RUNNING, RUN)), "not started", 9, "the site oslo is at work on it"),
        (Pursued(TicketEnd(Standing.NOT_BEGUN, said="no memory")), "not started", 6, "(no memory)"),
        (Pursued(TicketEnd(Standing.INTERRUPTED, RUN)), "stopped", 7, "the process at the site oslo ended on the way"),
        (
            Pursued(TicketEnd(Standing.FINISHED, RUN, clusters=(RunEnd("osl-prod", "renewed", 0),))),
            *("renewed", 0, ""),
        ),
        (
            Pursued(TicketEnd(Standing.FINISHED, RUN, clusters=(RunEnd("osl-prod", "failed", 8, "no database"),))),
            *("failed", 8, "no database"),
        ),
        # Words of a later release, and of nobody.
        (Pursued(TicketEnd(Standing.FINISHED, RUN, clusters=(RunEnd("osl-prod", "grand", 0),))), "stopped", 7, "ended"),
        (Pursued(TicketEnd(Standing.FINISHED, RUN, clusters=(RunEnd("other", "renewed", 0),))), "stopped", 7, "ended"),
        (Pursued(TicketEnd(Standing.ENDED, RUN, 0, answer())), "renewed", 0, ""),
        (Pursued(TicketEnd(Standing.ENDED, RUN, 6, answer(outcome="stopped", code=6))), "stopped", 6, ""),
        (Pursued(TicketEnd(Standing.ENDED, None, 9, answer(outcome="not started", code=9))), "not started", 9, ""),
        (Pursued(TicketEnd(Standing.ENDED, RUN, 0, answer(outcome="grand"))), "stopped", 7, "grand"),
        (Pursued(TicketEnd(Standing.ENDED, RUN, 0, answer(name="other"))), "stopped", 7, "what the site oslo tells"),
        (Pursued(TicketEnd(Standing.ENDED, RUN, 0, {"clusters": "all"})), "stopped", 7, "what the site oslo tells"),
        (Pursued(TicketEnd(Standing.ENDED, RUN, 0)), "stopped", 7, "what the site oslo tells"),
        (Pursued(TicketEnd(Standing.ENDED, None, 2, error="no such folder")), "refused", 5, "no such folder"),
        (Pursued(TicketEnd(Standing.ENDED, RUN, 1, error="no memory")), "stopped", 7, "no memory"),
    ],
)
def test_what_is_known_of_a_ticket_becomes_an_outcome(pursued: Pursued, outcome: str, code: int, told: str) -> None:
    found = outcome_of(UNIT, TICKET, pursued)
    assert (found.unit.outcome, found.unit.code) == (outcome, code)
    assert told in (found.unit.reason or "")
    assert found.run == (pursued.end and pursued.end.run)
    if found.document is not None:
        assert (found.document["outcome"], found.document["code"]) == (outcome, code)
    if code == 7 and pursued.end is None:
        assert any(TICKET.id in line for line in found.unit.advice), "how it can be asked again"


def test_who_is_locked_out_is_told_how_to_see_who_works() -> None:
    end = TicketEnd(Standing.ENDED, None, 9, answer(outcome="not started", code=9))
    told = outcome_of(UNIT, TICKET, Pursued(end)).document
    assert told is not None and "`mmpctl runs --engine SITES.yaml` who is at work" in told["advice"][-1]
