"""Measure, print the table, and write it into the documents: `python -m benchmarks --help`."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

from benchmarks.catalogue import BENCHMARKS
from benchmarks.row import TOLERANCE, Row, table

_ROOT = Path(__file__).parents[1]
_PAGE = _ROOT / "docs" / "performance.md"
_BEGIN, _END = "<!-- measured: begin -->", "<!-- measured: end -->"


def main() -> int:
    """Run what is asked for.

    Returns:
        1 with `--gate`, if a ratio is worse than twice its goal.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Speed as ratios, side by side.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(BENCHMARKS)}; default: all"
    )
    parser.add_argument("--quick", action="store_true", help="few rounds")
    parser.add_argument("--gate", action="store_true", help="fail if a ratio is worse than twice its goal")
    parser.add_argument("--write", action="store_true", help=f"write the table into {_PAGE.relative_to(_ROOT)}")
    wanted = parser.parse_args()
    unknown = [name for name in wanted.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]}; known: {', '.join(BENCHMARKS)}")
    rows: list[Row] = []
    for name in wanted.names or BENCHMARKS:
        for row in BENCHMARKS[name](wanted.quick):
            sys.stderr.write(f"{row.name}: {row.ours} · {row.other} · ratio {row.ratio:.2f}, goal {row.goal:.3g}\n")
            rows.append(row)
    text = f"{_where()}\n\n{table(rows)}"
    sys.stdout.write(f"{text}\n")
    if wanted.write:
        _write(text)
    intolerable = [row for row in rows if not row.tolerable] if wanted.gate else []
    for row in intolerable:
        sys.stderr.write(f"worse than {TOLERANCE:g} × its goal: {row.name}, {row.ratio:.2f} (goal {row.goal:.3g})\n")
    return 1 if intolerable else 0


def _where() -> str:
    """Return on which machine and of which commit this was measured."""
    commit = subprocess.run(  # noqa: S603
        ["git", "-C", str(_ROOT), "describe", "--always", "--dirty"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    day = datetime.now(timezone.utc).date().isoformat()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"Measured on {day} at commit {commit or 'unknown'}: {cores} cores, {_processor()}, {platform.system()}, "
        f"{platform.python_implementation()} {platform.python_version()}; load at the end {os.getloadavg()[0]:.1f}."
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _write(text: str) -> None:
    page = _PAGE.read_text(encoding="utf-8")
    before, rest = page.split(_BEGIN)
    after = rest.split(_END)[1]
    _PAGE.write_text(f"{before}{_BEGIN}\n\n{text}\n\n{_END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
