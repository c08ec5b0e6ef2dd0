"""A document that is read from a disk has the form that its readers rely on, or it is an error that names the key."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

import pytest

from mmpctl.documents.catalogue import DOCUMENTS
from mmpctl.documents.checked import DocumentError, checked
from mmpctl.documents.forms import Time
from tests.support import documents
from tests.support.documents import altered


class Inner(TypedDict):
    """A part."""

    name: str
    end: Time | None


class _Later(TypedDict, total=False):
    """What only later releases write."""

    more: dict[str, list[int]]


class Form(_Later):
    """A document."""

    schema: Literal[1]
    part: Inner | None
    parts: list[Inner]
    seconds: float
    sure: bool
    rest: Any


GOOD: dict[str, Any] = {
    "schema": 1,
    "part": {"name": "a", "end": None},
    "parts": [{"name": "b", "end": "2026-11-23T03:00:00Z"}],
    "seconds": 1,
    "sure": True,
    "rest": [object()],
}


def test_a_document_comes_back_as_it_is_with_whatever_it_has_besides() -> None:
    for given in (GOOD, {**GOOD, "part": None}, {**GOOD, "more": {"a": [1]}, "later": "x"}):
        assert checked(given, Form, "x.json") is given


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"schema": 2}, "`schema` is not 1"),
        ({"part": {"end": None}}, "`part.name` is missing"),
        ({"part": "a"}, "`part` is not an object or null"),
        ({"part": {"name": 1, "end": None}}, "`part.name` is not a text"),
        ({"parts": [GOOD["part"], {"name": "b", "end": 1}]}, "`parts[1].end` is not a text or null"),
        ({"parts": {}}, "`parts` is not a list"),
        ({"seconds": True}, "`seconds` is not a number"),
        ({"sure": 1}, "`sure` is not yes or no"),
        ({"more": {"a": [1, "2"]}}, "`more.a[1]` is not a whole number"),
        ({"more": {"a": 1}}, "`more.a` is not a list"),
    ],
)
def test_another_form_names_file_and_key(change: dict[str, Any], told: str) -> None:
    with pytest.raises(DocumentError) as caught:
        checked({**GOOD, **change}, Form, "run/x.json")
    assert caught.value.message == f"run/x.json is not a document of mmpctl: {told}"
    assert caught.value.code == "document"


@pytest.mark.parametrize("value", [None, [], "text", {}])
def test_what_is_no_such_document_at_all_is_told_too(value: object) -> None:
    with pytest.raises(DocumentError, match=r"x\.json is not .*: (the whole is not an object|`.*missing)"):
        checked(value, Form, "x.json")


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("audit", documents.audit()),
        ("audit", documents.fleet(4, wrong=4)),
        ("status", documents.status()),
        ("plan", documents.plan()),
        ("renew", documents.renewal()),
        ("runs", documents.runs()),
        ("runs-one", documents.run()),
        ("backup", documents.backup()),
        ("trust", documents.trust()),
        ("inventory-check", documents.inventory()),
        ("lab", documents.lab()),
    ],
)
def test_it_takes_what_the_program_makes(name: str, made: Any) -> None:
    assert checked(made, DOCUMENTS[name], name) is made
    with pytest.raises(DocumentError, match="`schema` is not 1"):
        checked(altered(made, schema=2), DOCUMENTS[name], name)
