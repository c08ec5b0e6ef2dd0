"""What becomes of workers when a program is stopped, ends or dies, and what they are to the script that began them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.children import PATIENCE_SECONDS, ended
from tests.support.lab_client import until

ROOT = Path(__file__).parents[2]
# No `if __name__ == "__main__"`: many a script has none.
_SCRIPT = """
import os, sys
from pathlib import Path
from mmpctl.fleet.process_runner import ProcessRunner
from tests.support import spread_tasks

place = Path(sys.argv[1])
with (place / "begun").open("a") as begun:
    begun.write("once\\n")

def own(task):
    return "in the script itself"

{body}
"""
_RUNS_BOTH = """
nr = spread_tasks.hosts(20, ProcessRunner(num_workers=4, processes=2), meet=str(place / "met"))
(place / "met").mkdir()
assert {one[0].result[1] for one in nr.run(task=spread_tasks.where).values()} == {"lon"}
assert len(list((place / "met").iterdir())) == 2
assert {one[0].result for one in nr.run(task=own).values()} == {"in the script itself"}
"""
_HANGS = """
(place / "hosts").mkdir()
nr = spread_tasks.hosts(20, ProcessRunner(num_workers=4, processes=2), begun=str(place / "hosts"))
try:
    nr.run(task=spread_tasks.hangs)
except KeyboardInterrupt:
    (place / "stopped").touch()
    os._exit(130)
"""


@contextmanager
def script(place: Path, body: str) -> Iterator[subprocess.Popen[str]]:
    """A script in a session of its own, which a terminal's Ctrl-C reaches as a whole."""
    file = place / "script.py"
    file.write_text(_SCRIPT.format(body=body), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(file), str(place)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with ended(process):
        yield process


def begun(place: Path) -> dict[int, set[str]]:
    """The hosts that have begun, by process."""
    found: dict[int, set[str]] = {}
    for file in (place / "hosts").glob("* h*"):
        pid, name = file.name.split()
        found.setdefault(int(pid), set()).add(name)
    return found


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").split()[2] == "Z"
    except OSError:
        return True


def both_at_work(place: Path, process: subprocess.Popen[str]) -> int:
    """Wait until both processes are at work; the worker's number."""

    def at_work() -> bool:
        assert process.poll() is None, process.communicate()[1]
        return len(begun(place)) == 2

    until(at_work, "hosts that have begun in both processes")
    (worker,) = set(begun(place)) - {process.pid}
    return worker


def test_a_script_without_a_guard_runs_once(tmp_path: Path) -> None:
    with script(tmp_path, _RUNS_BOTH) as process:
        told = process.communicate(timeout=PATIENCE_SECONDS)
    # Where a script has no log of its own, Python shows warnings: those of the other process too.
    assert (process.returncode, told[0]) == (0, "")
    assert sorted(told[1].splitlines()) == sorted(f"on h{number}" for number in range(20))
    assert (tmp_path / "begun").read_text("utf-8") == "once\n"


def test_after_the_first_interrupt_no_further_host_begins_and_those_that_have_begun_end(tmp_path: Path) -> None:
    with script(tmp_path, _HANGS) as process:
        worker = both_at_work(tmp_path, process)
        os.killpg(process.pid, signal.SIGINT)
        (tmp_path / "hosts" / "go on").touch()
        _, told = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, told) == (130, "")
    assert (tmp_path / "stopped").exists()
    assert sum(map(len, begun(tmp_path).values())) <= 8, "those that had begun, and such as were on their way"
    until(lambda: is_gone(worker), "the end of the worker")


def test_the_second_interrupt_ends_at_once(tmp_path: Path) -> None:
    with script(tmp_path, _HANGS) as process:
        worker = both_at_work(tmp_path, process)
        # Two that come together are one.
        while process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.5)
        _, told = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, told) == (130, "")
    until(lambda: is_gone(worker), "the end of the worker")


def test_no_worker_outlives_a_program_that_was_killed(tmp_path: Path) -> None:
    with script(tmp_path, _HANGS) as process:
        worker = both_at_work(tmp_path, process)
        process.kill()
        process.communicate(timeout=PATIENCE_SECONDS)
        until(lambda: is_gone(worker), "the end of the worker")
