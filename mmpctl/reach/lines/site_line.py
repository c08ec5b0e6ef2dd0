"""What every line to a site has, whatever carries it: a request goes out, lines come in, within bounds of time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Final

from mmpctl.errors import MmpError
from mmpctl.reach.answer_lines import SILENT_SECONDS, Failure, Line, read_line
from mmpctl.reach.verbs import Request
from mmpctl.reach.wire import WireError
from mmpctl.reports.sanitize import harmless
from mmpctl.reports.typed import SITES_FILE

# A row has some kilobytes; a node with hundreds of CAs has some hundred.
MOST_BYTES: Final = 16 << 20
# So much of what a site says is shown in an error, characters; and so much of an error as a whole.
SHOWN: Final = 200
_MOST_SHOWN: Final = 1000


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a site may say nothing, seconds.

    Args:
        hello: until its first line: its machine is reached, and its program loaded.
        silence: after its hello.
        beginning: until its hello, if it says meanwhile that it is alive: it reads its inventory.
        news: after its hello, if it says that it is alive and nothing else; what is followed may take any time.
    """

    hello: float = 60.0
    silence: float = SILENT_SECONDS
    beginning: float = 600.0
    news: float = 3600.0


class SiteLost(MmpError):
    """A site did not answer, or not to the end: of its nodes that it has not told of, nothing is known."""

    code = "site-lost"

    def __init__(self, site: str, cause: str, advice: str = "") -> None:
        super().__init__(
            # Both may have what the site says, which may be of any length.
            _shortened(f"the site {site} {cause}"),
            advice=_shortened(advice) or f"`mmpctl engine check {SITES_FILE} --site {site}` tells what is in the way.",
        )
        self.site = site


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]} …"


class SiteRefuses(SiteLost):
    """A site has answered that it cannot do what it was asked, and why."""


class SiteLine(ABC):
    """A line to one site, for a `with` block.

    Args:
        site: the name of the site.
    """

    def __init__(self, site: str) -> None:
        self.site = site

    @abstractmethod
    def converse(self, request: Request) -> Iterator[Line]:
        """Ask the site, and yield each line as it comes, up to the last one, the `End`.

        Whoever takes the hello and does not go on refuses the site; a line that can wait sends the request only then.

        Args:
            request: what the site is asked.

        Raises:
            SiteLost: the line ended before, nothing came for too long, or the site says why it cannot go on.
        """

    @abstractmethod
    def hang_up(self) -> None:
        """End it, after which the site ends by itself. May be called from another thread, and twice."""

    @abstractmethod
    def close(self) -> None:
        """Hang up, and give back what the line has taken of this machine."""

    def __enter__(self) -> SiteLine:  # noqa: PYI034 - Self came with Python 3.11
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def read(self, text: bytes) -> Line:
        """Return a line that has come.

        Args:
            text: of it.

        Raises:
            SiteRefuses: the site says why it cannot go on.
            SiteLost: it is no line.
        """
        try:
            line = read_line(text)
        except WireError as error:
            shown = harmless(text[:SHOWN].decode("utf-8", "replace"))
            raise self.lost(f"does not speak as mmpctl does ({error.message}): {shown!r}", error.advice) from None
        if isinstance(line, Failure):
            raise SiteRefuses(self.site, f"cannot do it: {line.message}", line.advice)
        return line

    def silent(self, seconds: float, more: str = "", advice: str = "") -> SiteLost:
        """Return the error for a site that says nothing.

        Args:
            seconds: for so long.
            more: what else is known.
            advice: what to do.
        """
        return self.lost(f"did not answer: nothing came for {seconds:.0f} seconds{more}", advice)

    def nameless(self, seconds: float) -> SiteLost:
        """Return the error for a site that says that it is alive, and no more.

        Args:
            seconds: for so long.
        """
        return self.lost(f"is alive, but has not said in {seconds:.0f} seconds who it is")

    def lost(self, cause: str, advice: str = "") -> SiteLost:
        """Return the error for a site that did not answer to the end.

        Args:
            cause: goes on after the site's name.
            advice: what to do.
        """
        return SiteLost(self.site, cause, advice)
