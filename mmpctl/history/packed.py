"""The documents of audits as a history holds them: most of an audit repeats itself, and takes a tenth of the space."""

from __future__ import annotations

import zlib
from binascii import a2b_base64, b2a_base64
from typing import Final

# A document of JSON never begins so. At first they were kept as they are, and they still can be read.
_PACKED: Final = "zlib:"
_PIECE: Final = 1 << 20


def packed(text: str) -> str:
    """Return a document as it is kept: any database has room for text.

    Args:
        text: the document as JSON.
    """
    packer = zlib.compressobj()
    # In pieces: the whole of it as bytes would be in memory once more.
    pieces = [packer.compress(text[at : at + _PIECE].encode()) for at in range(0, len(text), _PIECE)]
    return _PACKED + b2a_base64(b"".join((*pieces, packer.flush())), newline=False).decode()


def unpacked(kept: str) -> str:
    """Return a document as JSON.

    Args:
        kept: as it was kept, by this release or an earlier one.

    Raises:
        ValueError: it is not what `packed` has made.
    """
    if not kept.startswith(_PACKED):
        return kept
    try:
        return zlib.decompress(a2b_base64(kept[len(_PACKED) :])).decode()
    except zlib.error as error:
        raise ValueError(str(error)) from None
