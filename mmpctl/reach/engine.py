"""Asks many sites at once, each over a line of its own; what becomes of one is nothing to the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from mmpctl.fleet.run_on import as_mmp_error
from mmpctl.reach.answer_lines import READABLE, Alive, End, Hello, Part, Row
from mmpctl.reach.lines.opening import Lines
from mmpctl.reach.lines.site_line import SHOWN, Bounds, SiteLine, SiteLost
from mmpctl.reach.sites_file import RemoteSite
from mmpctl.reach.verbs import Request
from mmpctl.reach.wire import WireError
from mmpctl.times import now_utc

# A line costs a process here, and time to begin: as many as a machine bears well.
_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True)
class Errand:
    """What one site is asked.

    Args:
        site: which one.
        request: what it is asked.
        inventory: the digest of what its inventory must be, by the desk's; None if that does not matter.
        over: asked whenever the site says no more than that it is alive: whether nobody waits for it any longer. None
            for what cannot take long: it is given up after `Bounds.news`.
    """

    site: RemoteSite
    request: Request
    inventory: str | None = None
    over: Callable[[], bool] | None = None


Heard = Callable[[Errand, Row | Part], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one site.

    Args:
        site: which one.
        hello: who answered; None if nobody did.
        rows: how many rows and parts came.
        error: why it did not answer to the end; None if it did.
        clock_ahead: seconds that its clock is ahead of this machine's, with the time that the line took; None if
            nobody answered.
        same_inventory: its inventory is what the desk has of it; None if nobody answered, or it does not matter.
    """

    site: RemoteSite
    hello: Hello | None = None
    rows: int = 0
    error: SiteLost | None = None
    clock_ahead: float | None = None
    same_inventory: bool | None = None


class Engine:
    """Carries requests to sites, and their lines back.

    Args:
        ssh_config: the configuration file of OpenSSH's client; None for its own.
        bounds: how long a site may say nothing.
    """

    def __init__(self, ssh_config: Path | None = None, bounds: Bounds | None = None) -> None:
        self.bounds = bounds or Bounds()
        self._lines = Lines(ssh_config, self.bounds)
        self._open: set[SiteLine] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def run(self, errands: Sequence[Errand], heard: Heard) -> list[Answer]:
        """Ask all sites at once, and wait until each has answered or is lost.

        Args:
            errands: one for each site.
            heard: called with each row or part as it comes, from a thread for each site; what it raises as `WireError`
                ends the line to that site.

        Returns:
            What came of each site, in their order.

        Raises:
            UsageError: a site cannot be reached as things are; none was asked.
        """
        if not errands:
            return []
        self._lines.prepare(errand.site for errand in errands)
        with ThreadPoolExecutor(min(len(errands), _AT_ONCE), "site") as pool:
            futures = [pool.submit(self._answer, errand, heard) for errand in errands]
            try:
                wait(futures)
            except BaseException:  # Ctrl-C: nobody listens any more
                self._stop()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return [future.result() for future in futures]

    def _stop(self) -> None:
        with self._lock:
            self._stopped = True
            lines = list(self._open)
        threads = [threading.Thread(target=line.hang_up) for line in lines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _answer(self, errand: Errand, heard: Heard) -> Answer:
        conversation = _Conversation(errand, heard, self.bounds.news)
        try:
            with self._lines.open(errand.site) as line:
                with self._lock:
                    if self._stopped:
                        return conversation.answer()
                    self._open.add(line)
                try:
                    conversation.hold(line)
                finally:
                    with self._lock:
                        self._open.remove(line)
        except SiteLost as error:
            return conversation.answer(error)
        except Exception as error:
            # Whatever is wrong here with one site, the others are asked and told of.
            told = as_mmp_error(error)
            return conversation.answer(SiteLost(errand.site.name, f"was given up: {told.message}", told.advice))
        return conversation.answer()


class _Conversation:
    """What is said with one site."""

    def __init__(self, errand: Errand, heard: Heard, news_seconds: float) -> None:
        self._errand = errand
        self._heard = heard
        self._news_seconds = news_seconds
        self._hello: Hello | None = None
        self._greeted: datetime | None = None
        self._rows = 0

    def answer(self, error: SiteLost | None = None) -> Answer:
        """Return what came of it so far."""
        hello = self._hello
        if hello is None or self._greeted is None:
            return Answer(self._errand.site, error=error)
        ahead = (hello.clock - self._greeted).total_seconds()
        wanted = self._errand.inventory
        same = None if wanted is None else hello.inventory == wanted
        return Answer(self._errand.site, hello, self._rows, error, ahead, same)

    def hold(self, line: SiteLine) -> None:
        """Say and hear everything.

        Raises:
            SiteLost: it did not come to its end.
        """
        news = time.monotonic()
        for told in line.converse(self._errand.request):
            if isinstance(told, Alive):
                # Before its hello, a site may be reading its inventory: ten thousand hosts take it a while.
                self._require_patience(time.monotonic() - news)
                continue
            news = time.monotonic()
            if isinstance(told, Hello):
                self._greet(told)
            elif self._hello is None:
                raise self._lost("does not say who it is")
            elif isinstance(told, (Row, Part)):
                self._rows += 1
                self._take(told)
            elif isinstance(told, End) and told.rows != self._rows:
                raise self._lost(f"has sent {told.rows} rows, of which {self._rows} came")

    def _require_patience(self, seconds: float) -> None:
        """End it if nobody waits any longer for a site that is alive, and tells nothing."""
        over = self._errand.over
        if over is not None:
            if over():
                raise self._lost("is alive, but it is not waited for any longer")
        elif seconds > self._news_seconds:
            raise self._lost(
                f"is alive, but has told nothing for {self._news_seconds:.0f} seconds",
                "Look at the site what its `mmpctl site` waits for, and end it there.",
            )

    def _greet(self, hello: Hello) -> None:
        if self._hello is not None:
            raise self._lost("says twice who it is")
        if hello.site != self._errand.site.name:
            raise self._lost(
                f"answers as the site {hello.site}",
                advice="Correct its address in the file of sites, or the option --site of `mmpctl site` there.",
            )
        if hello.wire not in READABLE:
            raise self._lost(
                f"speaks version {hello.wire} of the wire, and this desk speaks {max(READABLE)}",
                advice=f"Its mmpctl is {hello.version}. Bring both to releases that are one version apart at most.",
            )
        # It goes into documents, and a site may say anything.
        if len(hello.version) > SHOWN:
            raise self._lost(f"has a version of {len(hello.version)} characters")
        self._hello, self._greeted = hello, now_utc()

    def _take(self, told: Row | Part) -> None:
        try:
            self._heard(self._errand, told)
        except WireError as error:
            raise self._lost(f"does not speak as mmpctl does: {error.message}", error.advice) from error

    def _lost(self, cause: str, advice: str = "") -> SiteLost:
        return SiteLost(self._errand.site.name, cause, advice)
