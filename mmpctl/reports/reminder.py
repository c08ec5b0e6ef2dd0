"""The reminder that a run leaves for the next renewal, as a calendar file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from mmpctl.reports.calendar import Event, calendar
from mmpctl.reports.run.view import UnitView
from mmpctl.reports.widgets import clusters_option, hosts_option
from mmpctl.times import minute_of, read_iso

REMINDER_FILE = "reminder.ics"

# A CA and a change board want their time; of certificates that are short-lived, half of their time is left.
_AHEAD = timedelta(weeks=6)


def reminder(run: str, renewed: Iterable[UnitView], made_at: datetime) -> str | None:
    """Return the calendar file for the clusters that a run has renewed: one event for each day on which one is due.

    Args:
        run: its name.
        renewed: its clusters; those of which no end of the certificates is known take no part.
        made_at: aware.

    Returns:
        None if there is nothing to be reminded of.
    """
    days: dict[date, list[UnitView]] = {}
    for one in renewed:
        day = reminder_day(one.valid_until, one.ended_at)
        if day is not None:
            days.setdefault(day, []).append(one)
    events = [_event(run, day, clusters) for day, clusters in sorted(days.items())]
    return calendar(events, made_at) if events else None


def reminder_day(valid_until: str | None, renewed_at: str | None) -> date | None:
    """Return the day on which the next renewal should be prepared; None if one of the times is not known.

    Args:
        valid_until: when the first of the certificates expires, ISO 8601.
        renewed_at: when they were put in place, ISO 8601.
    """
    if valid_until is None or renewed_at is None:
        return None
    end, begin = read_iso(valid_until), read_iso(renewed_at)
    return (end - min(_AHEAD, max(end - begin, timedelta()) / 2)).date()


def _event(run: str, day: date, clusters: list[UnitView]) -> Event:
    names = [one.facts["name"] for one in clusters if not one.facts.get("services")]
    nodes = _nodes_of_services(clusters)
    services = [f"{service} of {', '.join(of_service)}" for service, of_service in nodes.items()]
    about = [*services, *([f"database certificates: {', '.join(names)}"] if names else [])]
    text = "\n".join(
        (
            f"The run {run} renewed these certificates:",
            *(_end(one) for one in clusters),
            "",
            "Have new certificates issued before that. These commands show what expires and check the new files:",
            *_commands(names, nodes),
        )
    )
    return Event(f"{run}-{day:%Y%m%d}@mmpctl", day, f"Renew {'; '.join(about)}", text)


def _nodes_of_services(clusters: Iterable[UnitView]) -> dict[str, list[str]]:
    """Return the nodes of each service that has new certificates; of none where a database was renewed."""
    nodes: dict[str, list[str]] = {}
    for one in clusters:
        for pair in one.facts.get("services") or ():
            if not pair["trusts"] and pair["node"] not in nodes.setdefault(pair["service"], []):
                nodes[pair["service"]].append(pair["node"])
    return nodes


def _commands(names: list[str], nodes: dict[str, list[str]]) -> Iterator[str]:
    if names:
        options = clusters_option(names)
        yield f"mmpctl audit {options}"
        yield f"mmpctl plan --certs DIR {options}"
    if nodes:
        hosts = hosts_option(dict.fromkeys(node for of_service in nodes.values() for node in of_service))
        yield f"mmpctl audit {hosts}"
        yield f"mmpctl plan {' '.join(f'--service {service}' for service in nodes)} {hosts} --certs DIR"


def _end(one: UnitView) -> str:
    services = (f"{service} of {', '.join(nodes)}" for service, nodes in _nodes_of_services([one]).items())
    return f"{'; '.join(services) or one.facts['name']}: valid until {minute_of(one.facts['valid_until'])}"
