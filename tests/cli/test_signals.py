"""Ctrl-C and other signals, sent to the real process: on a terminal, and without one."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from tests.support.children import PATIENCE_SECONDS, ended
from tests.support.command import QUIET
from tests.support.fleet import CLUSTER, KEEPER
from tests.support.lab import Lab
from tests.support.lab_client import until

COMMAND = [sys.executable, "-c", "from mmpctl.cli.app import main; main()"]


class Person:
    """Somebody at a terminal of 80 columns, who runs `mmpctl` in it.

    Args:
        arguments: of the command.
        place: the working directory.
        environment: of the process.
    """

    def __init__(self, arguments: list[str], place: Path, environment: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.seen = ""

        def take_terminal() -> None:
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=place,
            env=environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            preexec_fn=take_terminal,  # noqa: PLW1509 - no threads of ours matter before exec
        )
        os.close(slave)

    def types(self, text: str) -> None:
        """Type now; `\\x03` is Ctrl-C."""
        self.seen = ""
        os.write(self._master, text.encode())

    def waits_for(self, text: str, nudge: str = "") -> None:
        """Read until this is on the screen; `nudge` is typed again, after longer and longer pauses."""
        now, pause = time.monotonic(), 3.0
        until_then, again = now + PATIENCE_SECONDS, now + pause
        while text not in self.seen:
            now = time.monotonic()
            if nudge and now > again:
                # Not only where nothing comes: a live display goes on writing.
                os.write(self._master, nudge.encode())
                pause *= 2
                again = now + pause
            assert now < until_then, self.seen
            left = min(until_then, again if nudge else until_then) - now
            if not select.select([self._master], [], [], max(left, 0))[0]:
                continue
            try:
                self.seen += os.read(self._master, 65536).decode(errors="replace")
            except OSError as error:  # the terminal of a process that has ended
                raise AssertionError(f"{text!r} never came, but {self.seen!r}") from error

    def ends(self) -> int:
        """Read until the process has ended; its exit code."""
        while select.select([self._master], [], [], PATIENCE_SECONDS)[0]:
            try:
                self.seen += os.read(self._master, 65536).decode(errors="replace")
            except OSError:
                break
        return self.process.wait(PATIENCE_SECONDS)

    def leaves(self) -> None:
        """Close the terminal; a process that still runs is ended."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)


@pytest.fixture
def hanging(lab: Lab) -> Fleet:
    """A cluster of which one slave never leaves."""
    return quick_to_read(lab("expired", faults=[Fault("lon-2", "operation", "hang", match="remove")]))


def quick_to_read(fleet: Fleet) -> Fleet:
    """The same, with an inventory by which nobody listens longer than the lab needs."""
    defaults = {"platform": "cisco_cms", "connection_options": {"netmiko": {"extras": QUIET}}}
    (fleet.inventory / "defaults.yaml").write_text(json.dumps(defaults), encoding="utf-8")
    return fleet


def environment(fleet: Fleet) -> dict[str, str]:
    return {**os.environ, "MMP_USERNAME": fleet.username, "MMP_PASSWORD": fleet.password, "TERM": "xterm"}


def renewal(fleet: Fleet) -> list[str]:
    certs = str(fleet.certificates)
    return ["renew", "-i", str(fleet.inventory), "--certs", certs, "--yes", "--keeper", f"{CLUSTER}={KEEPER}"]


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


def started(
    fleet: Fleet, place: Path, *, ignores: tuple[signal.Signals, ...] = ()
) -> AbstractContextManager[subprocess.Popen[str]]:
    """A renewal without a terminal; as under `nohup`, it may be born with signals that it ignores."""

    def ignore() -> None:
        for number in ignores:
            signal.signal(number, signal.SIG_IGN)

    return ended(
        subprocess.Popen(
            [*COMMAND, *renewal(fleet)],
            cwd=place,
            env=environment(fleet),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=ignore,  # noqa: PLW1509 - no threads of ours matter before exec
        )
    )


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
