"""A site and a desk whose releases are one version of the wire apart understand each other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from mmpctl.audit.model import NodeAudit
from mmpctl.reach.answer_lines import READABLE, WIRE, Line, Row, fact_of, read_line
from mmpctl.reach.verbs import Request, read_request
from tests.reach import golden


def conversations(version: int) -> list[tuple[Request, tuple[Line, ...]]]:
    """What is written in the file of a version, as it is read now."""
    told: list[tuple[Request, list[Line]]] = []
    for line in golden.path(version).read_text(encoding="utf-8").splitlines():
        direction, _, text = line.partition(" ")
        if direction == ">":
            told.append((read_request(text).request, []))
        else:
            _, answers = told[-1]
            answers.append(read_line(text))
    return [(request, tuple(answers)) for request, answers in told]


def missing(written: Any, golden: Any) -> bool:
    """Whether something that a version has is not written any more, or is written in another way."""
    if isinstance(golden, dict):
        return any(key not in written or missing(written[key], value) for key, value in golden.items())
    if isinstance(golden, list):
        return len(written) != len(golden) or any(map(missing, written, golden))
    return bool(written != golden)


def test_what_is_written_now_has_all_of_the_present_version() -> None:
    golden_lines = golden.path(WIRE).read_text(encoding="utf-8").splitlines()
    for now, then in zip(golden.lines(), golden_lines, strict=True):
        assert now[0] == then[0]
        assert not missing(json.loads(now[2:]), json.loads(then[2:])), "another form is another version"


def test_the_present_version_is_read_as_it_was_meant() -> None:
    meant = [(request, of_nodes(answers, request)) for request, answers in golden.CONVERSATIONS]
    assert [(request, of_nodes(answers, request)) for request, answers in conversations(WIRE)] == meant


def of_nodes(answers: Sequence[Line], request: Request) -> list[object]:
    """The answers, their rows as the facts that a desk makes of them."""
    return [fact_of(one, request.fact, golden.NODES[one.node]) if isinstance(one, Row) else one for one in answers]


@pytest.mark.parametrize("version", sorted(READABLE))
def test_each_version_that_is_read_has_a_file_of_what_releases_of_then_send(version: int) -> None:
    told = [of_nodes(answers, request) for request, answers in conversations(version)]
    assert any(isinstance(one, NodeAudit) for answers in told for one in answers), "all its lines can be read"


def test_the_present_version_is_read_and_the_one_before() -> None:
    assert {version for version in (WIRE - 1, WIRE) if version > 0} == READABLE
