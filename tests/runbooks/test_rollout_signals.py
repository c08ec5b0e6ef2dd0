"""Whoever waits for the clusters of a run heeds every signal, whichever thread of the process it comes to."""

from __future__ import annotations

import subprocess
import sys

# The kernel may give a signal to any thread; the one that waits is not woken by it.
SCRIPT = """
import os, signal, sys, threading, time
from types import SimpleNamespace
from mmpctl.runbooks import rollout

heeded = threading.Event()
signal.signal(signal.SIGINT, lambda *_: heeded.set())

def waits():
    return sys._current_frames()[threading.main_thread().ident].f_code.co_name == "wait"

def take(plan):
    while not waits():
        time.sleep(0.1)
    time.sleep(0.3)  # Nobody sees that the lock itself is waited for.
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)
    return heeded.wait(60)

print(rollout._side_by_side([SimpleNamespace(name="lon-prod")], rollout.Rollout(), take))
"""


def test_a_signal_that_does_not_wake_whoever_waits_is_heeded() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=200, check=False)
    assert (done.stdout, done.stderr) == ("[True]\n", "")
