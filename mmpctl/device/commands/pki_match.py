"""`pki match`: whether a key and a certificate on the device belong together; the key stays there."""

from __future__ import annotations

from mmpctl.device.answers.read_command import ReadCommand
from mmpctl.device.answers.ttp_reader import Answer
from mmpctl.device.answers.vocabulary import vocabulary


def verdict_of(answer: Answer) -> bool | None:
    """Return whether the answer says that they fit; None if it gives no plain verdict: its words were never seen."""
    said = answer.text.strip()
    if vocabulary().pair_differs.match(said):
        return False
    return True if vocabulary().pair_fits.match(said) else None


PKI_MATCH = ReadCommand("pki match", None, verdict_of, while_reading=True, offline=False, files=2)
COMMANDS = (PKI_MATCH,)
