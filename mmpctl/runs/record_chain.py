"""The chain of a journal: each line carries a sum over itself and all lines before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import NamedTuple

from mmpctl.runs.record import Record


class Reading(NamedTuple):
    """What was read of a journal.

    Args:
        records: those that fit together.
        torn: a cut last line was dropped.
        chain: the end of the chain, lower-case hex.
        good_bytes: length of the good part.
        seal: of the last record; None if it has none.
    """

    records: tuple[Record, ...]
    torn: bool
    chain: str
    good_bytes: int
    seal: str | None


def beginning(run: str) -> str:
    """Return where the chain of a run begins, lower-case hex: a line of another run does not fit.

    Args:
        run: its name.
    """
    return hashlib.sha256(run.encode()).hexdigest()


def encode(record: Record, chain: str, sealed: Callable[[str], str] | None) -> tuple[bytes, str]:
    """Return a record's line, and the end of the chain with it.

    Args:
        record: what the line says.
        chain: the end of the chain so far.
        sealed: gives the seal over the chain up to this record; the line has none if it is None.
    """
    text = json.dumps(record.document(), ensure_ascii=True, separators=(",", ":"))
    link = hashlib.sha256(f"{chain}{text}".encode()).hexdigest()
    seal = f',"seal":"{sealed(link)}"' if sealed is not None else ""
    return f'{text[:-1]},"sum":"{link[:32]}"{seal}}}\n'.encode(), link


def decode(line: bytes, chain: str) -> tuple[Record, str, str | None] | None:
    """Return a line's record, the end of the chain with it, and its seal; None if it does not continue the chain.

    Args:
        line: as it lies in the file.
        chain: the end of the chain up to the line before.
    """
    try:
        body = json.loads(line)
        claimed, seal = body.pop("sum"), body.pop("seal", None)
        text = json.dumps(body, ensure_ascii=True, separators=(",", ":"))
        link = hashlib.sha256(f"{chain}{text}".encode()).hexdigest()
        if claimed != link[:32] or not isinstance(seal, (str, type(None))):
            return None
        return Record(**body), link, seal
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
