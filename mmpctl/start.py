"""Where the program `mmpctl` begins: Ctrl-C is heeded while the program is still being loaded, too."""

from __future__ import annotations

import os
import sys

from mmpctl.exit_codes import INTERRUPTED

_LAST_STANDARD = 2


def main() -> None:
    """Load the command line and run it."""
    _standard_streams()
    try:
        # Not above: to load it takes long enough for a person to change their mind.
        from mmpctl.cli.app import main as run  # noqa: PLC0415

        run()
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        sys.stderr.flush()
        # Half-loaded modules have nothing to tidy up, and much to complain of.
        os._exit(INTERRUPTED)


def _standard_streams() -> None:
    """Open those of the three standard streams that whoever started the program has closed (`>&-`), onto nothing.

    Otherwise the next file that is opened, such as a run's journal, would get the number of one of them, and with it
    whatever is written there.
    """
    while (opened := os.open(os.devnull, os.O_RDWR)) <= _LAST_STANDARD:
        # Programs that are started must not find it closed either.
        os.set_inheritable(opened, True)
    os.close(opened)
    sys.stdin = sys.stdin or os.fdopen(0)
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8")
