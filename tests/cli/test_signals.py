"""Ctrl-C and other signals, sent to the real process: on a terminal, and without one."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from tests.support.children import PATIENCE_SECONDS
from tests.support.fleet import KEEPER
from tests.support.lab import Lab
from tests.support.lab_client import until
from tests.support.person import Person
from tests.support.process import environment, quick_to_read, renewal, started


@pytest.fixture
def hanging(lab: Lab) -> Fleet:
    """A cluster of which one slave never leaves."""
    return quick_to_read(lab("expired", faults=[Fault("lon-2", "operation", "hang", match="remove")]))


@pytest.fixture
def person(hanging: Fleet, tmp_path: Path) -> Iterator[Person]:
    someone = Person(renewal(hanging), tmp_path, environment(hanging))
    yield someone
    someone.leaves()


def begun(fleet: Fleet, process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """Wait until the slave that never leaves has been told to."""

    def has_begun() -> bool:
        assert process.poll() is None
        return bool(fleet.log.select("accepted", node="lon-2"))

    until(has_begun, "the remove", seconds=PATIENCE_SECONDS)


def test_the_second_ctrl_c_asks(hanging: Fleet, person: Person) -> None:
    begun(hanging, person.process)
    person.types("\x03")
    person.waits_for("Press Ctrl-C again to stop waiting")
    person.types("\x03")
    person.waits_for("type 'yes' to go on:")
    person.types("\n")
    person.waits_for("lon-2")
    assert person.process.poll() is None, "Enter alone waits on"
    # A key that is struck while the display comes back after the question is not taken: people strike it again.
    person.types("\x03")
    person.waits_for("type 'yes' to go on:", nudge="\x03")
    person.types("yes\n")
    assert person.ends() == 6
    assert "mmpctl resume" in person.seen
    assert "Traceback" not in person.seen
    assert not hanging.log.select("accepted", node=KEEPER)


def test_a_terminal_that_hangs_up_again_and_again_asks_to_stop_once(hanging: Fleet, tmp_path: Path) -> None:
    with started(hanging, tmp_path) as process:
        assert process.stderr is not None
        begun(hanging, process)
        process.send_signal(signal.SIGHUP)
        while "Press Ctrl-C again" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.0)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 6


def test_under_nohup_a_terminal_that_hangs_up_stops_nothing(lab: Lab, tmp_path: Path) -> None:
    fleet = quick_to_read(lab("expired", remove_seconds=0.5))
    with started(fleet, tmp_path, ignores=(signal.SIGHUP,)) as process:
        until(lambda: bool(fleet.log.select("accepted")), "the remove", seconds=PATIENCE_SECONDS)
        process.send_signal(signal.SIGHUP)
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, err


def test_a_job_in_the_background_heeds_the_signal_all_the_same(hanging: Fleet, tmp_path: Path) -> None:
    # A shell without job control has such a job ignore Ctrl-C from its birth.
    with started(hanging, tmp_path, ignores=(signal.SIGINT,)) as process:
        assert process.stderr is not None
        begun(hanging, process)
        process.send_signal(signal.SIGINT)
        while "Press Ctrl-C again" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 6


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)
def test_without_a_terminal_the_second_signal_waits_for_nothing(
    hanging: Fleet, tmp_path: Path, number: signal.Signals
) -> None:
    with started(hanging, tmp_path) as process:
        assert process.stderr is not None
        begun(hanging, process)
        process.send_signal(number)
        while "Press Ctrl-C again" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 6, err
    assert "mmpctl resume" in out
    assert not hanging.log.select("accepted", node=KEEPER)
