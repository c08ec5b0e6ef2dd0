"""What people wait for before anything is done: help, version, completion, and `parse`, beside `import typer` alone."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from benchmarks.row import Row, compared
from benchmarks.turns import Timings, WrongAnswers

_ROUNDS, _FEW_ROUNDS = 30, 5
_TYPER = "import typer"
_PROGRAM = "from mmpctl.start import main; main()"
_ANSWER = "cms2> pki list\nUser supplied certificates and keys:\nserver.key\n"
# A person presses TAB: what was typed so far, and the word that it ends in.
_COMPLETION = {"_MMPCTL_COMPLETE": "complete_bash"}


@dataclass(frozen=True, slots=True)
class _Start:
    """One command line.

    Args:
        words: of the command.
        told: what its answer has in it.
        goal: how often `import typer` it may take.
        environment: beside that of this process.
        given: its standard input.
    """

    words: tuple[str, ...]
    told: str
    goal: float = 1.5
    environment: Mapping[str, str] = field(default_factory=dict)
    given: str = ""


_STARTS: Mapping[str, _Start] = {
    "`mmpctl --help`": _Start(("--help",), "renew"),
    "`mmpctl --version`": _Start(("--version",), "mmpctl "),
    "`mmpctl re` TAB": _Start((), "resume", environment={**_COMPLETION, "COMP_WORDS": "mmpctl re", "COMP_CWORD": "1"}),
    "`mmpctl renew --` TAB": _Start(
        (), "--slaves-at-once", environment={**_COMPLETION, "COMP_WORDS": "mmpctl renew --", "COMP_CWORD": "2"}
    ),
    "`mmpctl renew --help`": _Start(("renew", "--help"), "--slaves-at-once"),
    "`mmpctl parse`": _Start(("parse", "pki list"), "server.key", 2.5, given=_ANSWER),
}


def rows(quick: bool) -> Iterator[Row]:
    """Yield a row for each command line, by processor time: a start waits for nothing else.

    Args:
        quick: few rounds.

    Raises:
        WrongAnswers: a command has not said what it should.
    """
    timings = {name: Timings() for name in ("typer", *_STARTS)}
    for turn in range(1 + (_FEW_ROUNDS if quick else _ROUNDS)):
        for name, taken in timings.items():
            measured = _run(_TYPER, _Start((), "")) if name == "typer" else _run(_PROGRAM, _STARTS[name])
            # The first of each has compiled what is compiled once.
            if turn:
                taken.wall.append(measured[0])
                taken.cpu.append(measured[1])
    for name, start in _STARTS.items():
        both = {"ours": timings[name], "import typer": timings["typer"]}
        yield from compared(name, both, "import typer", cpu=start.goal)


def _run(program: str, start: _Start) -> tuple[float, float]:
    """Return the seconds that pass, and those of the processor."""
    began, before = time.perf_counter(), _processor()
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program, *start.words],
        env={**os.environ, **start.environment},
        input=start.given,
        capture_output=True,
        text=True,
        check=False,
    )
    taken = time.perf_counter() - began, _processor() - before
    if start.told not in done.stdout:
        raise WrongAnswers(f"{' '.join(start.words)}: {done.stdout:.200} {done.stderr:.200}")
    return taken


def _processor() -> float:
    """Return the processor seconds of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
