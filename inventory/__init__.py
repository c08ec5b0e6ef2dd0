"""The fleet: the sample inventory, and loading, checking, selecting and signing in."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmpctl.inventory import credentials, load, nodes, select, sign_in

__all__ = ["SAMPLE", "credentials", "load", "nodes", "select", "sign_in"]

# The sample inventory stands beside this file; the lab plays exactly these servers.
SAMPLE = Path(__file__).parent


def __getattr__(name: str) -> Any:
    """Load a module when it is first named: most of them load Nornir."""
    if name in __all__:
        return import_module(f"mmpctl.inventory.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
