"""A site that plays back the answer to an audit, at the pace of a machine that looks at nodes.

    python -m benchmarks.replay_site LINES ROWS_A_SECOND [ROWS]

`LINES` has its hello, then its rows. After so many `ROWS` it hangs up in the middle of its answer.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import islice
from pathlib import Path

from mmpctl.times import iso_exact, now_utc


def main(lines: Path, pace: float, most: int | None) -> None:
    """Say who it is, hear the request, and answer.

    Args:
        lines: file of them.
        pace: rows a second.
        most: after so many rows it hangs up; None: never.
    """
    with lines.open(encoding="utf-8") as file:
        hello = json.loads(next(file))
        _say(json.dumps({**hello, "clock": iso_exact(now_utc())}) + "\n")
        sys.stdin.readline()
        began, told = time.monotonic(), 0
        for told, line in enumerate(islice(file, most), 1):
            time.sleep(max(0.0, began + told / pace - time.monotonic()))
            _say(line)
    if most is None:
        _say(json.dumps({"line": "end", "rows": told}) + "\n")


def _say(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


if __name__ == "__main__":
    _, file, rate, *cut = sys.argv
    main(Path(file), float(rate), int(cut[0]) if cut else None)
