"""`mmpctl history`: what changed since the last audit, or since a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import typer

from mmpctl.cli.extras import require
from mmpctl.cli.option_groups import grouped
from mmpctl.cli.result import Result
from mmpctl.errors import UsageError
from mmpctl.times import now_utc, read_iso


@grouped
def history(
    *,
    place: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="Where audits are kept: a file, a database URL, or @FILE that contains one."
        ),
    ],
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DATE", help="Compare with the last audit up to this day (UTC)."),
    ] = None,
    result: Result,
) -> int:
    """Show what changed since an earlier audit: new, gone, worse."""
    from mmpctl.history.place import warn_of_password
    from mmpctl.reports.history_table import history as table
    from mmpctl.runbooks import history as looking_back

    result.check()
    require("history", "mmpctl history")
    warn_of_password(place)
    # Its package may be missing, which is told first.
    from mmpctl.history.store import History

    document = looking_back.run(History(place), _end_of(since) if since else None)
    result.emit(document, table(document))
    return 0


def _end_of(day: str) -> datetime:
    """Return the last second of a day, or the moment that was given."""
    for written, rest in ((f"{day}T00:00:00Z", timedelta(days=1, seconds=-1)), (day, timedelta(0))):
        try:
            begin = read_iso(written)
            end = begin + rest
        except (ValueError, OverflowError):
            continue
        if begin > now_utc():
            raise UsageError(f"--since {day} is in the future", advice="Name a day in the past.")
        return end
    raise UsageError(f"--since {day} is not a date", advice="Write it like 2026-01-31.")
