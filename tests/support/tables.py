"""Each table with a document that it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.console import RenderableType

from mmpctl.reports import tables
from mmpctl.reports.output import render
from tests.support import documents

CASES: dict[str, tuple[Callable[[Any], RenderableType], Callable[[], Any]]] = {
    "audit": (lambda document: tables.audit(document, everything=True), documents.audit),
    "status": (tables.status, documents.status),
    "plan": (tables.plan, documents.plan),
    "renewal": (tables.renewal, documents.renewal),
    "runs": (tables.runs, documents.runs),
    "run": (tables.run, documents.run),
    "backup": (tables.backup, documents.backup),
    "trust": (tables.trust, documents.trust),
    "inventory": (tables.inventory, documents.inventory),
    "engine check": (tables.engine_check, documents.sites.engine_check),
    "engine definitions": (tables.engine_definitions, documents.sites.engine_definitions),
}


def shown(case: str, width: int = 80) -> str:
    """A table as text."""
    make, document = CASES[case]
    return render(make(document()), width=width)
