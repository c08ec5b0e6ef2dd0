"""Runbooks: tasks in waves over roles, one module for each job, each with `run(nr, …)` for scripts.

`from mmpctl.runbooks import renew` loads this one; a script that needs one runbook does not wait for the others. The
types that scripts need beside them are here too, wherever they are defined.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mmpctl.audit.certificate_rows import CertificateRow
    from mmpctl.audit.model import AuditReport, ClusterAudit, NodeAudit
    from mmpctl.cluster.step import Step
    from mmpctl.display.events import Progress, Silent
    from mmpctl.findings.finding import Finding
    from mmpctl.renewal.context import Watch
    from mmpctl.renewal.limits import Limits
    from mmpctl.renewal.rollout import Rollout
    from mmpctl.renewal.stop import Stop
    from mmpctl.runbooks import (
        audit,
        backup,
        before_window,
        ca,
        check,
        cleanup,
        csr,
        history,
        init,
        inventory_check,
        parse,
        plan,
        renew,
        renew_services,
        resume,
        rotate,
        run_backups,
        runs,
        sign,
        stage,
        status,
        status_watch,
        trust,
    )
    from mmpctl.runbooks.plan import PlanReport
    from mmpctl.runbooks.renew import RenewReport
    from mmpctl.severity import Severity

__all__ = [
    "AuditReport",
    "CertificateRow",
    "ClusterAudit",
    "Finding",
    "Limits",
    "NodeAudit",
    "PlanReport",
    "Progress",
    "RenewReport",
    "Rollout",
    "Severity",
    "Silent",
    "Step",
    "Stop",
    "Watch",
    "audit",
    "backup",
    "before_window",
    "ca",
    "check",
    "cleanup",
    "csr",
    "history",
    "init",
    "inventory_check",
    "parse",
    "plan",
    "renew",
    "renew_services",
    "resume",
    "rotate",
    "run_backups",
    "runs",
    "sign",
    "stage",
    "status",
    "status_watch",
    "trust",
]

# Where the types are defined; all other names are modules of this folder.
_TYPES: Final = {
    "AuditReport": "mmpctl.audit.model",
    "CertificateRow": "mmpctl.audit.certificate_rows",
    "ClusterAudit": "mmpctl.audit.model",
    "Finding": "mmpctl.findings.finding",
    "Limits": "mmpctl.renewal.limits",
    "NodeAudit": "mmpctl.audit.model",
    "PlanReport": "mmpctl.runbooks.plan",
    "Progress": "mmpctl.display.events",
    "RenewReport": "mmpctl.runbooks.renew",
    "Rollout": "mmpctl.renewal.rollout",
    "Severity": "mmpctl.severity",
    "Silent": "mmpctl.display.events",
    "Step": "mmpctl.cluster.step",
    "Stop": "mmpctl.renewal.stop",
    "Watch": "mmpctl.renewal.context",
}


def __getattr__(name: str) -> Any:
    """Load a runbook or a type when it is first named, such as `runbooks.audit` after `import mmpctl.runbooks`."""
    if name in _TYPES:
        return getattr(import_module(_TYPES[name]), name)
    if name in __all__:
        return import_module(f"mmpctl.runbooks.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
