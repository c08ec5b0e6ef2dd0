"""PEM text taken apart into its blocks, and how well it is written."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field

_BEGIN = re.compile(r"-----BEGIN ([A-Z0-9 #]+)-----")
# OpenSSL 1.0 reads no longer line.
_LONGEST_LINE = 252
_LINES = re.compile(rb".{1,64}")
_MARK = b"\xef\xbb\xbf"
_NOT_PEM = re.compile(r"[^\t\n -~]")
_LINE = r"-----(?:BEGIN|END) [A-Z0-9 #]{1,40}-----"
# From the first return of a run on: tried from each, a text of returns alone would cost the square of its length.
_FEED_AFTER_RETURNS = re.compile(r"(?<!\r)\r+\n")
_RUN_TOGETHER = re.compile(r"-----END [A-Z0-9 #]{1,40}----------BEGIN ")
_BASE64 = re.compile(r"[A-Za-z0-9+/= \t]{40,}")
_WIDE = ("UTF-32LE", "UTF-32BE", "UTF-16LE", "UTF-16BE")


def _on_its_own(line: re.Match[str]) -> str:
    # Of a block in one line, the Base64 follows; anything else is a remark.
    return f"{line[1]}\n{line[2]}" if _BASE64.fullmatch(_in_ascii(line[2])) else line[1]


# How the lines that begin and end a block come to be misspelled, and what is put right, in this order. The text is
# Latin-1: the dashes are those of UTF-8 and of Windows.
_MENDS: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    ("dashes in place of hyphens", re.compile("(?:\xe2\x80[\x90-\x95]|[\x96\x97])+"), lambda _: "-----"),
    (r"\n in place of line ends", re.compile(r"(?:\\r)?\\n"), lambda _: "\n"),
    ("HTML", re.compile(r"</?(?:br|p|pre|div|span|td)\b[^<>\n]{0,80}>", re.IGNORECASE), lambda _: "\n"),
    ("marks of a quoted mail", re.compile(r"^(?:[ \t]*[>|])+[ \t]*", re.MULTILINE), lambda _: ""),
    (
        "not five hyphens, or small letters, in a BEGIN or END line",
        re.compile(r"-{3,9}[ \t]{0,9}(BEGIN|END)[ \t]{1,9}([A-Z0-9 #]{1,40}?)[ \t]{0,9}-{3,9}", re.IGNORECASE),
        lambda line: f"-----{line[1].upper()} {line[2].upper()}-----",
    ),
    (
        "BEGIN or END not at the beginning of a line",
        re.compile(rf"(?<=[^\n])({_LINE})"),
        lambda line: f"\n{line[1]}",
    ),
    (
        "something behind BEGIN or END on its line",
        re.compile(rf"^({_LINE})[ \t]*([^ \t\n][^\n]*)", re.MULTILINE),
        _on_its_own,
    ),
)


@dataclass(slots=True)
class PemText:
    """The blocks of a text, and the faults in its form.

    Args:
        blocks: label and lines of each, without white space at the ends of the lines.
        stray: there is text outside the blocks.
        broken: a BEGIN or END line is not paired, or not on a line of its own.
        blank_lines: there are blank lines in a block where OpenSSL stops reading.
        loose: there are blanks within the Base64, or lines longer than OpenSSL 1.0 reads them.
        mark: there is a byte-order mark, be it behind the first of two files that were joined.
        returns: the lines of blocks end in a carriage return alone.
        odd: there are characters, in a block or beside its BEGIN and END, that PEM has no use for.
        misspelled: what is wrong with BEGIN and END lines that were read as they were meant; empty if nothing is.
    """

    blocks: list[tuple[str, list[str]]] = field(default_factory=list)
    stray: bool = False
    broken: bool = False
    blank_lines: bool = False
    loose: bool = False
    mark: bool = False
    returns: bool = False
    odd: bool = False
    misspelled: str = ""


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


def encoding_of(data: bytes) -> str:
    """Return the name of the encoding of a text of two or four bytes for each letter, for `iconv`; empty if it is none.

    Args:
        data: of a file, with or without a byte-order mark.
    """
    if data.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "UTF-32"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    for name in _WIDE:
        found = data.find("-----BEGIN ".encode(name))
        # One byte further, the letters of the other order look the same.
        if found >= 0 and found % (int(name[4:6]) // 8) == 0:
            return name
    return ""


def has_blocks(data: bytes) -> bool:
    """Return whether there is a line that begins a block, be it misspelled.

    Args:
        data: of a file.
    """
    return b"-----BEGIN" in data or "-----BEGIN" in _in_ascii(_mended(_text_of(data))[0])


def blocks_of(data: bytes) -> PemText:
    """Find the blocks in a file, those that are misspelled as they were meant; never raises.

    Args:
        data: the content.
    """
    written = right = _text_of(data)
    taken, told = take_apart(written), list[str]()
    if taken.broken or not taken.blocks or any(_in_ascii(line) != line for _, body in taken.blocks for line in body):
        taken = take_apart(_in_ascii(written))
    if taken.broken or not taken.blocks:
        mended, wrong = _mended(written)
        meant = take_apart(_in_ascii(mended))
        if meant.blocks and not meant.broken:
            taken, right, told = meant, mended, wrong
    taken.odd = _in_ascii(right) != right and take_apart(right) != taken
    taken.mark = _MARK in data
    taken.misspelled = ", ".join(told)
    feeds_only = take_apart(data.replace(_MARK, b"").decode("latin-1")) if b"\r" in data else taken
    taken.returns = len(feeds_only.blocks) < len(take_apart(written).blocks)
    return taken


def _text_of(data: bytes) -> str:
    """Return a text with plain line ends, without byte-order marks; other bytes stay as Latin-1."""
    # Some transfers put a second carriage return before each line feed.
    return _FEED_AFTER_RETURNS.sub("\n", data.replace(_MARK, b"").decode("latin-1")).replace("\r", "\n")


def _in_ascii(text: str) -> str:
    """Return a text without characters that PEM has no use for: NUL, no-break spaces, those of no width."""
    return _NOT_PEM.sub("", text)


def _mended(text: str) -> tuple[str, list[str]]:
    """Return a text whose BEGIN and END lines are as PEM has them, and what was wrong with them.

    Where blocks run together, something may be lost: such a text stays as it is.
    """
    if _RUN_TOGETHER.search(text):
        return text, []
    told = []
    for words, pattern, mend in _MENDS:
        right = pattern.sub(mend, text)
        if right != text:
            told.append(words)
        text = right
    return text, told


def der_of(body: list[str]) -> bytes:
    """Return the bytes of a block, white space passed over; raises ValueError if it is no Base64."""
    # Without the equals signs at the end, it is as clear; what OpenSSL makes of that, OpenSSL is asked.
    written = "".join("".join(body).split()).rstrip("=")
    return base64.b64decode(written + "=" * (-len(written) % 4), validate=True)


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
