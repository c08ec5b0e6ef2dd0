"""`mmpctl history`: what changed since the last audit, or since a day; and how old audits are deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

import typer

from mmpctl.cli import options
from mmpctl.cli.extras import require
from mmpctl.cli.option_groups import grouped
from mmpctl.cli.result import Result
from mmpctl.errors import UsageError
from mmpctl.times import now_utc, read_iso


@dataclass(frozen=True, slots=True)
class Forgetting:
    """The options that say what is deleted.

    Args:
        forget_before: a day.
        yes: without a question.
    """

    forget_before: Annotated[
        str | None,
        typer.Option(
            "--forget-before",
            metavar="DATE",
            help="Delete the audits from before this day (UTC), but for the newest one of each selection.",
        ),
    ] = None
    yes: options.Yes = False

    def check(self, since: str | None) -> None:
        """Refuse options that mean nothing together.

        Args:
            since: the day that is compared with.

        Raises:
            UsageError: they are given all the same.
        """
        if self.forget_before is None and self.yes:
            raise UsageError("nothing is to be deleted", advice="Say what to delete with --forget-before DATE.")
        if self.forget_before is not None and since is not None:
            raise UsageError("--since and --forget-before cannot be combined", advice="Give one of them.")

    def confirmed(self, times: Sequence[str], stay: int) -> bool | None:
        """Return whether somebody has said that these audits shall be deleted; None if nobody can be asked.

        Args:
            times: when they were made, the oldest first.
            stay: how many others there are.
        """
        from mmpctl.cli.prompts import may_ask
        from mmpctl.cli.prompts import yes as said_yes

        if self.yes:
            return True
        if not may_ask():
            return None
        which = f"the audit of {times[0]}" if len(times) == 1 else f"{len(times)} audits, {times[0]} to {times[-1]}"
        return said_yes(f"Delete {which}? There is no copy of them. Kept: {stay}")


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
    forgetting: Forgetting,
    result: Result,
) -> int:
    """Show what changed since an earlier audit: new, gone, worse.

    With --forget-before, old audits are deleted instead, and their space is given back to the disk.
    """
    from mmpctl.history.place import warn_of_password
    from mmpctl.reports.history_table import forgotten
    from mmpctl.reports.history_table import history as table
    from mmpctl.runbooks import history as looking_back

    result.check()
    forgetting.check(since)
    require("history", "mmpctl history")
    warn_of_password(place)
    # Its package may be missing, which is told first.
    from mmpctl.history.store import History

    if forgetting.forget_before is not None:
        begin, _ = _span("--forget-before", forgetting.forget_before)
        done = looking_back.forget(History(place), begin, forgetting.confirmed)
        result.emit(done, forgotten(done))
        return looking_back.code_of(done)
    document = looking_back.run(History(place), _span("--since", since)[1] if since else None)
    result.emit(document, table(document))
    return 0


def _span(option: str, day: str) -> tuple[datetime, datetime]:
    """Return the first and the last second of a day, or twice the moment that was given."""
    for written, rest in ((f"{day}T00:00:00Z", timedelta(days=1, seconds=-1)), (day, timedelta(0))):
        try:
            begin = read_iso(written)
            end = begin + rest
        except (ValueError, OverflowError):
            continue
        if begin > now_utc():
            raise UsageError(f"{option} {day} is in the future", advice="Name a day in the past.")
        return begin, end
    raise UsageError(f"{option} {day} is not a date", advice="Write it like 2026-01-31.")
