"""A desk whose disk is full, or whose tickets are spoiled, tells how each cluster ended, and sends none twice."""

from __future__ import annotations

import json
import shlex
from datetime import datetime, timezone
from pathlib import Path

import pytest

from mmpctl import exit_codes as codes
from mmpctl.cluster.database_words import DATABASE_CLUSTER
from mmpctl.errors import UsageError
from mmpctl.reach.address import LocalCommand
from mmpctl.reach.answer_lines import End, Hello, line_text
from mmpctl.reach.engine import Engine
from mmpctl.reach.lines.site_line import Bounds
from mmpctl.reach.sites_file import RemoteSite
from mmpctl.reach.tickets.desk_renewal import DeskRenewal, ReadyCluster
from mmpctl.reach.tickets.sent_tickets import SentTickets
from mmpctl.reach.tickets.ticket import Ticket
from mmpctl.reach.wire import to_wire
from mmpctl.renewal.context import Watch
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.rollout import Rollout
from mmpctl.renewal.unit import Unit
from mmpctl.runbooks.renew import RenewReport, document
from mmpctl.runs.ending import Ending
from mmpctl.times import now_utc
from tests.support.children import PATIENCE_SECONDS
from tests.support.lying_site import INVENTORY

RUN = "20260131-120000-abcd"
FIRST, SECOND = (Unit(DATABASE_CLUSTER, name, f"{name}-1") for name in ("osl-prod", "osl-test"))
TICKET = Ticket("0a" * 16, "oslo", "osl-prod", "ab" * 32, INVENTORY, datetime(2026, 1, 31, 12, tzinfo=timezone.utc))


def renewing_site(unit: Unit, meanwhile: str) -> RemoteSite:
    """A site that says of each ticket that its cluster was renewed, after its shell has done something."""
    answer = document(RenewReport(RUN, (UnitOutcome(unit, Ending.RENEWED),)))
    end = json.dumps({"standing": "ended", "run": RUN, "code": 0, "answer": to_wire(answer)})
    hello = line_text(Hello(1, "1.2.3", "oslo", now_utc(), INVENTORY)).rstrip()
    program = (
        f"printf '%s\\n' {shlex.quote(hello)}",
        "read -r request",
        meanwhile,
        # The first of such a length is the ticket's id.
        "id=$(printf %s \"$request\" | grep -o '[0-9a-f]\\{32\\}' | head -n 1)",
        f'printf \'{{"line":"part","name":"%s","told":%s}}\\n\' "$id" {shlex.quote(end)}',
        f"printf '%s\\n' {shlex.quote(line_text(End(1)).rstrip())}",
    )
    return RemoteSite("oslo", LocalCommand(("sh", "-c", "\n".join(program))), renews=True)


def test_a_disk_that_fills_up_meanwhile_hides_nothing(tmp_path: Path) -> None:
    sent = SentTickets(tmp_path / "runs.sent")
    # Nothing can be written there any more, and nothing is there.
    full = f"rm -r {sent.path}; touch {sent.path}"
    ready = [ReadyCluster(unit, renewing_site(unit, full), "ab" * 32) for unit in (FIRST, SECOND)]
    engine = Engine(bounds=Bounds(PATIENCE_SECONDS, PATIENCE_SECONDS))
    told = DeskRenewal(engine, (), sent, Watch()).renew(ready, Rollout(at_once=1))
    first, second = (told[unit.name].unit for unit in (FIRST, SECOND))
    assert (first.outcome, first.code) == (Ending.RENEWED, codes.DONE)
    assert (second.outcome, second.code) == (Ending.REFUSED, codes.REFUSED)
    assert "cannot be written down" in str(second.reason) and "Nothing was sent" in second.advice[0]


def test_an_end_that_cannot_be_written_down_is_asked_for_again(tmp_path: Path) -> None:
    sent = SentTickets(tmp_path / "runs.sent")
    sent.write(TICKET)
    # In the place of the file that is to be written.
    (sent.path / f"{TICKET.id}.ended.json").mkdir()
    desk = DeskRenewal(Engine(), (), sent, Watch())
    told = desk.take_up(renewing_site(FIRST, ":"), TICKET)
    assert told["osl-prod"].unit.code == codes.DONE
    (sent.path / f"{TICKET.id}.ended.json").rmdir()
    assert sent.open() == (TICKET,)


@pytest.mark.parametrize("text", ["", "{}", '{"id": 5}', "[[["])
def test_a_spoiled_ticket_is_named(tmp_path: Path, text: str) -> None:
    sent = SentTickets(tmp_path / "runs.sent")
    sent.write(TICKET)
    (sent.path / f"{TICKET.id}.json").write_text(text)
    for look in (sent.open, lambda: sent.find(TICKET.id)):
        with pytest.raises(UsageError, match=f"{TICKET.id}.json is no ticket"):
            look()
