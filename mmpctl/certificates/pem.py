"""PEM text taken apart into its blocks, and how well it is written."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field

_BEGIN = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----")
# OpenSSL 1.0 reads no longer line.
_LONGEST_LINE = 253
_LINES = re.compile(rb".{1,64}")


@dataclass(slots=True)
class PemText:
    """The blocks of a text, and the faults in its form.

    Args:
        blocks: label and lines of each, without white space at the ends of the lines.
        stray: there is text outside the blocks.
        broken: a BEGIN or END line is not paired, or not on a line of its own.
        blank_lines: there are blank lines in a block where OpenSSL stops reading.
        loose: there are blanks within the Base64, or lines longer than OpenSSL 1.0 reads them.
    """

    blocks: list[tuple[str, list[str]]] = field(default_factory=list)
    stray: bool = False
    broken: bool = False
    blank_lines: bool = False
    loose: bool = False


def take_apart(text: str) -> PemText:
    """Find the blocks in a text whose lines end in a line feed; never raises."""
    taken = PemText()
    label, body = "", list[str]()
    for raw in text.split("\n"):
        line = raw.rstrip()
        begin = _BEGIN.fullmatch(line)
        if label and line == f"-----END {label}-----":
            _judge(taken, body)
            taken.blocks.append((label, body))
            label = ""
        elif begin:
            taken.broken |= bool(label)
            label, body = begin[1], []
        elif "-----BEGIN" in line or "-----END" in line:
            taken.broken, label = True, ""
        elif label:
            body.append(line)
        elif line:
            taken.stray = True
    taken.broken |= bool(label)
    return taken


def der_of(body: list[str]) -> bytes:
    """Return the bytes of a block, white space passed over; raises ValueError if it is no Base64."""
    return base64.b64decode("".join("".join(body).split()), validate=True)


def _judge(taken: PemText, body: list[str]) -> None:
    # One blank line ends the headers that an old protected key has; there may be none above it.
    headers = body.index("") if "" in body else 0
    if any(":" not in line for line in body[:headers]):
        headers = 0
    rest = body[headers + 1 :] if headers or body[:1] == [""] else body
    taken.blank_lines |= "" in rest
    taken.loose |= any(len(line) > _LONGEST_LINE or any(map(str.isspace, line)) for line in rest)


def pem(label: str, content: bytes) -> bytes:
    """Return bytes as one block of PEM.

    Args:
        label: what stands behind BEGIN and END.
        content: the DER.
    """
    return (
        f"-----BEGIN {label}-----\n".encode()
        + _LINES.sub(rb"\g<0>\n", base64.b64encode(content))
        + f"-----END {label}-----\n".encode()
    )


def plain_base64(data: bytes) -> bytes | None:
    """Return what base64 stands for that has no line to begin it; None if it is something else.

    Args:
        data: of a file, on one line or on several.
    """
    packed = b"".join(data.removeprefix(b"\xef\xbb\xbf").split())
    try:
        return base64.b64decode(packed, validate=True)
    except ValueError:
        return None
