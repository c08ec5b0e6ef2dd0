"""How much a node may send by SFTP, and how slowly."""

from __future__ import annotations

from dataclasses import dataclass

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of one SFTP session; the defaults are far beyond what a node in order needs.

    Args:
        entries: files in a list.
        listing_seconds: for a whole list, or one look at a file.
        fetch_bytes: size of a file that is brought home.
        least_bytes_a_second: of a file that is read or written, on the whole.
        start_seconds: that such a file may take on top.
    """

    entries: int = 10_000
    listing_seconds: float = 120.0
    fetch_bytes: int = 64 * 1024**3
    least_bytes_a_second: int = 16 * 1024
    start_seconds: float = 300.0

    def seconds_for(self, size: int) -> float:
        """Return how long a file may take.

        Args:
            size: bytes.
        """
        return self.start_seconds + size / self.least_bytes_a_second


def in_words(size: int) -> str:
    """Return a size as people read it, e.g. `1.5 GiB`.

    Args:
        size: bytes.
    """
    value, unit = float(size), 0
    while value >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit else f"{size} bytes"
