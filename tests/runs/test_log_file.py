"""The log file: private, of bounded size, shared by processes, and never the reason why something stops."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from mmpctl.runs.log_file import FILE, KEPT, LogFile
from mmpctl.runs.state_folder import state_folder

RECORDS = 300
WRITER = f"""
import logging, sys
from mmpctl.runs.log_file import LogFile
file = LogFile(f"begun {{sys.argv[1]}}", lambda why, path: print("trouble", why), most_bytes=6000, kept=30)
sys.stdin.readline()
for number in range({RECORDS}):
    file.emit(logging.makeLogRecord({{"msg": f"{{sys.argv[1]}} {{number}} " + "x" * 60 + " end"}}))
"""


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return state_folder()


def record(text: str, level: int = logging.INFO) -> logging.LogRecord:
    return logging.LogRecord("mmpctl.test", level, "", 0, text, None, None)


class Troubles(list[tuple[str, Path | None]]):
    def __call__(self, why: str, path: Path | None) -> None:
        self.append((why, path))


def test_the_heading_stands_before_the_first_record_and_the_file_is_private(state: Path) -> None:
    troubles = Troubles()
    log = LogFile("mmpctl plan", troubles)
    assert not log.works and not state.exists()
    log.emit(record("one"))
    log.emit(record("two"))
    assert (state / FILE).read_text("utf-8") == "mmpctl plan\none\ntwo\n"
    assert (state.stat().st_mode & 0o777, (state / FILE).stat().st_mode & 0o777) == (0o700, 0o600)
    assert (log.works, log.path, troubles) == (True, state / FILE, [])


def test_it_keeps_a_few_files_of_bounded_size(state: Path) -> None:
    log = LogFile("", Troubles(), most_bytes=1000)
    for number in range(400):
        log.emit(record(f"{number:04d} {'x' * 50}"))
    files = [state / FILE, *(state / f"{FILE}.{number}" for number in range(1, KEPT + 1))]
    assert sorted(path for path in state.iterdir() if path.suffix != ".lock") == sorted(files)
    assert all(path.stat().st_size <= 1000 for path in files)
    kept = [int(line[:4]) for path in reversed(files) for line in path.read_text("utf-8").splitlines()]
    assert kept == list(range(kept[0], 400))


def test_of_a_huge_record_its_ends_are_kept(state: Path) -> None:
    LogFile("", Troubles()).emit(record(f"begin{'x' * 500_000}end"))
    text = (state / FILE).read_text("utf-8")
    assert len(text) < 70_000 and text.startswith("begin") and "[...]" in text and text.endswith("end\n")


def test_processes_that_write_at_once_lose_no_record_and_mix_none(state: Path) -> None:
    names = ("a", "b", "c")
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in names
    ]
    for one in writers:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    for one in writers:
        told, _ = one.communicate(timeout=240)
        assert (one.returncode, told) == (0, "")
    files = [path for path in state.iterdir() if path.suffix != ".lock"]
    assert len(files) > 2
    lines = [line for path in files for line in path.read_text("utf-8").splitlines()]
    wanted = [f"{name} {number} {'x' * 60} end" for name in names for number in range(RECORDS)]
    assert sorted(lines) == sorted([*wanted, *(f"begun {name}" for name in names)])


@pytest.mark.parametrize("trouble", ["a file in the way", "others may write", "a link"])
def test_a_place_that_cannot_be_used_is_told_once_and_is_no_error(trouble: str, state: Path, tmp_path: Path) -> None:
    if trouble == "a file in the way":
        state.write_text("")
    elif trouble == "others may write":
        state.mkdir()
        state.chmod(0o777)
    else:
        state.mkdir(mode=0o700)
        (state / FILE).symlink_to(tmp_path / "elsewhere")
    troubles = Troubles()
    log = LogFile("", troubles)
    log.emit(record("one"))
    log.emit(record("two"))
    assert [path for _, path in troubles] == [state / FILE] and troubles[0][0]
    assert not log.works and not (tmp_path / "elsewhere").exists()


def test_a_warning_that_cannot_be_kept_is_on_the_screen_and_needs_no_word(state: Path) -> None:
    state.write_text("")
    troubles = Troubles()
    LogFile("", troubles).emit(record("one", logging.WARNING))
    assert troubles == []
