"""What is written down of a conversation, without its secrets."""

from __future__ import annotations

import re
from typing import Literal, Protocol

from mmpctl.device.text import WRAP_COLUMN
from mmpctl.device.vocabulary import vocabulary

REDACTED = "[redacted]"

_PRIVATE_KEY = re.compile(
    r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----).*?(?:(-----END [A-Z0-9 ]*PRIVATE KEY-----)|\Z)", re.DOTALL
)

# A line that begins a setting of its own.
_LABEL = re.compile(r"[ \t]*[A-Za-z][\w /.()&-]*[ \t]*[:=]")

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
    words, lines = vocabulary(), list[str]()
    goes_on = False
    for line in without_keys.split("\n"):
        if goes_on and line.strip() and not _LABEL.match(line):
            # The rest of a value that was too long for its line, or the whole of one that stands below its label.
            goes_on = len(line) >= WRAP_COLUMN
            if not lines[-1].endswith(REDACTED):
                lines[-1] += f" {REDACTED}"
            continue
        shown = words.secret.sub(rf"\1{REDACTED}", line)
        goes_on = (shown != line and len(line) >= WRAP_COLUMN) or bool(words.secret_label.search(line))
        lines.append(shown)
    return "\n".join(lines)
