"""Whoever waits for the clusters of a run heeds every signal, whichever thread of the process it comes to."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mmpctl.renewal.side_by_side import side_by_side

# The kernel may give a signal to any thread; the one that waits is not woken by it.
SCRIPT = """
import os, signal, sys, threading, time
from mmpctl.renewal.side_by_side import side_by_side

heeded = threading.Event()
signal.signal(signal.SIGINT, lambda *_: heeded.set())

def waits():
    return sys._current_frames()[threading.main_thread().ident].f_code.co_name == "wait"

def take(_):
    while not waits():
        time.sleep(0.1)
    time.sleep(0.3)  # Nobody sees that the lock itself is waited for.
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)
    return heeded.wait(60)

print(side_by_side(take, ["lon-prod"], 4))
"""


def test_a_signal_that_does_not_wake_whoever_waits_is_heeded() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=200, check=False)
    assert (done.stdout, done.stderr) == ("[True]\n", "")


def test_what_one_raises_is_raised_and_no_further_one_begins() -> None:
    begun = []

    def take(number: int) -> int:
        begun.append(number)
        raise ValueError(number)

    with pytest.raises(ValueError, match="0"):
        side_by_side(take, range(100), 1)
    assert begun == [0]


def test_results_come_in_the_order_in_which_things_were_given() -> None:
    assert side_by_side(str, range(9), 3) == [str(number) for number in range(9)]
    assert side_by_side(str, (), 3) == []
