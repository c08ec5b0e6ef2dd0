"""Runbooks: tasks in waves over roles, one module for each job, each with `run(nr, …)` for scripts.

`from mmpctl.runbooks import renew` loads this one; a script that needs one runbook does not wait for the others.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmpctl.runbooks import (
        audit,
        backup,
        check,
        history,
        init,
        parse,
        plan,
        renew,
        resume,
        run_backups,
        runs,
        status,
        status_watch,
        trust,
    )

__all__ = [
    "audit",
    "backup",
    "check",
    "history",
    "init",
    "parse",
    "plan",
    "renew",
    "resume",
    "run_backups",
    "runs",
    "status",
    "status_watch",
    "trust",
]


def __getattr__(name: str) -> Any:
    """Load a runbook when it is first named, such as `runbooks.audit` after `import mmpctl.runbooks as runbooks`."""
    if name in __all__:
        return import_module(f"mmpctl.runbooks.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
