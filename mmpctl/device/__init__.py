"""The device: its command line over SSH, its files over SFTP, and what its texts mean."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmpctl.device.platform import register

__all__ = ["register"]


def __getattr__(name: str) -> Any:
    """Load what scripts use when it is first named: it loads Netmiko."""
    if name in __all__:
        return getattr(import_module("mmpctl.device.platform"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
