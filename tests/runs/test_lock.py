"""One run at a time on a node, also between processes; a lock ends with its process."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from mmpctl.runs.lock import LockedError, lock_folder, locked
from tests.support.children import PATIENCE_SECONDS

ME = {"run": "20261123-200000-abcd", "pid": "1"}
NODES = ["127.0.0.1:22", "127.0.0.2:22", "[::1]:22"]

HOLDER = """
import sys
from pathlib import Path
from mmpctl.runs.lock import locked
folder, *nodes = sys.argv[1:]
with locked(nodes, {"run": "the-other-run", "pid": "4711", "user": "anna"}, Path(folder)):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(folder: Path, *nodes: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the locks of nodes until it is told to end, or killed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder), *nodes], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def is_free(folder: Path, *nodes: str) -> bool:
    """Whether all locks can be had now."""
    try:
        with locked(nodes, ME, folder):
            return True
    except LockedError:
        return False


def test_another_process_is_told_who_holds_it(tmp_path: Path) -> None:
    with another_process(tmp_path, "127.0.0.2:22"):
        with pytest.raises(LockedError) as caught, locked(NODES, ME, tmp_path):
            pytest.fail("it was held")
        assert caught.value.message == (
            "another run is working on 127.0.0.2:22: run the-other-run, pid 4711, user anna"
        )
        assert caught.value.code == "locked" and "nothing has to be deleted" in caught.value.advice


def test_whoever_is_refused_holds_nothing(tmp_path: Path) -> None:
    with another_process(tmp_path, "127.0.0.2:22"):
        assert not is_free(tmp_path, *NODES)
        assert is_free(tmp_path, "127.0.0.1:22", "[::1]:22")


def test_the_holder_is_still_told_after_one_was_refused(tmp_path: Path) -> None:
    with another_process(tmp_path, "127.0.0.2:22"):
        for _ in range(2):
            with pytest.raises(LockedError, match="the-other-run"), locked(["127.0.0.2:22"], ME, tmp_path):
                pytest.fail("it was held")


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    with another_process(tmp_path, *NODES) as process:
        assert not is_free(tmp_path, "127.0.0.1:22")
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=PATIENCE_SECONDS)
        assert is_free(tmp_path, *NODES)


def test_it_ends_with_its_block_also_by_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="in between"), locked(NODES, ME, tmp_path):
        assert not is_free(tmp_path, NODES[0])
        raise RuntimeError("in between")
    assert is_free(tmp_path, *NODES)


def test_other_nodes_are_free(tmp_path: Path) -> None:
    with locked(["127.0.0.1:22", "127.0.0.1:22"], ME, tmp_path):
        assert is_free(tmp_path, "127.0.0.1:2222", "127.0.0.11:22")
        assert not is_free(tmp_path, "127.0.0.1:22")


def test_the_next_holder_is_the_one_that_is_told(tmp_path: Path) -> None:
    with locked(["127.0.0.1:22"], {"run": "a-run-with-a-very-long-name", "user": "bert"}, tmp_path):
        pass
    with (
        locked(["127.0.0.1:22"], {"run": "b"}, tmp_path),
        pytest.raises(LockedError, match=": run b · Wait"),
        ExitStack() as it,
    ):
        it.enter_context(locked(["127.0.0.1:22"], ME, tmp_path))


@pytest.mark.parametrize("content", ["", "not json", "[1]"])
def test_a_holder_that_does_not_say_who(tmp_path: Path, content: str) -> None:
    with locked(["lon-1:22"], ME, tmp_path):
        (tmp_path / "lon-1_22.lock").write_text(content)
        with pytest.raises(LockedError, match="its lock does not name it"), locked(["lon-1:22"], ME, tmp_path):
            pytest.fail("it was held")


def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    with locked(["../../etc/x:22"], ME, tmp_path / "locks"):
        assert [entry.name for entry in tmp_path.iterdir()] == ["locks"]
        assert [entry.name for entry in (tmp_path / "locks").iterdir()] == [".._.._etc_x_22.lock"]


def test_the_folder_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert lock_folder() == tmp_path / "state" / "mmpctl" / "locks"
    with locked(["lon-1:22"], ME):
        assert stat.S_IMODE(lock_folder().stat().st_mode) == 0o700
        assert not is_free(lock_folder(), "lon-1:22")
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert lock_folder() == tmp_path / "home" / ".local" / "state" / "mmpctl" / "locks"
