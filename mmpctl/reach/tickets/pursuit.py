"""Sends a ticket once and stays with it to its end: a line that is cut is taken up, and nothing is sent again."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from typing import Final

from mmpctl.reach.answer_lines import SILENT_SECONDS, Part, Row
from mmpctl.reach.engine import Engine, Errand
from mmpctl.reach.lines.site_line import SiteLost
from mmpctl.reach.sites_file import RemoteSite
from mmpctl.reach.tickets.checked_answers import read_end
from mmpctl.reach.tickets.ticket import Ticket
from mmpctl.reach.tickets.ticket_state import Standing
from mmpctl.reach.tickets.told_progress import Happening, Replay, read_event
from mmpctl.reach.tickets.work_requests import FollowRequest, RenewRequest, ResumeRequest, StopRequest, TicketEnd
from mmpctl.reach.wire import WireError
from mmpctl.renewal.stop import Stop

# What only the last part of an answer has.
_LAST: Final = "standing"
# So many attempts without news in a row are told.
_WORTH_A_LINE: Final = 2


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a site that does not answer is asked again.

    Args:
        lost_seconds: after so long without news nobody waits any longer.
        pause_seconds: between two attempts.
        look_seconds: so often it is looked whether the operator wishes to stop.
        steady_seconds: a line that has held for so long was at work, even if there was nothing to tell.
    """

    lost_seconds: float = 120.0
    pause_seconds: float = 2.0
    look_seconds: float = 0.2
    steady_seconds: float = SILENT_SECONDS


@dataclass(frozen=True, slots=True)
class Pursued:
    """What is known of a ticket in the end.

    Args:
        end: what has become of it; None if its site does not tell.
        refusal: why the first line to the site ended, if it did not come to its end.
        lost: why the last one did.
        contradicts: the site has told of work on it before, which the end says there never was.
    """

    end: TicketEnd | None
    refusal: SiteLost | None = None
    lost: SiteLost | None = None
    contradicts: bool = False


class Pursuit:
    """The way of one ticket.

    Args:
        engine: carries the requests.
        site: where to.
        ticket: that is or was sent there.
        replay: is told what happens.
        stop: the operator's wish to stop.
        patience: how long the site is asked again.
        begun: it is known that the site is at work on it.
    """

    def __init__(
        self,
        engine: Engine,
        site: RemoteSite,
        ticket: Ticket,
        replay: Replay,
        stop: Stop,
        patience: Patience,
        *,
        begun: bool = False,
    ) -> None:
        self._engine = engine
        self._site = site
        self._ticket = ticket
        self._replay = replay
        self._stop = stop
        self._patience = patience
        self._past = 0
        self._running, self._stepping = begun, False
        self._end: TicketEnd | None = None
        self._heard = time.monotonic()
        self._missed = 0
        self._insisted = math.inf

    def begin(self, request: RenewRequest | ResumeRequest) -> Pursued:
        """Send the request that has the ticket, once, and stay with it.

        Args:
            request: with the ticket, which is on this machine's disk.
        """
        return self._stay(request)

    def take_up(self) -> Pursued:
        """Stay with a ticket that was sent before; if it did not come, it is withdrawn."""
        return self._stay(self._follow())

    def look(self) -> Pursued:
        """Ask once what has become of a ticket that was sent before; if it did not come, it is withdrawn."""
        lost = self._ask(FollowRequest(self._ticket.id, waits=False, home=self._ticket.home))
        return self._pursued(lost, lost)

    def _stay(self, request: RenewRequest | ResumeRequest | FollowRequest) -> Pursued:
        over = threading.Event()
        stopper = threading.Thread(target=self._heed, args=(over,), name="stop", daemon=True)
        stopper.start()
        try:
            refusal = lost = self._ask(request)
            while self._end is None and self._goes_on():
                self._miss(lost)
                threading.Event().wait(self._patience.pause_seconds)
                lost = self._ask(self._follow())
            return self._pursued(refusal, lost)
        finally:
            over.set()
            stopper.join()

    def _follow(self) -> FollowRequest:
        return FollowRequest(self._ticket.id, self._past, home=self._ticket.home)

    def _pursued(self, refusal: SiteLost | None, lost: SiteLost | None) -> Pursued:
        standing = self._end.standing if self._end is not None else None
        never = standing is Standing.WITHDRAWN and (self._running or self._past > 0)
        nothing = standing is Standing.NOT_BEGUN and self._stepping
        return Pursued(self._end, refusal, lost, contradicts=never or nothing)

    def _miss(self, lost: SiteLost | None) -> None:
        """Tell once that there is no news; a line that is cut, and there again at once, is none of it."""
        self._missed += 1
        if self._missed == _WORTH_A_LINE:
            cause = lost.message if lost is not None else f"the site {self._site.name} does not tell"
            self._replay.note(
                f"No news: {cause}. Whatever was begun there goes on, and nothing is sent twice. It is asked again for "
                f"{self._patience.lost_seconds:.0f} seconds."
            )

    def _hear_again(self) -> None:
        if self._missed >= _WORTH_A_LINE:
            self._replay.note(f"The site {self._site.name} answers again.")
        self._missed = 0

    def _goes_on(self) -> bool:
        return time.monotonic() - self._heard < self._patience.lost_seconds and not self._stop.insisted

    def _ask(self, request: RenewRequest | ResumeRequest | FollowRequest | StopRequest) -> SiteLost | None:
        began = time.monotonic()
        (answer,) = self._engine.run([Errand(self._site, request, over=self._is_given_up)], self._take)
        ended = time.monotonic()
        # A site that says who it is, and then fails each time, would be asked for ever.
        if answer.hello is not None and ended - began > self._patience.steady_seconds:
            self._heard = ended
            self._hear_again()
        return answer.error

    def _is_given_up(self) -> bool:
        """Whether the operator does not want to wait, and the site has had time to heed that."""
        if not self._stop.insisted:
            return False
        self._insisted = min(self._insisted, time.monotonic())
        return time.monotonic() - max(self._insisted, self._heard) > self._patience.lost_seconds

    def _take(self, errand: Errand, told: Row | Part) -> None:
        if not isinstance(told, Part) or told.name != self._ticket.id:
            raise WireError("it reports on another ticket")
        if _LAST in told.told:
            end = read_end(told.told)
            self._running = self._running or end.standing is Standing.RUNNING
            # A wish to stop, and a look, are answered while the work goes on.
            if end.standing is not Standing.RUNNING or _looks(errand):
                self._end = end
            return
        event = read_event(told.told)
        self._heard = time.monotonic()
        self._hear_again()
        self._past += 1
        self._stepping = self._stepping or event.what is Happening.BEGINS
        self._replay.hear(event)

    def _heed(self, over: threading.Event) -> None:
        """Pass the operator's wish to stop on until the site has taken it, and tell once why it has not."""
        passed, told = 0, ""
        while not over.wait(self._patience.look_seconds):
            wish = int(self._stop.wished) + int(self._stop.insisted)
            if wish > passed:
                request = StopRequest(self._ticket.id, insist=wish > 1, home=self._ticket.home)
                errand = Errand(self._site, request, over=over.is_set)
                (answer,) = self._engine.run([errand], lambda _errand, _told: None)
                if answer.error is None:
                    passed = wish
                else:
                    if answer.error.message != told:
                        told = answer.error.message
                        self._replay.note(f"Not yet asked to stop: {told}. It is tried again until the site has heard.")
                    over.wait(self._patience.pause_seconds)


def _looks(errand: Errand) -> bool:
    return isinstance(errand.request, FollowRequest) and not errand.request.waits
