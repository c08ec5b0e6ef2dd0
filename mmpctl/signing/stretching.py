"""How long a passphrase of a PKCS #12 file would be stretched: whoever made the file says so, and has all our time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

# A thousand times what OpenSSL and Windows write, and about a second for each part of a file.
MOST_ROUNDS: Final = 1_000_000
_DEEPEST: Final = 24
_MOST_ITEMS: Final = 10_000
_SEQUENCE: Final = b"\x30"
_INTEGER, _OCTETS, _CHUNKED, _CONSTRUCTED = 0x02, 0x04, 0x24, 0x20
_INDEFINITE, _LONG = 0x80, 0x7F


class _TooMany(Exception):
    """There are more elements than anybody looks through."""


class _Item(NamedTuple):
    """One element of ASN.1, and where the next one begins."""

    tag: int
    body: bytes
    end: int


def rounds(data: bytes) -> int:
    """Return the most rounds that a passphrase is stretched by, as far as that stands in the file unencrypted.

    Args:
        data: of a PKCS #12 file, in DER or BER.
    """
    if not data.startswith(_SEQUENCE):
        return 0
    try:
        return max(_rounds(data, 0), default=0)
    except _TooMany:
        return MOST_ROUNDS + 1


def _rounds(data: bytes, depth: int) -> Iterator[int]:
    """Yield each number that follows a salt: that is how all forms of it have them (RFC 7292, RFC 8018)."""
    items = _items(data, depth)
    for one, following in pairwise(items):
        if one.tag in (_OCTETS, _CHUNKED) and following.tag == _INTEGER:
            yield int.from_bytes(following.body, "big")
    for one in items if depth < _DEEPEST else ():
        if one.tag == _CHUNKED:
            yield from _rounds(b"".join(each.body for each in _items(one.body, depth)), depth + 1)
        elif one.tag == _OCTETS or one.tag & _CONSTRUCTED:
            yield from _rounds(one.body, depth + 1)


def _items(data: bytes, depth: int) -> list[_Item]:
    """Return the elements that these bytes are, one behind the other; none if they are something else."""
    items: list[_Item] = []
    place = 0
    while place < len(data):
        one = _item(data, place, depth)
        if one is None:
            return []
        items.append(one)
        if len(items) > _MOST_ITEMS:
            raise _TooMany
        place = one.end
    return items


def _item(data: bytes, place: int, depth: int) -> _Item | None:
    if place + 2 > len(data) or depth > _DEEPEST:
        return None
    tag, length, place = data[place], data[place + 1], place + 2
    if length == _INDEFINITE:
        begin = place
        while data[place : place + 2] != b"\0\0":
            one = _item(data, place, depth + 1)
            if one is None:
                return None
            place = one.end
        return _Item(tag, data[begin:place], place + 2)
    if length > _INDEFINITE:
        size = length & _LONG
        length, place = int.from_bytes(data[place : place + size], "big"), place + size
    end = place + length
    return _Item(tag, data[place:end], end) if end <= len(data) else None
