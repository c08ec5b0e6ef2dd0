"""The fleet: the sample inventory, and loading, checking, selecting and signing in."""

from __future__ import annotations

from pathlib import Path

# The sample inventory stands beside this file; the lab plays exactly these servers.
SAMPLE = Path(__file__).parent
