"""Ctrl-C while the program is being loaded ends it with one word, without a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

# A module that is loaded early and sends the Ctrl-C itself: nothing depends on how fast the machine is.
INTERRUPTS = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nfor _ in range(10**9): pass\n"


@pytest.mark.parametrize(("loaded", "word"), [("typer", "--version"), ("rich", "status"), ("nornir", "status")])
def test_ctrl_c_while_it_is_loaded(tmp_path: Path, loaded: str, word: str) -> None:
    (tmp_path / f"{loaded}.py").write_text(INTERRUPTS)
    done = subprocess.run(
        [sys.executable, "-c", "from mmpctl.start import main; main()", word],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "stopped\n")


@pytest.mark.parametrize("words", [("-c", "from mmpctl.start import main; main()"), ("-m", "mmpctl")], ids=" ".join)
def test_the_program_begins_there(words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, *words, "--version"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stdout[:7], done.stderr) == (0, "mmpctl ", "")
