"""What is written down of a conversation, without its secrets."""

from __future__ import annotations

import re
from typing import Literal, Protocol

from mmpctl.device.vocabulary import vocabulary

REDACTED = "[redacted]"

_PRIVATE_KEY = re.compile(
    r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----).*?(?:(-----END [A-Z0-9 ]*PRIVATE KEY-----)|\Z)", re.DOTALL
)

Direction = Literal["sent", "received", "note"]


class Recorder(Protocol):
    """Called once per command, output, question and answer, in their order."""

    def __call__(self, direction: Direction, text: str) -> None:
        """Write one piece of the conversation down.

        Args:
            direction: `sent` to the device, `received` from it, or a `note` of ours.
            text: the piece, redacted.
        """


def redact(text: str) -> str:
    """Take passwords, shared secrets and private keys out of a text.

    Args:
        text: plain text, lines ending in a newline.

    Returns:
        The same text with `[redacted]` in place of each secret.
    """
    without_keys = _PRIVATE_KEY.sub(rf"\1\n{REDACTED}\n\2", text)
    return vocabulary().secret.sub(rf"\1{REDACTED}", without_keys)
