"""What can be wrong with a history."""

from __future__ import annotations

from mmpctl.errors import UsageError


class HistoryError(UsageError):
    """The database of the audits cannot be used, or is not one."""

    code = "history"
