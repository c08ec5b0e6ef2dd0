"""The closed list of what a site can be asked to do."""

from __future__ import annotations

from mmpctl.enums import Word


class Verb(Word):
    """One thing that a site can be asked to do."""

    AUDIT = "audit"
    STATUS = "status"
    CHECK = "check"
    BACKUP = "backup"
    PLAN = "plan"
    RUNS = "runs"
    RENEW = "renew"
    RESUME = "resume"
    FOLLOW = "follow"
    STOP = "stop"
