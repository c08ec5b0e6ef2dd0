"""Extensions that the device cannot name, in the text of `pki inspect`: raw bytes, which may look like anything."""

from __future__ import annotations

import re

_CERTIFICATE = "Certificate:"
_DATA = re.compile(r"[ \t]*Data:[ \t]*")
_BLOCK = re.compile(r"([ \t]*)X509v3 extensions:[ \t]*")
# OpenSSL heads an extension that it has no name for by its number, and writes its bytes below, line feeds and all.
_UNKNOWN = re.compile(r"([ \t]*)\d{1,9}(?:\.\d{1,39}){1,30}:(?:[ \t]*critical)?[ \t]*")
_SIGNATURE = re.compile(r"([ \t]*)Signature Algorithm:.*")


def without_unknown_extensions(text: str) -> str:
    """Blank the lines from the first extension with a number in place of a name up to the signature.

    Nothing else of a certificate stands there: whatever these lines look like, they state no fact. The numbers of the
    other lines stay the same.

    Args:
        text: the answer to `pki inspect`.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    begins = [
        at for at in range(len(lines) - 1) if lines[at].rstrip() == _CERTIFICATE and _DATA.fullmatch(lines[at + 1])
    ]
    for begin, end in zip(begins, [*begins[1:], len(lines)], strict=False):
        block = _first(_BLOCK, lines, begin, end)
        unknown = _first(_UNKNOWN, lines, block[0], end) if block else None
        if block and unknown and unknown[1] > block[1]:
            signature = _signature(lines, unknown[0], end, block[1])
            lines[unknown[0] : signature] = [""] * (signature - unknown[0])
    return "\n".join(lines)


def _first(pattern: re.Pattern[str], lines: list[str], begin: int, end: int) -> tuple[int, int] | None:
    """Place and indent of the first line that the pattern fits."""
    found = ((at, pattern.fullmatch(lines[at])) for at in range(begin, end))
    return next(((at, len(match[1])) for at, match in found if match), None)


def _signature(lines: list[str], begin: int, end: int, indent: int) -> int:
    """Return the last line that can head the signature, which is all that follows; `begin` if there is none.

    Without it nobody knows where the bytes end.
    """
    headings = ((at, _SIGNATURE.fullmatch(lines[at])) for at in range(end - 1, begin, -1))
    return next((at for at, heading in headings if heading and len(heading[1]) < indent), begin)
