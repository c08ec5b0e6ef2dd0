"""Certificate files that many nodes hold alike, CA files above all: such a file is read once in a process."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock
from typing import Final

from mmpctl.certificates.binary import CERTIFICATE
from mmpctl.certificates.read import Reading, read

# In all files together, some megabytes; then all are forgotten at once, so that they do not pile up.
_MOST_CERTIFICATES: Final = 1_000


@dataclass(slots=True)
class _Kept:
    """What was read before, by SHA-256 of the content."""

    readings: dict[str, Reading] = field(default_factory=dict)
    certificates: int = 0

    def keep(self, digest: str, reading: Reading) -> None:
        """Keep one more."""
        with _keeping:
            self.certificates += len(reading.certificates)
            if self.certificates > _MOST_CERTIFICATES:
                self.readings, self.certificates = {}, len(reading.certificates)
            self.readings[digest] = reading


_keeping = Lock()
_kept = _Kept()


def read_once(data: bytes, file: str) -> tuple[str, Reading]:
    """Read a certificate file, unless one with the same content was read before.

    Args:
        data: the bytes.
        file: name on the device; only for the findings.

    Returns:
        SHA-256 of the content, lower-case hex, and what the file holds.
    """
    digest = sha256(data).hexdigest()
    reading = _kept.readings.get(digest)
    if reading is None:
        reading = read(data, file, CERTIFICATE)
        # A finding names the file, which may have another name elsewhere; a key is not kept, nor anything of it.
        if not reading.findings and not reading.keys:
            _kept.keep(digest, reading)
    return digest, reading
