"""What is written down of a conversation, without its secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, Protocol

from mmpctl.device.answers.vocabulary import vocabulary
from mmpctl.device.terminal_text import WRAP_COLUMN

REDACTED = "[redacted]"

_KEY_HEADING = "PRIVATE KEY-----"
_PRIVATE_KEY = re.compile(
    r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----).*?(?:(-----END [A-Z0-9 ]*PRIVATE KEY-----)|\Z)", re.DOTALL
)

# A line that begins a setting of its own: words, and a colon that something stands apart from.
_LABEL = re.compile(r"([ \t]*)(?![ \t])[A-Za-z](?:[\w/.()&-]| +(?=[\w/.()&-]))*(?:[ \t]+:|:(?=[ \t]|$))")


@dataclass(frozen=True, slots=True)
class _Judged:
    """A line with a word by which a secret is known.

    Args:
        shown: what may be shown of it.
        is_heading: it is no label of a secret whose value stands below.
        is_alone: what stands below it may be a secret.
    """

    shown: str
    is_heading: bool
    is_alone: bool


# Lines with such a word that hold no secret, `Key file : core.key` above all: they come from each node. Forgotten all
# at once, so that they do not pile up.
_harmless: dict[str, _Judged] = {}
_MOST_KEPT = 2_000
_LONGEST_KEPT = 200

Direction = Literal["sent", "received", "note"]


class Recorder(Protocol):
    """Called once per command, output, question and answer, in their order."""

    def __call__(self, direction: Direction, text: str) -> None:
        """Write one piece of the conversation down.

        Args:
            direction: `sent` to the device, `received` from it, or a `note` of ours.
            text: the piece, redacted.
        """


class Redacted(str):
    """A text whose secrets have been taken out; whatever is made of it is a plain text again, and not taken for one."""

    __slots__ = ()


def redacted(text: str) -> Redacted:
    """Take the secrets out of a text, unless that was done; see `redact`.

    Args:
        text: plain text, lines ending in a newline, or what this has returned.
    """
    return text if isinstance(text, Redacted) else Redacted(redact(text))


def redact(text: str) -> str:
    """Take passwords, shared secrets and private keys out of a text.

    Args:
        text: plain text, lines ending in a newline.

    Returns:
        The same text with `[redacted]` in place of each secret.
    """
    without_keys = _PRIVATE_KEY.sub(rf"\1\n{REDACTED}\n\2", text) if _KEY_HEADING in text else text
    words, lines = vocabulary(), list[str]()
    if not words.may_hold_secret(without_keys):
        return without_keys
    # Where a value may go on below: the rest of one that filled its line, or all of one whose label stands alone.
    rest, below, heading = False, -1, False
    for line in without_keys.split("\n"):
        if not (rest or below >= 0 or words.may_hold_secret(line)):
            # All that follows looks for such a word, or for what goes on below one.
            heading = True
            lines.append(line)
            continue
        label = _LABEL.match(line)
        deeper = below >= 0 and not (label and (heading or len(label[1]) <= below))
        if ((rest and not label) or deeper) and line.strip():
            if not lines[-1].rstrip("\r").endswith(REDACTED):
                lines[-1] = f"{lines[-1].rstrip()} {REDACTED}"
            rest, below = len(line.rstrip("\r")) >= WRAP_COLUMN, -1
            continue
        judged = _harmless.get(line) or _judged(line)
        rest = judged.shown != line and len(line.rstrip("\r")) >= WRAP_COLUMN
        heading = judged.is_heading
        below = len(line) - len(line.lstrip(" \t")) if judged.is_alone else -1
        lines.append(judged.shown)
    return "\n".join(lines)


def _judged(line: str) -> _Judged:
    words, bare = vocabulary(), line.rstrip("\r")
    shown = words.secret_key.sub(rf"\1{REDACTED}", words.secret.sub(rf"\1{REDACTED}", line))
    is_heading = not words.secret_label.search(bare)
    judged = _Judged(shown, is_heading, not is_heading or words.weak_secret_label.search(bare) is not None)
    if shown == line and len(line) <= _LONGEST_KEPT:
        if len(_harmless) >= _MOST_KEPT:
            _harmless.clear()
        _harmless[line] = judged
    return judged
