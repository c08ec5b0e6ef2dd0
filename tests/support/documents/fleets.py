"""Audits of whole fleets as documents, and the audits before them."""

from __future__ import annotations

from typing import Any

from tests.support.documents.audits import audit, audit_cluster, audit_node, audit_of, certificate, finding

# Audits of before, as a history keeps them; literal, for the picture's numbers are held in tests.
HISTORY: Any = [
    {"at": f"2026-11-{day:02}T03:00:00Z", "counts": {"expired": expired, "unfit": 0, "unknown": 0, "due": due, "ok": 9}}
    for day, expired, due in ((10, 0, 2), (15, 2, 3), (22, 2, 7))
]

SERVICES = {
    "callbridge": ("certificate",),
    "database": ("ca", "client", "server"),
    "recorder": ("ca", "sip certificate"),
    "streamer": ("ca", "sip certificate"),
    "turn": ("ca", "tls certificate"),
    "uploader": ("ca",),
    "webadmin": ("ca", "certificate"),
    "webbridge3": ("c2w certificate", "c2w trust bundle", "ca", "https certificate"),
}


def fleet(clusters: int, *, wrong: int) -> Any:
    """A fleet with every service, in which the first clusters have something wrong, each another thing."""
    made = [_cluster(number, number % 4 if number < wrong else None) for number in range(clusters)]
    return audit_of(*made, authorities=audit()["authorities"])


def _cluster(number: int, trouble: int | None) -> Any:
    uses = [(service, f"{service} {name}") for service, names in SERVICES.items() for name in names]
    nodes = [
        audit_node(f"cms-{number:03}-{node}", *(certificate(use, f"{service}.cer") for service, use in uses))
        for node in range(3)
    ]
    findings = []
    if trouble == 0:
        message, cure = "the database cluster is not in sync: no master", "Look at `mmpctl status`, and at <b>."
        findings = [finding("not-in-sync", "unfit", message, cure, "It is.")]
    elif trouble == 1:
        gone = certificate("database server", "dbserver.cer", "expired", -259, not_after="2026-03-09T08:57:17Z")
        for node in nodes:
            node["certificates"][3] = gone
    elif trouble == 2:
        nodes[2] = audit_node(f"cms-{number:03}-2", error=f"cms-{number:03}-2.example.com:22: timed out")
    elif trouble == 3:
        due = certificate("callbridge certificate", f"cb-{number}.cer", "due", 12, not_after="2026-12-05T08:57:17Z")
        nodes[0]["certificates"][0] = due
    return audit_cluster(
        f"emea-production-{number:03}",
        *nodes,
        site=f"site-{number % 7}",
        findings=findings,
        in_sync=None if trouble == 2 else trouble != 0,
    )
