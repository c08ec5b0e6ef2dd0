"""A program with all its processes: what they use of the processor, and of the memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LOOK_SECONDS = 0.25
# What a process and those that it has waited for have used, as the last line on standard error.
TELL_USAGE = """
def tell_usage():
    import json, resource, sys
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(json.dumps([own.ru_utime + own.ru_stime, others.ru_utime + others.ru_stime]), file=sys.stderr)
"""

# The whole program, with its arguments behind it.
MMPCTL = f"""
import sys
from mmpctl.cli import app
{TELL_USAGE}
code = app.run(sys.argv[1:])
tell_usage()
sys.exit(code)
"""


@dataclass(frozen=True, slots=True)
class Used:
    """What a program has used.

    Args:
        output: its standard output.
        wall: seconds from its start to its end.
        own: processor seconds of its first process.
        others: of all further ones together.
        kilobytes: of memory at the most, all processes together (PSS: what they share is counted once).
        own_kilobytes: likewise, of its first process.
    """

    output: str
    wall: float
    own: float
    others: float
    kilobytes: int
    own_kilobytes: int

    @property
    def cpu(self) -> float:
        """Processor seconds of all processes."""
        return self.own + self.others

    def busiest(self, processes: int) -> float:
        """Return the processor seconds of the process with the most: so long it takes where cores are free.

        Args:
            processes: how many there were; those behind the first one are alike.
        """
        return max(self.own, self.others / max(processes - 1, 1))


def used_by(program: Sequence[str], environment: Mapping[str, str], given: str = "", memory: bool = False) -> Used:
    """Run a Python program that calls `tell_usage` at its end.

    Args:
        program: arguments of the interpreter.
        environment: beside that of this process.
        given: its standard input.
        memory: look at its memory too, four times a second.

    Raises:
        RuntimeError: it has not come to its end.
    """
    began = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, *program],
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        most = _Most(process.pid) if memory else None
        output, told = process.communicate(given)
        wall = time.perf_counter() - began
        kilobytes, own_kilobytes = most.end() if most is not None else (0, 0)
    try:
        own, others = json.loads(told.splitlines()[-1])
    except (IndexError, ValueError) as error:
        raise RuntimeError(f"{program}: {told[-1000:]}") from error
    return Used(output, wall, own, others, kilobytes, own_kilobytes)


class _Most:
    """Looks at the memory of a process and all below it, until `end`."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._most = self._own = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> tuple[int, int]:
        """Stop, and return the most that was seen of all, and of the first process, kilobytes."""
        self._over.set()
        self._thread.join()
        return self._most, self._own

    def _look(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            first, *others = [_kilobytes(pid) for pid in _tree(self._pid)]
            self._own, self._most = max(self._own, first), max(self._most, first + sum(others))


def _tree(pid: int) -> Iterator[int]:
    yield pid
    # A process may end while it is looked at.
    with suppress(OSError):
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text(encoding="ascii").split():
                yield from _tree(int(child))


def _kilobytes(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
