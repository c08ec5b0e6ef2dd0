"""Transcripts: everything that was said, in its order, a file a node."""

from __future__ import annotations

import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from mmpctl.runs.transcript import Transcripts


class Clock:
    """A clock that goes on by a millisecond each time it is read."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 20, 0, 0, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


def test_order_is_kept_from_before_the_folder_to_after_it(tmp_path: Path) -> None:
    transcripts = Transcripts(Clock())
    record = transcripts.recorder("lon-1")
    record("sent", "database cluster status")
    record("received", "Status : Disabled\r\n\r\nlon-1> ")
    assert list(tmp_path.iterdir()) == []
    transcripts.attach(tmp_path)
    record("note", "session closed")
    record("sent", "")
    assert (tmp_path / "lon-1.txt").read_text(encoding="utf-8").splitlines() == [
        "20:00:00.001 > database cluster status",
        "20:00:00.002 < Status : Disabled",
        "20:00:00.002 < ",
        "20:00:00.002 < lon-1> ",
        "20:00:00.003 # session closed",
        "20:00:00.004 > ",
    ]


def test_each_node_has_its_own_and_it_is_private(tmp_path: Path) -> None:
    transcripts = Transcripts(Clock())
    transcripts.recorder("lon-1")("sent", "one")
    transcripts.recorder("lon-2")("sent", "two")
    transcripts.attach(tmp_path)
    transcripts.recorder("lon-3")("sent", "three")
    told = {path.name: path.read_text(encoding="utf-8")[15:] for path in tmp_path.iterdir()}
    assert told == {"lon-1.txt": "one\n", "lon-2.txt": "two\n", "lon-3.txt": "three\n"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_what_was_kept_is_written_once(tmp_path: Path) -> None:
    transcripts = Transcripts(Clock())
    transcripts.recorder("lon-1")("sent", "once")
    transcripts.attach(tmp_path)
    transcripts.attach(tmp_path)
    assert (tmp_path / "lon-1.txt").read_text(encoding="utf-8").count("once") == 1


def test_text_of_any_kind_is_kept_and_never_stops_a_session(tmp_path: Path) -> None:
    transcripts = Transcripts(Clock())
    record = transcripts.recorder("lon-1")
    transcripts.attach(tmp_path)
    record("received", "Zürich \udcff \x00 end")
    assert "Zürich \\udcff \x00 end" in (tmp_path / "lon-1.txt").read_text(encoding="utf-8")


def test_a_full_disk_ends_no_session_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transcripts = Transcripts(Clock())
    record = transcripts.recorder("lon-1")
    transcripts.attach(tmp_path)
    record("sent", "one")
    assert transcripts.problem is None

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", full)
        record("sent", "two")
    record("sent", "three")
    told = (tmp_path / "lon-1.txt").read_text(encoding="utf-8")
    assert "one" in told and "two" not in told and "three" in told
    assert transcripts.problem is not None and "lon-1.txt" in transcripts.problem
    assert "No space left on device" in transcripts.problem


def test_nothing_is_lost_or_mixed_when_threads_speak_while_the_folder_comes(tmp_path: Path) -> None:
    transcripts = Transcripts(Clock())
    nodes = [f"lon-{number}" for number in range(8)]

    def speak(node: str) -> None:
        record = transcripts.recorder(node)
        for number in range(50):
            record("sent", f"{number}\n{number}")
            if node == "lon-0" and number == 25:
                transcripts.attach(tmp_path)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(speak, nodes))
    expected = [str(number) for number in range(50) for _ in range(2)]
    for node in nodes:
        lines = (tmp_path / f"{node}.txt").read_text(encoding="utf-8").splitlines()
        assert [line.split(" > ")[1] for line in lines] == expected
