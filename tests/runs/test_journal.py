"""The journal: chained, on disk before anything is sent, and nothing but what this run wrote."""

from __future__ import annotations

import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmpctl.cluster.progress import History
from mmpctl.runs.ending import Ending
from mmpctl.runs.journal import Journal, JournalError, read
from mmpctl.runs.record import Event, Record, StepResult
from tests.cluster.cases import keys
from tests.support import schemas
from tests.support.gate import examples
from tests.support.journals import NOW, RUN, opened, written

END, INTENT, KEEPER, OUTCOME, QUESTION, RESUMED = (
    Event.END,
    Event.INTENT,
    Event.KEEPER,
    Event.OUTCOME,
    Event.QUESTION,
    Event.RESUMED,
)
DONE, NOT_ACCEPTED = StepResult.DONE, StepResult.NOT_ACCEPTED


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    records = written(path)
    assert [record.seq for record in records] == [1, 2, 3, 4, 5]
    assert records[1] == Record(
        2, "2026-11-23T20:00:00.000005Z", INTENT, "lon-prod", "lon-2", "remove:lon-2", "database cluster remove"
    )
    again = opened(path)
    assert (again.records, again.torn) == (records, False)
    again.append(END, "osl-prod", result=Ending.REFUSED)
    again.close()
    assert [record.seq for record in read(path, RUN)[0]] == [1, 2, 3, 4, 5, 6]


def test_a_line_is_readable_json(tmp_path: Path) -> None:
    written(tmp_path / "journal.jsonl")
    assert [line["event"] for line in schemas.journal(tmp_path / "journal.jsonl")] == [
        KEEPER,
        INTENT,
        QUESTION,
        OUTCOME,
        END,
    ]


def test_times_are_utc_whatever_the_clock_says(tmp_path: Path) -> None:
    local = NOW.astimezone(timezone(timedelta(hours=5)))
    journal = Journal(tmp_path / "journal.jsonl", RUN, lambda: local)
    assert journal.append(END, "lon-prod").at == "2026-11-23T20:00:00.000005Z"
    journal.close()


def test_none_is_empty(tmp_path: Path) -> None:
    reading = read(tmp_path / "journal.jsonl", RUN)
    assert (reading.records, reading.torn, reading.good_bytes, reading.seal) == ((), False, 0, None)


def test_it_is_private(tmp_path: Path) -> None:
    written(tmp_path / "journal.jsonl")
    assert stat.S_IMODE((tmp_path / "journal.jsonl").stat().st_mode) == 0o600


def test_a_record_is_on_disk_before_append_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.jsonl"
    journal = opened(path)
    synced: list[int] = []

    def fsync(descriptor: int, real: object = os.fsync) -> None:
        assert callable(real)
        real(descriptor)
        synced.append(os.fstat(descriptor).st_size)

    monkeypatch.setattr(os, "fsync", fsync)
    for number in range(1, 4):
        journal.append(INTENT, "lon-prod", node="lon-2", step=f"remove:lon-{number}")
        assert len(read(path, RUN)[0]) == number
        assert synced[-1] == path.stat().st_size
    assert len(synced) == 3
    journal.close()


def test_the_name_of_a_new_journal_is_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    opened(tmp_path / "journal.jsonl").close()
    assert tmp_path.stat().st_ino in synced


def test_a_torn_last_line_is_dropped_and_told_wherever_it_is_cut(tmp_path: Path) -> None:
    whole = tmp_path / "whole.jsonl"
    records = written(whole)
    content = whole.read_bytes()
    start = content.rstrip(b"\n").rindex(b"\n") + 1
    path = tmp_path / "journal.jsonl"
    for cut in range(start + 1, len(content)):
        path.write_bytes(content[:cut])
        journal = opened(path)
        assert (journal.records, journal.torn) == (records[:-1], True), cut
        assert path.stat().st_size == start
        journal.append(END, "lon-prod", result=Ending.RENEWED)
        journal.close()
        assert path.read_bytes() == content
    path.write_bytes(content[:start])
    assert read(path, RUN)[:2] == (records[:-1], False)


def test_a_torn_first_line_leaves_an_empty_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"seq":1')
    journal = opened(path)
    assert (journal.records, journal.torn, path.stat().st_size) == ((), True, 0)
    journal.close()


def test_zeros_after_a_power_loss_are_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    records = written(path)
    with path.open("ab") as file:
        file.write(b"\0" * 300)
    assert read(path, RUN)[:2] == (records, True)


def test_any_changed_byte_is_found(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    written(path)
    content = path.read_bytes()
    last = content.rstrip(b"\n").rindex(b"\n") + 1
    for place in range(last):
        changed = bytearray(content)
        changed[place] ^= 1
        path.write_bytes(bytes(changed))
        with pytest.raises(JournalError) as caught:
            read(path, RUN)
        assert caught.value.code == "journal-changed", place


@pytest.mark.parametrize("line", range(4))
def test_a_missing_line_is_found(tmp_path: Path, line: int) -> None:
    path = tmp_path / "journal.jsonl"
    written(path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:line] + lines[line + 1 :]))
    with pytest.raises(JournalError, match=f"line {line + 1} of "):
        opened(path)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda lines: [*lines, lines[-1]], id="a line twice"),
        pytest.param(lambda lines: [lines[1], lines[0], *lines[2:]], id="two lines exchanged"),
        pytest.param(lambda lines: [*lines, b"\n"], id="an empty line"),
        pytest.param(lambda lines: [*lines, b"[]\n"], id="no object"),
        pytest.param(lambda lines: [*lines, b"{}\n"], id="an empty object"),
        pytest.param(lambda lines: [*lines, b"\xff\xfe\n"], id="no text"),
        pytest.param(lambda lines: [*lines[:-1], lines[-1].replace(b"renewed", b"refused")], id="another result"),
        pytest.param(lambda lines: [*lines[:2], b"half a line", *lines[2:]], id="a torn line in the middle"),
    ],
)
def test_what_this_run_did_not_write_is_refused(tmp_path: Path, spoil: object) -> None:
    path = tmp_path / "journal.jsonl"
    written(path)
    assert callable(spoil)
    path.write_bytes(b"".join(spoil(path.read_bytes().splitlines(keepends=True))))
    before = path.read_bytes()
    with pytest.raises(JournalError) as caught:
        opened(path)
    assert caught.value.code == "journal-changed"
    assert path.read_bytes() == before


def test_the_journal_of_another_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    written(path)
    with pytest.raises(JournalError, match="line 1 of "):
        opened(path, "20261123-200000-abce")


def test_threads_write_whole_lines_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = opened(path)

    def append(number: int) -> Record:
        return journal.append(INTENT, "lon-prod", node=f"lon-{number}", step=f"remove:lon-{number}")

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(append, range(100)))
    journal.close()
    records = read(path, RUN)[0]
    assert [record.seq for record in records] == list(range(1, 101))
    assert {record.seq: record for record in made} == {record.seq: record for record in records}


def test_history_is_read_from_the_records(tmp_path: Path) -> None:
    written(tmp_path / "journal.jsonl")
    journal = opened(tmp_path / "journal.jsonl")
    assert journal.history("lon-prod") == History(keys("remove:lon-2"), frozenset(), "lon-1")
    journal.close()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@examples(40)
@given(st.lists(st.dictionaries(st.text(), values, max_size=4), min_size=1, max_size=4))
def test_any_evidence_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, details: list[dict[str, object]]
) -> None:
    path = tmp_path_factory.mktemp("runs") / "journal.jsonl"
    journal = opened(path)
    for detail in details:
        journal.append(OUTCOME, "lon-prod", result=DONE, detail=detail)
    journal.close()
    assert read(path, RUN)[0] == journal.records
    assert [one.detail for one in journal.records] == details


@pytest.mark.parametrize(
    ("initialize", "fresh"),
    [
        ([], False),
        ([(INTENT, None), (OUTCOME, NOT_ACCEPTED)], False),
        ([(INTENT, None)], True),
        ([(INTENT, None), (OUTCOME, DONE)], True),
    ],
)
def test_the_second_backup_is_old_where_a_run_is_resumed_before_its_initialize(
    tmp_path: Path, initialize: list[tuple[Event, StepResult | None]], fresh: bool
) -> None:
    journal = opened(tmp_path / "journal.jsonl")
    journal.append(KEEPER, "lon", node="lon-1")
    journal.append(OUTCOME, "lon", node="lon-1", step="backup:lon-1:again", result=DONE)
    for event, result in initialize:
        journal.append(event, "lon", node="lon-1", step="initialize:lon-1", result=result)
    assert journal.history("lon").has("backup", "lon-1", again=True)
    journal.append(RESUMED, "lon")
    assert journal.history("lon").has("backup", "lon-1", again=True) is fresh
    journal.append(OUTCOME, "lon", node="lon-1", step="backup:lon-1:again", result=DONE)
    assert journal.history("lon").has("backup", "lon-1", again=True)


@pytest.mark.parametrize("torn", [b"", b'{"seq":2,"at"'])
def test_records_that_are_held_are_on_disk_once_they_are_released(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    first = Journal(path, "run", lambda: datetime.now(timezone.utc))
    first.append(KEEPER, "lon-prod", node="lon-1")
    first.close()
    path.write_bytes(before := path.read_bytes() + torn)
    for released in (False, True):
        journal = Journal(path, "run", lambda: datetime.now(timezone.utc), held=True)
        journal.append(RESUMED, "lon-prod")
        journal.append(INTENT, "lon-prod", node="lon-2", step="remove:lon-2")
        assert journal.history("lon-prod").intended == keys("remove:lon-2"), "what is held counts already"
        assert path.read_bytes() == before
        if released:
            journal.release()
            journal.append(QUESTION, "lon-prod", node="lon-2", step="remove:lon-2")
        journal.close()
    assert [record.event for record in read(path, "run").records] == ["keeper", "resumed", "intent", "question"]


def test_only_what_undoes_something_counts_while_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = opened(tmp_path / "journal.jsonl")
    journal.append(INTENT, "lon", node="edge", step="disable:edge/turn")
    journal.append(OUTCOME, "lon", node="edge", step="disable:edge/turn", result=DONE)
    with monkeypatch.context() as full:
        full.setattr("mmpctl.runs.journal._write_all", _no_room)
        with pytest.raises(JournalError, match="No space left"):
            journal.append(INTENT, "lon", node="edge", step="certs:edge/turn")
        assert journal.history("lon", lambda history: history) == History(keys("disable:edge/turn"))
        journal.keep(INTENT, "lon", node="edge", step="enable:edge/turn:again")
        journal.keep(OUTCOME, "lon", node="edge", step="enable:edge/turn:again", result=DONE)
        now = journal.history("lon", lambda history: history)
        assert now == History(keys("disable:edge/turn", "enable:edge/turn:again"))
    # Another process knows what was on disk, and nothing else; this one writes the rest as soon as it can.
    assert len(read(journal.path, RUN).records) == 2
    journal.append(END, "lon", result=Ending.STOPPED)
    assert [record.step for record in read(journal.path, RUN).records][2:4] == ["enable:edge/turn:again"] * 2
    assert journal.history("lon", lambda history: history) == now


def _no_room(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
