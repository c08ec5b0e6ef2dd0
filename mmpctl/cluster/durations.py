"""How long, in words: what a person reads beside a date."""

from __future__ import annotations

from datetime import datetime, timedelta

_UNITS = ((86400, "days"), (3600, "hours"), (60, "minutes"))


def span(length: timedelta) -> str:
    """Return a length in its largest unit of which there are two or more, e.g. `3 hours`; the sign is left out.

    Args:
        length: of any sign.
    """
    seconds = abs(length.total_seconds())
    for unit, word in _UNITS:
        if seconds >= 2 * unit:
            return f"{seconds // unit:.0f} {word}"
    return "less than two minutes"


def age(moment: datetime, now: datetime) -> str:
    """Return how old something is, e.g. `3 hours old`; a time in the future is named as such.

    Args:
        moment: when it was made, aware.
        now: the time, aware.
    """
    return f"{span(now - moment)} old" if moment <= now else f"dated {span(now - moment)} in the future"
