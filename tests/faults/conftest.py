"""The command `mmpctl` for the table of faults, as the tests of the runbooks have it."""

from __future__ import annotations

from tests.runbooks.conftest import mmpctl

__all__ = ["mmpctl"]
