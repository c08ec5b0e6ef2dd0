"""What is due of the services: with `--if-due`, the others are left as they are, and told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from mmpctl.renewal.jobs.services.wish import ServiceWish
from mmpctl.services.seen_services import UnitKey
from mmpctl.services.unattended import HOURS_KEY, Unattended
from mmpctl.times import minute

# What expires this soon does not wait for its hours in silence.
_LAST: Final = timedelta(days=2)


@dataclass(slots=True)
class DueServices:
    """What is left as it is, gathered service by service.

    Args:
        wish: what is wanted.
        now: the time, aware.
        later: when the certificates of what is not due expire, by service.
        waiting: what is due, and has to wait for its hours.
        late: what is due, has to wait for its hours, and expires soon.
    """

    wish: ServiceWish
    now: datetime
    later: dict[UnitKey, datetime] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)

    def is_left(self, key: UnitKey, ends: list[datetime | None]) -> bool:
        """Return whether a service is left as it is.

        Args:
            key: of the service.
            ends: when each of its certificates in use expires, aware; None if that is not known.
        """
        known = [end for end in ends if end is not None]
        if self.wish.if_due is None or not ends:
            return False
        # One that could not be read may be due: its hours are kept all the same.
        end = min(known) if len(known) == len(ends) else None
        if end is not None and not self.is_due(end):
            self.later[key] = end
            return True
        mine = (self.wish.alone or {}).get(key.node, Unattended())
        hours = mine.hours
        # What may not run alone at all is refused at any time: nobody is to wait for its hours.
        if hours is None or key.service not in mine.services or hours.covers(self.now):
            return False
        when = f"{key} expires {minute(end)}" if end is not None else f"it is not known when {key} expires"
        told = f"{when}, and its hours ({HOURS_KEY}: {hours}) are not now"
        if end is not None and end - self.now < _LAST:
            self.late.append(f"{told}: no run without a person may come in time. Renew it yourself, without --if-due")
        else:
            self.waiting.append(f"{told}: it waits for them")
        return True

    def is_due(self, end: datetime | None) -> bool:
        """Return whether a certificate is due.

        Args:
            end: when it expires, aware; None if that is not known.
        """
        days = self.wish.if_due
        return days is not None and end is not None and end - self.now <= timedelta(days=days)

    def left(self) -> Iterator[str]:
        """Yield a sentence for each kind of service that is left as it is, and for each that waits."""
        for service in dict.fromkeys(key.service for key in self.later):
            ends = {key.node: end for key, end in self.later.items() if key.service == service}
            first = min(ends, key=lambda node: ends[node])
            where = f"of {first}" if len(ends) == 1 else f"of {len(ends)} nodes"
            which = "" if len(ends) == 1 else f", that of {first} first"
            yield (
                f"{service} {where} is not due within {self.wish.if_due} days: its certificate expires "
                f"{minute(ends[first])}{which}"
            )
        yield from self.waiting
