"""Audits in real SQLite files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest

from mmpctl.documents.checked import DocumentError
from mmpctl.errors import UsageError
from mmpctl.history.store import History
from mmpctl.reports import tables
from mmpctl.reports.output import render
from mmpctl.runbooks import history as looking_back
from tests.support import documents
from tests.support.audits import audit, certificate

FIRST = audit("2026-11-20T03:00", lon_1=[certificate("database server")])
SECOND = audit("2026-11-21T03:00", lon_1=[certificate("database server", severity="due")])
THIRD = audit("2026-11-22T03:00", lon_1=[certificate("database server", "2", "2029-01-01")])


@pytest.fixture
def history(tmp_path: Path) -> History:
    kept = History(str(tmp_path / "audits.sqlite"))
    for one in (FIRST, SECOND, THIRD):
        kept.keep(one)
    return kept


def test_the_last_is_compared_with_the_one_before(history: History) -> None:
    found = looking_back.run(history)
    assert (found["before"], found["after"]) == ("2026-11-21T03:00:00Z", "2026-11-22T03:00:00Z")
    assert [one["kind"] for one in found["changes"]] == ["renewed"]
    assert [one["counts"]["due"] for one in found["counts"]] == [0, 1, 0]


def test_or_with_that_of_a_day(history: History) -> None:
    found = looking_back.run(history, datetime(2026, 11, 20, 23, 59, tzinfo=timezone.utc))
    assert found["before"] == "2026-11-20T03:00:00Z"
    with pytest.raises(UsageError, match="no audit from 2026-11-19"):
        looking_back.run(history, datetime(2026, 11, 19, tzinfo=timezone.utc))


def test_the_day_of_the_last_audit_is_never_compared_with_itself(history: History) -> None:
    for hour in (23, 3):
        found = looking_back.run(history, datetime(2026, 11, 22, hour, tzinfo=timezone.utc))
        assert (found["before"], found["after"]) == ("2026-11-21T03:00:00Z", "2026-11-22T03:00:00Z")


def test_several_audits_of_the_last_day_do_not_hide_the_day_before(history: History) -> None:
    history.keep(THIRD | {"at": "2026-11-22T09:00:00Z"})
    found = looking_back.run(history, datetime(2026, 11, 22, 23, 59, 59, tzinfo=timezone.utc))
    assert found["before"] == "2026-11-21T03:00:00Z"
    assert looking_back.run(history)["before"] == "2026-11-22T03:00:00Z"


def test_audits_of_different_selections_are_not_mixed(history: History) -> None:
    part = audit("2026-11-23T03:00", lon_9=[certificate("database server")]) | {"selection": {"site": ["london"]}}
    history.keep(part)
    with pytest.raises(UsageError, match=r"before that of 2026-11-23T03:00:00Z of the same nodes \(--site london"):
        looking_back.run(history)
    history.keep(part | {"at": "2026-11-24T03:00:00Z"})
    found = looking_back.run(history)
    assert (found["before"], found["selection"]) == ("2026-11-23T03:00:00Z", {"site": ["london"]})
    assert (found["changes"], len(found["counts"])) == ([], 2)
    history.keep(THIRD | {"at": "2026-11-25T03:00:00Z"})
    assert looking_back.run(history)["before"] == "2026-11-22T03:00:00Z"
    assert "--site" not in render(tables.history(looking_back.run(history)))


def test_a_node_that_was_silent_for_some_nights_is_compared_with_what_was_known(history: History) -> None:
    for day in ("23", "24"):
        history.keep(audit(f"2026-11-{day}T03:00", lon_1=None))
    history.keep(audit("2026-11-25T03:00", lon_1=[certificate("database server", "2", "2029-01-01", "unfit")]))
    found = looking_back.run(history)
    assert [(one["kind"], one["use"]) for one in found["changes"]] == [
        ("worse", "database server"),
        ("seen again", None),
    ]
    before = found["changes"][0]["before"]
    assert before is not None and before["severity"] == "ok"


def test_what_changed_for_people(history: History) -> None:
    before, after = audit("2026-11-23T03:00", lon_1=[], lon_2=None), audit("2026-11-24T03:00", lon_1=[], lon_2=[])
    after["clusters"][0]["findings"] = [{"id": "masters-differ", "severity": "unfit", "message": "two", "cure": ""}]
    after["clusters"].append(documents.audit_cluster("paris"))
    for one in (before, after):
        history.keep(one | {"selection": {"site": ["london"]}})
    lines = [" ".join(line.split()) for line in render(tables.history(looking_back.run(history))).splitlines()]
    assert "✗ worse lon masters-differ – unfit · two" in lines
    assert "+ new paris cluster – unknown (0 nodes)" in lines
    assert any(line.startswith("· seen again lon_2 node no answer") for line in lines)
    assert "These are audits of a part of the inventory: --site london" in lines


def test_a_driver_that_is_not_installed_is_named() -> None:
    for url, package in (("postgresql+psycopg2://x@y/z", "psycopg2-binary"), ("mysql+pymysql://x@y/z", "pymysql")):
        with pytest.raises(UsageError) as caught:
            History(url).prepare()
        assert f"pip install {package}" in caught.value.advice


def test_one_audit_is_nothing_to_compare(tmp_path: Path) -> None:
    kept = History(str(tmp_path / "audits.sqlite"))
    with pytest.raises(UsageError, match="there is no such file"):
        looking_back.run(kept)
    kept.keep(FIRST)
    with pytest.raises(UsageError, match="before that of 2026-11-20"):
        looking_back.run(kept)


def test_an_audit_is_kept_whole_or_not_at_all(tmp_path: Path, history: History) -> None:
    with pytest.raises(TypeError):
        history.keep(THIRD | {"at": "2026-11-23T03:00:00Z", "clusters": [object()]})
    last = history.last()
    assert last is not None and last["at"] == THIRD["at"]


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("my notes\n" * 200)
    acts: list[Callable[[], object]] = [lambda: History(str(file)).keep(FIRST), lambda: History(str(file)).last()]
    for act in acts:
        with pytest.raises(UsageError, match="not a database"):
            act()
    assert file.read_text() == "my notes\n" * 200


def test_another_database_is_no_history(tmp_path: Path) -> None:
    file = tmp_path / "other.sqlite"
    sqlite3.connect(file).execute("create table something (x int)")
    with pytest.raises(UsageError, match="no such table"):
        History(str(file)).last()


def test_a_newer_history_is_refused(tmp_path: Path, history: History) -> None:
    file = sqlite3.connect(tmp_path / "audits.sqlite")
    file.execute("update mmpctl_audits set schema = 3 where number = 1")
    file.commit()
    for act in (history.last, lambda: history.keep(FIRST)):
        with pytest.raises(UsageError, match="newer mmpctl"):
            act()


def test_a_password_in_a_url_is_never_told() -> None:
    for url in ("postgresql://me:Example-123@127.0.0.1:1/x", "nothing://me:Example-123@127.0.0.1/x", "://Example-123"):
        with pytest.raises(UsageError) as caught:
            History(url).last()
        assert "Example-123" not in str(caught.value) + caught.value.advice


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("clusters", [{"nodes": []}], "`clusters[0].name` is missing"),
        ("clusters", {}, "`clusters` is not a list"),
        ("at", 7, "`at` is not a text"),
    ],
)
def test_an_audit_that_is_not_as_it_was_kept_is_named_with_the_key(
    history: History, tmp_path: Path, key: str, value: object, told: str
) -> None:
    history.keep(THIRD | {"at": "2026-11-23T03:00:00Z"})
    with sqlite3.connect(tmp_path / "audits.sqlite") as database:
        changed = json.dumps(THIRD | {key: value})
        database.execute("update mmpctl_audits set document = ? where at = '2026-11-23T03:00:00Z'", (changed,))
    with pytest.raises(DocumentError) as caught:
        looking_back.run(history)
    assert caught.value.message.endswith(
        f"audits.sqlite: the audit of 2026-11-23T03:00:00Z is not a document of mmpctl: {told}"
    )


@pytest.mark.parametrize(
    ("counts", "told"), [("{", "the whole is not an object"), ('{"expired": "1"}', "`expired` is not a whole number")]
)
def test_numbers_that_are_not_as_they_were_kept_are_named(
    history: History, tmp_path: Path, counts: str, told: str
) -> None:
    with sqlite3.connect(tmp_path / "audits.sqlite") as database:
        database.execute("update mmpctl_audits set counts = ? where at = ?", (counts, THIRD["at"]))
    with pytest.raises(DocumentError) as caught:
        history.counts()
    assert caught.value.message.endswith(f"the count of the audit of {THIRD['at']} is not a document of mmpctl: {told}")
