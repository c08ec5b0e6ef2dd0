"""Audits as documents, as small as can be."""

from __future__ import annotations

from typing import Any


def certificate(use: str, serial: str | None = "1", end: str = "2027-01-01", severity: str = "ok") -> dict[str, Any]:
    return {
        "use": use,
        "file": f"{serial}.cer",
        "serial": serial,
        "issuer": "CN=CA",
        "subject": "CN=x",
        "not_after": f"{end}T00:00:00Z" if serial else None,
        "severity": severity,
    }


def audit(at: str, **nodes: list[dict[str, Any]] | None) -> dict[str, Any]:
    """An audit of one cluster; None for a node that was not seen."""
    rows = [one for certificates in nodes.values() for one in certificates or ()]
    return {
        "schema": 1,
        "command": "audit",
        "at": f"{at}:00Z",
        "clusters": [
            {
                "name": "lon",
                "nodes": [
                    {
                        "name": name,
                        "reachable": certificates is not None,
                        "error": None if certificates is not None else "no answer",
                        "certificates": certificates or [],
                    }
                    for name, certificates in nodes.items()
                ],
            }
        ],
        "summary": {
            severity: sum(one["severity"] == severity for one in rows)
            for severity in ("ok", "due", "expired", "unfit", "unknown")
        },
    }
