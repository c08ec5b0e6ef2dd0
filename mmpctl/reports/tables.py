"""All tables, one for each command's document."""

from __future__ import annotations

from mmpctl.reports.audit_table import audit
from mmpctl.reports.backup_table import backup
from mmpctl.reports.history_table import history
from mmpctl.reports.inventory_table import inventory
from mmpctl.reports.output import show
from mmpctl.reports.plan_table import plan
from mmpctl.reports.renewal_table import continuation, renewal
from mmpctl.reports.runs_table import run, runs
from mmpctl.reports.status_table import status
from mmpctl.reports.trust_table import trust

__all__ = [
    "audit",
    "backup",
    "continuation",
    "history",
    "inventory",
    "plan",
    "renewal",
    "run",
    "runs",
    "show",
    "status",
    "trust",
]
