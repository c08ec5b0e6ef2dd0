"""Old audits are deleted from real SQLite files: which of them, beside whom, and what the disk gets back."""

from __future__ import annotations

import json
import sqlite3
import threading
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmpctl.documents.history import ForgottenDocument
from mmpctl.history import database
from mmpctl.history.forgetting import KeptRow, to_forget
from mmpctl.history.packed import packed, unpacked
from mmpctl.history.store import History
from mmpctl.reports import history_table
from mmpctl.reports.output import render
from mmpctl.runbooks import history as looking_back
from tests.support import schemas
from tests.support.audits import audit, certificate
from tests.support.command import Command

_DAY = datetime(2026, 11, 22, tzinfo=timezone.utc)
_LONG = "a subject that repeats itself nowhere " + " ".join(str(number**3) for number in range(20_000))


def _audit(day: int, *selection: str, subject: str = "CN=x") -> Any:
    made = audit(f"2026-11-{day}T03:00", lon_1=[certificate("database server") | {"subject": subject}])
    return {**made, "selection": {"site": list(selection)} if selection else {}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "audits.sqlite"


@pytest.fixture
def history(file: Path) -> History:
    kept = History(str(file))
    for day in (20, 21, 22, 23):
        kept.keep(_audit(day, subject=_LONG))
    return kept


def _forget(history: History, before: datetime = _DAY) -> ForgottenDocument:
    done = looking_back.forget(history, before, lambda *_: True)
    schemas.check(done)
    return done


def test_what_is_older_goes_and_the_disk_gets_its_space_back(history: History, file: Path) -> None:
    before = file.stat().st_size
    done = _forget(history)
    assert (done["forgotten"], done["kept"]) == (["2026-11-20T03:00:00Z", "2026-11-21T03:00:00Z"], 2)
    assert done["bytes"] == file.stat().st_size < before * 0.6
    assert looking_back.run(history)["before"] == "2026-11-22T03:00:00Z"
    assert _forget(history)["forgotten"] == []


def test_the_newest_of_each_selection_stays_whatever_its_age(history: History) -> None:
    for day in (10, 11):
        history.keep(_audit(day, "london"))
    done = _forget(history, datetime(2026, 11, 30, tzinfo=timezone.utc))
    assert [row.at for row in history.kept()] == ["2026-11-11T03:00:00Z", "2026-11-23T03:00:00Z"]
    assert (len(done["forgotten"]), done["kept"]) == (4, 2)


@given(
    st.lists(st.tuples(st.integers(10, 28), st.sampled_from(["", "london", "paris"])), min_size=1, unique=True),
    st.integers(10, 28),
)
def test_nothing_that_is_newer_goes_and_each_selection_keeps_one(days: list[tuple[int, str]], before: int) -> None:
    ordered = sorted(days)
    rows = [
        KeptRow(number, f"2026-11-{day}T03:00:00Z", {"site": [site]} if site else {})
        for number, (day, site) in enumerate(ordered, 1)
    ]
    gone = to_forget(rows, datetime(2026, 11, before, tzinfo=timezone.utc))
    stay = [row for row in rows if row not in gone]
    assert all(row.at < f"2026-11-{before}T00:00:00Z" for row in gone)
    assert {str(row.selection) for row in stay} == {str(row.selection) for row in rows}
    assert rows[-1] in stay


@pytest.mark.parametrize(
    ("answer", "told"), [(None, "Nobody has confirmed it. Add --yes to delete them."), (False, "You did not say yes.")]
)
def test_nothing_goes_without_a_yes(history: History, answer: bool | None, told: str) -> None:
    done = looking_back.forget(history, _DAY, lambda *_: answer)
    assert (looking_back.code_of(done), done["reason"], done["kept"], len(history.kept())) == (5, told, 4, 4)
    assert "2 of 4 audits would be deleted from 2026-11-20 03:00:00 UTC to 2026-11-21 03:00:00 UTC." in render(
        history_table.forgotten(done)
    )


def test_who_reads_meanwhile_goes_on_with_what_is_left(history: History) -> None:
    reading = history.back()
    assert next(reading)["at"] == "2026-11-23T03:00:00Z"
    _forget(history)
    assert [one["at"] for one in reading] == ["2026-11-22T03:00:00Z"]


def test_who_keeps_an_audit_meanwhile_loses_none(history: History) -> None:
    def keep() -> None:
        for day in range(24, 29):
            history.keep(_audit(day))

    keeping = threading.Thread(target=keep)
    keeping.start()
    _forget(history)
    keeping.join()
    assert [row.at[8:10] for row in history.kept()] == ["22", "23", "24", "25", "26", "27", "28"]


def test_an_audit_that_has_got_the_number_of_a_deleted_one_stays(history: History) -> None:
    rows = history.kept()
    history.forget(rows[-1:])
    history.keep(_audit(25))
    assert history.kept()[-1].number == rows[-1].number
    history.forget(rows[-1:])
    assert history.kept()[-1].at == "2026-11-25T03:00:00Z"


def test_a_file_that_another_process_holds_gets_smaller_the_next_time(
    history: History, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_WAIT_SECONDS", 0.01)
    other = sqlite3.connect(file, isolation_level=None)
    # Write-ahead logging, so that who reads holds up no deletion.
    other.execute("pragma journal_mode = wal")
    before = file.stat().st_size

    # Deletes at once, and then meets somebody who writes.
    class Held(History):
        def give_back(self) -> int | None:
            other.execute("begin immediate")
            return super().give_back()

    done = looking_back.forget(Held(str(file)), _DAY, lambda *_: True)
    assert done["done"] and "not given back" in str(done["reason"]) and "locked" in str(done["reason"])
    other.execute("rollback")
    other.execute("pragma journal_mode = delete")
    other.close()
    done = _forget(history)
    assert done["forgotten"] == [] and file.stat().st_size < before * 0.6


def test_a_history_of_an_earlier_release_is_read_and_gone_on_with(history: History, file: Path) -> None:
    old = json.dumps(_audit(21, subject="CN=old"))
    with sqlite3.connect(file) as connection:
        connection.execute("delete from mmpctl_audits where at < '2026-11-22' or at > '2026-11-23'")
        connection.execute(
            "insert into mmpctl_audits (schema, at, counts, document) values (1, ?, '{}', ?)",
            ("2026-11-21T03:00:00Z", old),
        )
    assert [one["clusters"][0]["nodes"][0]["certificates"][0]["subject"] for one in history.back()] == [_LONG, "CN=old"]


@given(st.text(max_size=50))
def test_packed_documents_are_the_same_again(text: str) -> None:
    document = json.dumps({"any": text})
    assert unpacked(packed(document)) == unpacked(document) == document


def test_what_is_no_packed_document_is_refused() -> None:
    for kept in ("zlib:", "zlib:eJw", "zlib:YWJj", packed("{}")[:-8]):
        with pytest.raises(ValueError, match=r"."):
            unpacked(kept)


def test_typed_on_a_command_line(mmpctl: Command, file: Path, history: History) -> None:
    del history
    said = mmpctl("history", file, "--forget-before", "2026-11-22", "-o", "json")
    assert said.code == 5 and schemas.parse(said.out)["done"] is False
    said = mmpctl("history", file, "--forget-before", "2026-11-22", "--yes")
    assert said.code == 0 and "deleted; 2 audits are kept." in said.out and "MB now" in said.out
    for wrong in (["--yes"], ["--forget-before", "2999-01-01"], ["--forget-before", "x"]):
        assert mmpctl("history", file, *wrong).code == 2
    said = mmpctl("history", file, "--forget-before", "2026-11-22", "--since", "2026-11-20")
    assert said.code == 2 and "cannot be combined" in said.err
