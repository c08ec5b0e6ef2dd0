"""Moments as text: how documents, journals and names of folders write them, and how they are read again; the clock."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import lru_cache
from typing import Final

_STAMP: Final = "%Y%m%d-%H%M%S"
# The nodes of a cluster tell of the same certificates, and all of the same CAs: what is alike is made and kept once.
_ALIKE: Final = 4096


def now_utc() -> datetime:
    """Return the present by the calendar, aware, UTC."""
    return datetime.now(timezone.utc)


def iso(moment: datetime) -> str:
    """Return a moment as documents write it, to the second: `2026-01-31T12:00:00Z`.

    Args:
        moment: aware.
    """
    # In the hour that clocks repeat, two moments of one zone are equal: only in UTC are they told apart.
    return _second(moment.astimezone(timezone.utc))


@lru_cache(_ALIKE)
def _second(moment: datetime) -> str:
    # Not `%Y`: it writes the year 1 without its zeros, and nobody reads that again.
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def iso_microseconds(moment: datetime) -> str:
    """Return a moment as journals write it: `2026-01-31T12:00:00.000000Z`.

    Args:
        moment: aware.
    """
    return moment.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def iso_exact(moment: datetime) -> str:
    """Return a moment as facts of a device write it: with a fraction of the second only if there is one.

    Args:
        moment: aware.
    """
    return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


@lru_cache(_ALIKE)
def read_iso(text: str) -> datetime:
    """Return the moment that a document or a journal tells, aware, UTC.

    Args:
        text: in any form that this module writes.

    Raises:
        ValueError: it is no moment, or one without a zone.
    """
    # Not `fromisoformat`: each Python reads forms that the one before refuses.
    form = "%Y-%m-%dT%H:%M:%S.%f%z" if "." in text else "%Y-%m-%dT%H:%M:%S%z"
    try:
        return datetime.strptime(text, form).astimezone(timezone.utc)
    except OverflowError:
        raise ValueError(f"{text} is before the first year in UTC, or after the last one") from None


def minute(moment: datetime) -> str:
    """Return a moment in UTC as people read it: `2026-01-31 12:00 UTC`.

    Args:
        moment: aware.
    """
    return minute_of(iso(moment))


def minute_of(text: str) -> str:
    """Return the moment that a document tells as people read it: `2026-01-31 12:00 UTC`.

    Args:
        text: of the document; what is none is shown as it is.
    """
    return f"{text[:16].replace('T', ' ')} UTC"


def stamp(moment: datetime) -> str:
    """Return a moment as names of folders and files have it: `20260131-120000`.

    Args:
        moment: aware.
    """
    return f"{moment.astimezone(timezone.utc):{_STAMP}}"


def read_stamp(text: str) -> datetime:
    """Return the moment in the name of a folder or file, aware.

    Args:
        text: the part of the name that is the moment.

    Raises:
        ValueError: it is no moment.
    """
    return datetime.strptime(text, _STAMP).replace(tzinfo=timezone.utc)
