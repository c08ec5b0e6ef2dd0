"""A line to a site that is cut off half-way: passes on what a program says, and hangs up after so many rows.

python -m benchmarks.cut_off ROWS PROGRAM…
"""

from __future__ import annotations

import os
import subprocess
import sys

_ROW = b'{"line":"row"'


def main(rows: int, program: list[str]) -> None:
    """Pass on lines until enough rows came.

    Args:
        rows: after so many it hangs up.
        program: with its arguments; it gets our standard input.
    """
    with subprocess.Popen(program, stdout=subprocess.PIPE) as process:  # noqa: S603 - the benchmark's own
        for line in process.stdout or ():
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
            rows -= line.startswith(_ROW)
            if not rows:
                # As a lost line does: the program notices by itself that nobody listens.
                os._exit(1)


if __name__ == "__main__":
    _, number, *command = sys.argv
    main(int(number), command)
