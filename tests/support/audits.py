"""Audits of one cluster as documents, as small as can be: what a history keeps and compares."""

from __future__ import annotations

from typing import Any

from tests.support import documents


def certificate(use: str, serial: str | None = "1", end: str = "2027-01-01", severity: str = "ok") -> Any:
    """One certificate; its severity may be a word of a newer release."""
    made = documents.certificate(use, f"{serial}.cer")
    not_after = f"{end}T00:00:00Z" if serial else None
    return documents.altered(
        made, serial=serial, issuer="CN=CA", subject="CN=x", not_after=not_after, severity=severity
    )


def audit(at: str, **nodes: list[Any] | None) -> Any:
    """An audit of one cluster; None for a node that was not seen."""
    made = [
        documents.audit_node(name, *(certificates or ()), error=None if certificates is not None else "no answer")
        for name, certificates in nodes.items()
    ]
    return documents.audit_of(documents.audit_cluster("lon", *made), at=f"{at}:00Z")
