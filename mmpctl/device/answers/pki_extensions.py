"""Raw bytes among the extensions in the text of `pki inspect`: they may look like anything, and state no fact."""

from __future__ import annotations

import re

_CERTIFICATE = re.compile(r"Certificate(?: Request)?:[ \t]*")
_DATA = re.compile(r"[ \t]*Data:[ \t]*")
_BLOCK = re.compile(r"([ \t]*)(?:X509v3 extensions|Requested Extensions):[ \t]*")
_HEADING = re.compile(r"([ \t]*)(\S.*?):(?:[ \t]*critical)?[ \t]*")
_SIGNATURE = re.compile(r"([ \t]*)Signature Algorithm:[ \t]*\S.*")
# What may follow a certificate of which the device shows no signature.
_NEXT = re.compile(r"[ \t]*(?:Checking |File contains |(?:[\w-]+ )?Private-Key:).*")
# OpenSSL writes the values of these in words and numbers of its own. All others are texts that somebody else chose, or
# bytes that this release cannot name (`1.3.6.1.4.1.311.21.7`) or can name but not read (`S/MIME Capabilities`,
# `qcStatements`): it prints their line feeds as they are.
_IN_ITS_OWN_WORDS = frozenset(
    (
        "X509v3 Key Usage",
        "X509v3 Extended Key Usage",
        "X509v3 Basic Constraints",
        "X509v3 Subject Key Identifier",
    )
)


def without_raw_extensions(text: str) -> str:
    """Blank the lines from the first extension that may have raw bytes up to the signature.

    Nothing else of a certificate stands there: whatever these lines look like, they state no fact. The numbers of the
    other lines stay the same.

    Args:
        text: the answer to `pki inspect`.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    begins = [
        at for at in range(len(lines) - 1) if _CERTIFICATE.fullmatch(lines[at]) and _DATA.fullmatch(lines[at + 1])
    ]
    for begin, end in zip(begins, [*begins[1:], len(lines)], strict=False):
        block = next((at for at in range(begin, end) if _BLOCK.fullmatch(lines[at])), end)
        raw = _first_raw(lines, block, end)
        stop = _end(lines, raw, end, _indent(lines[block]) if block < end else 0)
        lines[raw:stop] = [""] * (stop - raw)
    return "\n".join(lines)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _first_raw(lines: list[str], block: int, end: int) -> int:
    """Return the line of the first extension that may have raw bytes; `end` if there is none."""
    inside = range(block + 1, end)
    first = next((at for at in inside if lines[at].strip(" \t")), end)
    if first == end or _indent(lines[first]) <= _indent(lines[block]):
        return end
    for at in inside:
        heading = _HEADING.fullmatch(lines[at])
        if lines[at].strip(" \t") and _indent(lines[at]) <= _indent(lines[block]):
            return end
        if heading and len(heading[1]) == _indent(lines[first]) and heading[2] not in _IN_ITS_OWN_WORDS:
            return at
    return end


def _end(lines: list[str], begin: int, end: int, indent: int) -> int:
    """Return the last line that can head the signature, which is all that follows.

    If the device shows no signature, nobody knows where the bytes end: they last until something else begins.
    """
    headings = ((at, _SIGNATURE.fullmatch(lines[at])) for at in range(end - 1, begin, -1))
    signature = next((at for at, heading in headings if heading and len(heading[1]) < indent), None)
    if signature is not None:
        return signature
    return next((at for at in range(begin, end) if _NEXT.fullmatch(lines[at])), end)
