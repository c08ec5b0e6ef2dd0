"""All tables, one for each command's document."""

from __future__ import annotations

from mmpctl.reports.audit.table import audit
from mmpctl.reports.backup_table import backup
from mmpctl.reports.history_table import history
from mmpctl.reports.init_table import init
from mmpctl.reports.inventory_table import inventory
from mmpctl.reports.issuing.ca_table import ca
from mmpctl.reports.issuing.check_table import check
from mmpctl.reports.issuing.cleanup_table import cleanup
from mmpctl.reports.issuing.csr_table import csr, csr_open
from mmpctl.reports.issuing.rotate_table import rotate
from mmpctl.reports.issuing.sign_table import sign
from mmpctl.reports.issuing.stage_table import stage
from mmpctl.reports.output import show
from mmpctl.reports.plan_table import plan
from mmpctl.reports.renewal_table import continuation, renewal, run_to_resume
from mmpctl.reports.run.runs_table import runs, unfinished
from mmpctl.reports.run.table import run, run_backups, run_checks
from mmpctl.reports.sites.definitions_table import engine_definitions
from mmpctl.reports.sites.engine_table import engine_check
from mmpctl.reports.status.table import status
from mmpctl.reports.trust_table import trust, trust_keys, trust_outcome

__all__ = [
    "audit",
    "backup",
    "ca",
    "check",
    "cleanup",
    "continuation",
    "csr",
    "csr_open",
    "engine_check",
    "engine_definitions",
    "history",
    "init",
    "inventory",
    "plan",
    "renewal",
    "rotate",
    "run",
    "run_backups",
    "run_checks",
    "run_to_resume",
    "runs",
    "show",
    "sign",
    "stage",
    "status",
    "trust",
    "trust_keys",
    "trust_outcome",
    "unfinished",
]
