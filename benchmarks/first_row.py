"""The first row of an audit on a terminal: how long after the first node has answered all that it was asked."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from benchmarks.lab_fleet import LabFleet, lab_fleet
from benchmarks.row import Row

_NODES, _FEW_NODES = 200, 40
_PROGRAM = "from mmpctl.start import main; main()"
_GOAL_SECONDS = 1.0
_SEQUENCE = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
_ROW = re.compile(rb"\bc\d+-\d+-\d+: ")


def rows(quick: bool = False) -> Iterator[Row]:
    """Measure it.

    Args:
        quick: a smaller fleet.
    """
    nodes = _FEW_NODES if quick else _NODES
    # Nodes of which there is nothing to tell have no row before the end.
    with lab_fleet(nodes, due=True) as fleet:
        began = time.monotonic()
        shown = _shown(fleet)
        ends: dict[str, float] = {}
        for event in fleet.events():
            ends[event["node"]] = event["time"]
    answered = min(ends.values())
    yield Row(
        f"the first row of an audit of {nodes} nodes on a terminal, after the first node's last answer",
        f"{shown - answered:.2f} s",
        f"from the start to that answer: {answered - began:.2f} s",
        (shown - answered) / _GOAL_SECONDS,
        1.0,
    )


def has_row(told: bytes) -> bool:
    """Return whether a terminal shows the row of a node.

    Args:
        told: what the terminal was sent so far.
    """
    # Just before it, the bar is wiped away: the last letter of that is no part of a word.
    return _ROW.search(_SEQUENCE.sub(b"", told)) is not None


def _shown(fleet: LabFleet) -> float:
    """Run an audit on a terminal, and return when its first row was there.

    Raises:
        RuntimeError: there was none.
    """
    ours, theirs = pty.openpty()
    told, shown = b"", None
    with tempfile.TemporaryDirectory() as state:
        environment = {"MMP_USERNAME": fleet.username, "MMP_PASSWORD": fleet.password, "XDG_STATE_HOME": state}
        with subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-c", _PROGRAM, "audit", "-i", str(fleet.folder)],
            env={**os.environ, **environment, "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        ):
            os.close(theirs)
            while block := _read(ours):
                told += block
                if shown is None and has_row(told):
                    shown = time.monotonic()
        os.close(ours)
    if shown is None:
        raise RuntimeError(f"no row was shown: {told[-1000:]!r}")
    return shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # nobody is at the other end any more
        return b""
