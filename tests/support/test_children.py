"""Tests start their children alike, however they were started themselves."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.support.children import PATIENCE_SECONDS, ended

PARENT = """
import os, signal, subprocess, sys
from tests.support.children import heed_signals
number = int(sys.argv[1])
assert signal.getsignal(number) is signal.SIG_IGN, "the test itself"
heed_signals()
os.kill(os.getpid(), number)
child = "import signal, sys; print(signal.getsignal(int(sys.argv[1])) is signal.SIG_IGN)"
print(subprocess.run([sys.executable, "-c", child, str(number)], capture_output=True, text=True, check=True).stdout)
print("survived")
"""


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM])
def test_children_heed_what_the_tests_were_told_to_ignore(number: signal.Signals) -> None:
    def ignore() -> None:
        signal.signal(number, signal.SIG_IGN)

    done = subprocess.run(
        [sys.executable, "-c", PARENT, str(int(number))],
        preexec_fn=ignore,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    assert done.stdout.split() == ["False", "survived"]


def test_a_child_that_hangs_does_not_outlive_its_test() -> None:
    endless = [sys.executable, "-c", "import time\nwhile True: time.sleep(60)"]
    with pytest.raises(AssertionError, match="the test failed"), ended(subprocess.Popen(endless)) as process:
        raise AssertionError("the test failed")
    assert process.returncode == -signal.SIGKILL
