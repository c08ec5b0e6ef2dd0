"""What goes over a line comes back as it was, and what does not fit is refused with the path to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmpctl.audit.model import NodeAudit
from mmpctl.audit.node_status import NodeStatus
from mmpctl.enums import Word
from mmpctl.inventory.nodes import Node
from mmpctl.reach.answer_lines import Alive, End, Failure, Hello, Row, fact_of, line_text, read_line, row_of
from mmpctl.reach.tickets.work_requests import FollowRequest, RenewRequest, ResumeRequest, StopRequest
from mmpctl.reach.verbs import (
    AuditRequest,
    BackupRequest,
    Envelope,
    PlanRequest,
    Request,
    RunsRequest,
    StatusRequest,
    read_request,
    request_text,
)
from mmpctl.reach.wire import WireError, from_wire, to_wire
from mmpctl.runbooks.backup import NodeBackup
from tests.support.facts import any_fact
from tests.support.gate import examples

NOON = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
HELLO = Hello(1, "1.2.3", "oslo", NOON, "ab" * 32)
REQUEST = AuditRequest(("lon-1",), NOON)


class Colour(Word):
    RED = "red"


@dataclass(frozen=True)
class Part:
    number: int


@dataclass(frozen=True)
class Whole:
    name: str
    parts: tuple[Part, ...] = ()
    named: dict[str, frozenset[str]] = field(default_factory=dict)
    colour: Colour | None = None
    weight: float = 0.0
    at: datetime | None = None
    day: date | None = None
    hour: time | None = None
    sure: bool = False


@given(fact=st.one_of(any_fact(NodeAudit), any_fact(NodeStatus), any_fact(NodeBackup)))
@examples(200)
def test_facts_come_back_as_they_were(fact: Any) -> None:
    row = read_line(line_text(row_of(fact)))
    assert isinstance(row, Row) and row.node == fact.node.name
    assert fact_of(row, type(fact), fact.node) == fact


@given(line=st.one_of(any_fact(Hello), st.just(Alive()), any_fact(End), any_fact(Failure)))
@examples(80)
def test_lines_come_back_as_they_were(line: Hello | Alive | End | Failure) -> None:
    text = line_text(line)
    assert read_line(text) == line
    assert text.endswith("\n") and text.count("\n") == 1, "one line, whatever is in it"


REQUESTS = (
    *(AuditRequest, StatusRequest, BackupRequest, PlanRequest, RunsRequest),
    *(RenewRequest, ResumeRequest, FollowRequest, StopRequest),
)


@given(request=st.one_of(*(any_fact(kind) for kind in REQUESTS)), held=st.booleans())
@examples(80)
def test_requests_come_back_as_they_were(request: Request, held: bool) -> None:
    envelope = Envelope(request, 1, held)
    assert read_request(request_text(envelope)) == envelope


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ([], "the thing is not an object"),
        ({}, "`name` of the thing is not there"),
        ({"name": None}, "`name` of the thing is not a text"),
        ({"name": 5}, "`name` of the thing is not a text"),
        ({"name": "x", "parts": {}}, "`parts` of the thing is not a list"),
        ({"name": "x", "parts": [{"number": 1}, {"number": "2"}]}, "`parts[1].number` of the thing is not a whole"),
        ({"name": "x", "parts": [{"number": True}]}, "`parts[0].number` of the thing is not a whole number"),
        ({"name": "x", "named": {"a": ["b", 1]}}, "`named.a[1]` of the thing is not a text"),
        ({"name": "x", "named": ["a"]}, "`named` of the thing is not an object"),
        ({"name": "x", "colour": "blue"}, "`colour` of the thing is not one of red"),
        ({"name": "x", "colour": ["red"]}, "`colour` of the thing is not one of red"),
        ({"name": "x", "weight": True}, "`weight` of the thing is not a number"),
        ({"name": "x", "weight": float("inf")}, "`weight` of the thing is not a number"),
        ({"name": "x", "weight": 10**400}, "`weight` of the thing is not a number"),
        ({"name": "x", "at": "yesterday"}, "`at` of the thing is not a moment"),
        ({"name": "x", "at": "2026-01-31T12:00:00"}, "`at` of the thing is not a moment"),
        ({"name": "x", "hour": "25:00"}, "`hour` of the thing is not a time of day"),
        ({"name": "x", "day": "31.1."}, "`day` of the thing is not a day"),
        ({"name": "x", "sure": 1}, "`sure` of the thing is not yes or no"),
    ],
)
def test_what_does_not_fit_is_refused(value: object, told: str) -> None:
    with pytest.raises(WireError) as error:
        from_wire(value, Whole, "the thing")
    assert error.value.message.startswith(told)


def test_what_has_a_default_may_be_missing_and_what_is_new_is_left_out() -> None:
    assert from_wire({"name": "x", "invented_later": [1]}, Whole, "the thing") == Whole("x")
    assert from_wire({"name": "x", "weight": 3}, Whole, "the thing") == Whole("x", weight=3.0)


def test_moments_are_written_in_utc() -> None:
    east = NOON.astimezone(timezone(timedelta(hours=5)))
    assert to_wire(Whole("x", at=east))["at"] == "2026-01-31T12:00:00Z"


def test_what_json_does_not_know_is_a_fault_of_ours() -> None:
    with pytest.raises(TypeError):
        to_wire(object())
    with pytest.raises(TypeError):
        from_wire({"text": b""}, Unreadable, "the thing")


@dataclass(frozen=True)
class Unreadable:
    text: bytes


ODD = ("", "null", "[]", '"hello"', "{", "[" * 100_000, "{}", '{"line":[]}', '{"line":"row"}', '{"line":"hello"}')


@pytest.mark.parametrize("text", [*ODD, '{"line":"row","fact":[]}', '{"line":"end","rows":"1"}', "\xff"], ids=repr)
def test_a_line_that_is_none_is_refused(text: str) -> None:
    for sent in (text, text.encode("latin-1")):
        with pytest.raises(WireError):
            read_line(sent)


@pytest.mark.parametrize("text", [*ODD, '{"verb":"audit","nodes":"lon-1"}', '{"verb":"status"}'], ids=repr)
def test_a_request_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(WireError):
        read_request(text)


@pytest.mark.parametrize("changes", [{"verb": "reboot"}, {"verb": None}, {"wire": 0}, {"wire": True}, {"held": "yes"}])
def test_an_unknown_verb_or_version_is_refused(changes: dict[str, Any]) -> None:
    told = json.loads(request_text(Envelope(REQUEST, 1)))
    with pytest.raises(WireError):
        read_request(json.dumps({**told, **changes}))


def test_a_request_by_hand_needs_a_verb_and_names() -> None:
    assert read_request('{"verb": "status", "nodes": ["lon-1"]}') == Envelope(StatusRequest(("lon-1",)), 1)


@given(text=st.text() | st.binary())
@examples(200)
def test_garbage_is_refused_and_no_more(text: str | bytes) -> None:
    for read in (lambda: read_line(text), lambda: read_request(text)):
        with pytest.raises(WireError):
            read()


def test_a_row_that_does_not_fit_its_node_is_refused() -> None:
    node = Node("lon-1", "10.1.0.1", 22, None, None, None, "10.1.0.1")
    with pytest.raises(WireError) as error:
        fact_of(Row("lon-1", {"error": None, "certificates": [{"use": "database ca"}]}), NodeAudit, node)
    assert error.value.message.startswith("`certificates[0].")
    other: dict[str, Any] = {"node": {"name": "lon-9"}, "error": None, "certificates": []}
    assert fact_of(Row("lon-1", other), NodeAudit, node).node == node, "whatever a site says of it"


def test_a_request_names_no_path() -> None:
    # Whatever a desk has on its disk, a site hears nothing of it.
    assert not any("/" in str(value) for value in to_wire(REQUEST).values())
