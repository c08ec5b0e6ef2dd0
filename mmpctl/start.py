"""Where the program `mmpctl` begins: Ctrl-C is heeded while the program is still being loaded, too."""

from __future__ import annotations

import os
import sys

from mmpctl.exit_codes import INTERRUPTED


def main() -> None:
    """Load the command line and run it."""
    try:
        # Not above: to load it takes long enough for a person to change their mind.
        from mmpctl.cli.app import main as run  # noqa: PLC0415

        run()
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        sys.stderr.flush()
        # Half-loaded modules have nothing to tidy up, and much to complain of.
        os._exit(INTERRUPTED)
