"""A program that was started here and speaks for a site: its end, and what it said last."""

from __future__ import annotations

import subprocess
from contextlib import suppress

from mmpctl.reach.lines.site_line import SHOWN
from mmpctl.reports.sanitize import harmless


def end(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait for the end of a program whose input was closed; if it does not come, have it end.

    Args:
        process: the program.
        seconds: so long it is waited for, before SIGTERM and before SIGKILL.
    """
    for harder in (process.terminate, process.kill):
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            break
        harder()
    process.wait()


def exit_words(code: int | None) -> str:
    """Return how a program ended, in brackets; nothing if it has not.

    Args:
        code: as `Popen.poll` gives it.
    """
    if code is None:
        return ""
    return f" (exit code {code})" if code >= 0 else f" (signal {-code})"


def last_words(said: bytes | bytearray) -> str:
    """Return the last line of a program's standard error, after a colon; nothing if it said nothing.

    Args:
        said: the end of what it wrote there.
    """
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    return f": {harmless(lines[-1])[:SHOWN].removesuffix('.')}" if lines else ""
