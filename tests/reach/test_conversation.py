"""The site's end of a line: what is said in which order, and how it ends, whatever comes or does not come."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TextIO

import pytest

from mmpctl.audit.look import not_looked_at
from mmpctl.audit.model import NodeAudit
from mmpctl.errors import MmpError, UsageError
from mmpctl.inventory.nodes import Node
from mmpctl.reach.answer_lines import Hello, LookedAt
from mmpctl.reach.conversation import Conversation
from mmpctl.reach.verbs import AuditRequest, Envelope, Request, request_text
from mmpctl.times import now_utc
from tests.support.children import PATIENCE_SECONDS

REQUEST = AuditRequest(("lon-1",), now_utc())
HELLO = Hello(1, "1.2.3", "london", now_utc(), "ab" * 32)

Tell = Callable[[LookedAt], None]


def row(name: str = "lon-1") -> NodeAudit:
    return not_looked_at(Node(name, "10.1.0.1", 22, None, None, None, "10.1.0.1"), MmpError("no answer"))


@dataclass
class Desk:
    """The other end of the line, and a site that does what the test says."""

    to_site: int
    lines: TextIO
    conversation: Conversation
    nobody: threading.Event
    codes: list[int] = field(default_factory=list)

    def begins(self, work: Callable[[Request, Tell], None]) -> threading.Thread:
        """Let the site begin, in a thread."""

        def hold() -> None:
            self.codes.append(self.conversation.hold(lambda: (HELLO, work)))

        thread = threading.Thread(target=hold, daemon=True)
        thread.start()
        return thread

    def asks(self, text: str) -> None:
        os.write(self.to_site, text.encode())

    def hears(self, until: str) -> list[dict[str, Any]]:
        """Read lines until one of a kind has come."""
        heard: list[dict[str, Any]] = []
        for text in self.lines:
            heard.append(json.loads(text))
            if heard[-1]["line"] == until:
                return heard
        raise AssertionError(f"no line {until!r} came: {heard}")


@pytest.fixture
def desk() -> Iterator[Desk]:
    source, to_site = os.pipe()
    from_site, sink = os.pipe()
    nobody = threading.Event()
    with os.fdopen(from_site) as lines:
        yield Desk(to_site, lines, Conversation(source, sink, alive_seconds=0.01, nobody=nobody.set), nobody)
    for one in (source, to_site, sink):
        with suppress(OSError):
            os.close(one)


def two_rows(request: Request, tell: Tell) -> None:
    assert request == REQUEST
    tell(row("lon-1"))
    tell(row("lon-2"))


def test_hello_rows_and_their_number(desk: Desk) -> None:
    thread = desk.begins(two_rows)
    desk.asks(request_text(Envelope(REQUEST, 1)))
    told = [line for line in desk.hears("end") if line["line"] != "alive"]
    assert [line["line"] for line in told] == ["hello", "row", "row", "end"]
    assert (told[0]["site"], told[1]["node"], told[3]["rows"]) == ("london", "lon-1", 2)
    thread.join(PATIENCE_SECONDS)
    assert desk.codes == [0] and not desk.nobody.is_set()


def test_a_site_tells_that_it_is_alive_while_it_works(desk: Desk) -> None:
    go_on = threading.Event()

    def last(request: Request, tell: Tell) -> None:
        assert go_on.wait(PATIENCE_SECONDS)

    thread = desk.begins(last)
    desk.asks(request_text(Envelope(REQUEST, 1)))
    desk.hears("alive")
    go_on.set()
    assert desk.hears("end")[-1]["rows"] == 0
    thread.join(PATIENCE_SECONDS)


@pytest.mark.parametrize(
    ("text", "code"),
    [('{"verb": "reboot"}\n', "wire"), ("{\n", "wire"), ("\n", "wire"), ('{"verb": "audit"}\n', "wire")],
)
def test_what_cannot_be_understood_is_an_error_line(desk: Desk, text: str, code: str) -> None:
    thread = desk.begins(two_rows)
    desk.asks(text)
    error = desk.hears("error")[-1]
    assert (error["code"], error["advice"] != "") == (code, True)
    thread.join(PATIENCE_SECONDS)
    assert desk.codes == [2]


def test_a_request_in_pieces_is_one_and_without_an_end_as_well(desk: Desk) -> None:
    thread = desk.begins(two_rows)
    text = request_text(Envelope(REQUEST, 1)).rstrip()
    desk.asks(text[:20])
    desk.hears("hello")
    desk.asks(text[20:])
    os.close(desk.to_site)
    assert desk.hears("end")[-1]["rows"] == 2
    thread.join(PATIENCE_SECONDS)
    assert desk.codes == [0] and not desk.nobody.is_set(), "the request was all that was to come"


def test_a_request_that_does_not_end_is_refused(desk: Desk) -> None:
    desk.begins(two_rows)
    for _ in range(65):  # one more than it takes; what it does not read any more, the pipe does
        desk.asks(" " * (1 << 16))
    assert "longer" in desk.hears("error")[-1]["message"]


@pytest.mark.parametrize(("error", "code"), [(UsageError("no such thing"), 2), (KeyError("x"), 1)])
def test_an_error_of_the_work_is_the_last_line(desk: Desk, error: Exception, code: int) -> None:
    def fail(request: Request, tell: Tell) -> None:
        tell(row())
        raise error

    thread = desk.begins(fail)
    desk.asks(request_text(Envelope(REQUEST, 1)))
    assert [line["line"] for line in desk.hears("error") if line["line"] != "alive"] == ["hello", "row", "error"]
    thread.join(PATIENCE_SECONDS)
    assert desk.codes == [code]


def listening(desk: Desk) -> Callable[[Request, Tell], None]:
    """Work that lasts until nobody listens any more."""

    def last(request: Request, tell: Tell) -> None:
        tell(row())
        assert desk.nobody.wait(PATIENCE_SECONDS)

    return last


def test_it_is_over_when_a_held_input_ends(desk: Desk) -> None:
    thread = desk.begins(listening(desk))
    desk.asks(request_text(Envelope(REQUEST, 1, held=True)))
    desk.hears("row")
    assert not desk.nobody.is_set()
    os.close(desk.to_site)
    assert desk.nobody.wait(PATIENCE_SECONDS)
    thread.join(PATIENCE_SECONDS)


def test_it_is_over_when_nobody_reads_its_lines(desk: Desk) -> None:
    thread = desk.begins(listening(desk))
    desk.asks(request_text(Envelope(REQUEST, 1)))
    desk.hears("row")
    desk.lines.close()
    assert desk.nobody.wait(PATIENCE_SECONDS), "a line that tells that the site is alive goes nowhere"
    thread.join(PATIENCE_SECONDS)
