"""The program for those who start it as a module: `python -m mmpctl`."""

from __future__ import annotations

from mmpctl.start import main

if __name__ == "__main__":
    main()
