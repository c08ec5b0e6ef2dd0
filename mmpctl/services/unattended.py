"""Services that may be renewed without a person, and the hours for it: as the inventory says, and nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from mmpctl.services.seen_services import UnitKey
from mmpctl.services.switched_services import SWITCHED

UNATTENDED_KEY: Final = "unattended"
HOURS_KEY: Final = "unattended_hours"
_CLOCK: Final = r"((?:[01]\d|2[0-3]):[0-5]\d)"
_HOURS: Final = re.compile(rf"{_CLOCK}-{_CLOCK}(?: ([A-Za-z0-9_+/-]+))?")
_FORM: Final = 'Write it like "01:00-05:00" or "01:00-05:00 Europe/London".'


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of each day.

    Args:
        begin: its first minute.
        end: the minute after its last one; not later than `begin` if midnight is within.
        zone: name of the time zone; None for that of the machine that this program runs on.
    """

    begin: time
    end: time
    zone: str | None = None

    def covers(self, now: datetime) -> bool:
        """Return whether a moment lies within.

        Args:
            now: aware.
        """
        local = now.astimezone(ZoneInfo(self.zone) if self.zone else None).time()
        if self.begin < self.end:
            return self.begin <= local < self.end
        return local >= self.begin or local < self.end

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}" + (f" {self.zone}" if self.zone else "")


@dataclass(frozen=True, slots=True)
class Unattended:
    """What may be renewed on a node without a person.

    Args:
        services: their commands.
        hours: when one of them may be begun with; None for any time.
    """

    services: frozenset[str] = frozenset()
    hours: Hours | None = None


def unattended_of(services: Any, hours: Any) -> Unattended:
    """Return what a checked inventory says of a node; what it does not say well allows nothing.

    Args:
        services: the node's `unattended`.
        hours: its `unattended_hours`.
    """
    if any(mistakes(services, hours)):
        return Unattended()
    return Unattended(frozenset(services or ()), None if hours is None else _read(hours))


def mistakes(services: Any, hours: Any) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong with what an inventory says of a node: the key, what, and the cure.

    Args:
        services: the node's `unattended`.
        hours: its `unattended_hours`.
    """
    known = [one.name for one in SWITCHED]
    if services is not None and not isinstance(services, (list, tuple)):
        yield UNATTENDED_KEY, f"{UNATTENDED_KEY} {services!r} is not a list", "Write it like [webbridge3, turn]."
    else:
        for name in services or ():
            if name not in known:
                what = f"{UNATTENDED_KEY} names {name!r}, which is no service that a renewal switches off"
                yield UNATTENDED_KEY, what, f"Choose from: {', '.join(sorted(known))}."
    if hours is None:
        return
    if services is None:
        yield HOURS_KEY, f"{HOURS_KEY} without {UNATTENDED_KEY}", f"Name the services in {UNATTENDED_KEY} as well."
    found = _HOURS.fullmatch(hours) if isinstance(hours, str) else None
    if found is None:
        yield HOURS_KEY, f"{HOURS_KEY} {hours!r} is not a part of the day", _FORM
    elif found[1] == found[2]:
        yield HOURS_KEY, f"{HOURS_KEY} {hours!r} ends when it begins", "For the whole day, leave the line out."
    elif found[3] is not None and not _is_zone(found[3]):
        cure = "Write the name of a zone such as Europe/London, or none for the time of the machine that renews."
        yield HOURS_KEY, f"{HOURS_KEY} names the unknown time zone {found[3]!r}", cure


def not_declared(units: Iterable[UnitKey], declared: Mapping[str, Unattended]) -> Iterator[str]:
    """Yield a sentence for each service that is to be renewed without a person, and that the inventory does not name.

    Args:
        units: the services.
        declared: what the inventory says, by node.
    """
    for key in units:
        if key.service not in declared.get(key.node, Unattended()).services:
            why = f"{key.whole} must trust new certificates first" if key.aim else f"{key} is due"
            yield (
                f"{why}, and `{UNATTENDED_KEY}` of {key.node} in the inventory does not name it: it is not "
                "renewed without a person. Renew it yourself, without --if-due; or name it there if its interruption "
                "does no harm"
            )


def _read(hours: str) -> Hours:
    found = _HOURS.fullmatch(hours)
    begin, end, zone = found.groups() if found is not None else ("00:00", "00:00", None)
    return Hours(time.fromisoformat(begin), time.fromisoformat(end), zone)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return False
    return True
