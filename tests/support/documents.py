"""Documents as the commands make them, with all that can stand in them."""

from __future__ import annotations

from typing import Any

from mmpctl.cluster import step_kinds as kinds
from mmpctl.cluster.step import Step, StepKind
from mmpctl.cluster.step_documents import step_documents
from mmpctl.documents.step import StepDocument

# A subject, an error or a file name that tries to take over the terminal, the markup and the direction of writing.
HOSTILE = "x\x1b[2J\x1b]0;owned\x07\x9b31m[bold red]\u202eevil[/]\u2066\r\ndone"


def certificate(use: str, file: str, severity: str = "ok", days: int | None = 400, **more: Any) -> dict[str, Any]:
    findings = []
    if severity != "ok":
        findings = [
            {
                "id": severity,
                "severity": severity,
                "message": f"{file} expired on 2026-03-09 08:57 UTC: CN=postgres, O=Glass",
                "cure": f"Have your CA issue a new certificate in place of {file}.",
            }
        ]
    return {
        "use": use,
        "file": file,
        "subject": "CN=postgres",
        "issuer": "CN=uctplab-TPWIN2008R2DC-CA",
        "serial": "1102ce3b0006000000a7",
        "not_before": "2024-03-09T08:47:17Z" if days is not None else None,
        "not_after": "2027-12-28T08:57:17Z" if days is not None else None,
        "days_left": days,
        "severity": severity,
        "findings": findings,
        **more,
    }


def audit_node(name: str, *certificates: dict[str, Any], error: str | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "address": "10.106.85.73",
        "role": "slave",
        "reachable": error is None,
        "error": error,
        "certificates": list(certificates),
        "findings": [
            {
                "id": "not-seen",
                "severity": "unknown",
                "message": f"not seen: {error}",
                "why": "The state of its certificates is unknown.",
                "cure": "Look again afterwards; until then nothing is known of it.",
            }
        ]
        if error
        else [],
    }


def authority(subject: str, severity: str, days: int, **uses: int) -> dict[str, Any]:
    return {
        "sha256": "ab" * 32,
        "subject": subject,
        "not_after": "2026-12-13T08:57:17Z",
        "days_left": days,
        "severity": severity,
        "clusters": 1,
        "leaves": 1,
        "before": 0,
        **uses,
    }


def audit() -> dict[str, Any]:
    expired = [
        certificate("database server", "dbclusterserver-20240309-1102ce3b.cer", "expired", -259),
        certificate("database client", "dbclusterclient-20240309-0006a7.cer", "expired", -259),
        certificate("database ca", "CA.cer"),
    ]
    return {
        "schema": 1,
        "command": "audit",
        "clusters": [
            {
                "name": "ldn-quiet",
                "site": "london",
                "nodes": [audit_node("ldn-1", certificate("database ca", "quiet-CA.cer"))],
                "findings": [],
            },
            {
                "name": "lon-prod",
                "site": "london",
                "nodes": [
                    audit_node("lon-0", certificate("database ca", "fine-CA.cer")),
                    audit_node("lon-1", *expired),
                    audit_node("lon-2", *expired),
                    audit_node("lon-3", error="lon-3.example.com:22: the connection was refused"),
                ],
                "findings": [
                    {"id": "masters", "severity": "unfit", "message": "the nodes name no master", "cure": "See status."}
                ],
            },
            {
                "name": None,
                "site": None,
                "nodes": [
                    audit_node("edge-1", certificate("callbridge", "core.cer", "unknown", None)),
                    audit_node("edge-2"),
                ],
                "findings": [],
            },
        ],
        "authorities": [
            authority("CN=uctplab-TPWIN2008R2DC-CA, DC=uctplab, DC=local", "due", 20, clusters=3, leaves=7, before=2),
            *(authority(f"CN=Root {number}", "ok", 1000 + number) for number in range(24)),
        ],
        "summary": {
            "nodes": 7,
            "unreachable": 1,
            "certificates": 9,
            "ok": 4,
            "due": 0,
            "expired": 4,
            "unfit": 0,
            "unknown": 1,
        },
    }


def _node_status(name: str, role: str, address: str, members: list[tuple[str, str]], **more: Any) -> dict[str, Any]:
    status = {
        "status": "Enabled",
        "started_seconds": None,
        "error": None,
        "nodes": [{"address": other, "me": other == address, "state": state} for other, state in members],
        "node_in_use": members[0][0] if members else None,
        "interface": "a",
        "certificates": {},
        "expired": [],
        "last_command": "database cluster join 10.106.85.73",
        "last_result": "Success",
        **more,
    }
    return {"name": name, "role": role, "reachable": True, "error": None, "status": status}


def status() -> dict[str, Any]:
    good = [
        ("10.106.85.73", "Connected Master"),
        ("10.106.85.74", "Connected Slave ( In Sync )"),
        ("10.106.85.75", "Connected Slave ( In Sync )"),
    ]
    lonely = [("10.106.85.83", "Connected Slave"), ("10.106.85.84", "Disconnected")]
    return {
        "schema": 1,
        "command": "status",
        "clusters": [
            {
                "name": "lon-prod",
                "site": "london",
                "master": "lon-1",
                "healthy": True,
                "nodes": [
                    _node_status("lon-1", "master", "10.106.85.73", good, last_command="database cluster initialize"),
                    _node_status("lon-2", "slave", "10.106.85.74", good),
                ],
            },
            {
                "name": "nyc-prod",
                "site": None,
                "master": None,
                "healthy": False,
                "nodes": [
                    _node_status(
                        "nyc-1", "master", "10.106.85.83", lonely, expired=["dbclusterserver.cer", "EXPRSVR.cer"]
                    ),
                    _node_status("nyc-2", "slave", "10.106.85.84", [], status="Disabling", started_seconds=19),
                    _node_status("nyc-3", "slave", "10.106.85.85", [], status="Error", error="Certificate expired"),
                    {"name": "nyc-4", "role": "client", "reachable": False, "error": "timed out", "status": None},
                ],
            },
            {
                "name": None,
                "site": "london",
                "master": None,
                "healthy": True,
                "nodes": [_node_status("edge-1", "", "10.106.85.90", [], status="Disabled", last_command=None)],
            },
        ],
    }


CERTS = (
    "database cluster certs dbserver-20271128-1102ce3b.key dbserver-20271128-1102ce3b.cer "
    "dbclient-20271128-0006a7.key dbclient-20271128-0006a7.cer dbca-20311128-77aa.cer"
)


def steps() -> list[StepDocument]:
    drafts: list[tuple[int, str, StepKind, tuple[str, ...]]] = [
        (1, "lon-1", kinds.BACKUP, ("pre-20261123-203107-4f2a",)),
        (1, "lon-2", kinds.BACKUP, ("pre-20261123-203107-4f2a",)),
        (2, "lon-2", kinds.REMOVE, ()),
        (3, "lon-1", kinds.REMOVE, ()),
        (4, "lon-1", kinds.CERTS, tuple(CERTS.split()[3:])),
        (5, "lon-1", kinds.INITIALIZE, ()),
        (6, "lon-2", kinds.JOIN, ("10.106.85.73",)),
    ]
    made = tuple(Step(number, *draft) for number, draft in enumerate(drafts, 1))
    return step_documents(made, "lon-1")


def plan() -> dict[str, Any]:
    return {
        "schema": 1,
        "command": "plan",
        "clusters": [
            {
                "name": "lon-prod",
                "site": "london",
                "keeper": "lon-1",
                "keeper_proved": False,
                "keeper_evidence": ["lon-1: not in a cluster (Disabled)", "lon-2: Enabled; lon-1 is Disconnected"],
                "verdict": "ready",
                "reasons": [],
                "notes": ["Call Bridge and Web Admin of every node restart several times: calls drop."],
                "expected": "4 min and more, grows with the database",
                "steps": steps(),
            },
            {
                "name": "nyc-prod",
                "site": "new york",
                "keeper": "nyc-1",
                "keeper_proved": False,
                "keeper_evidence": ["nyc-1: Enabled; names no members"],
                "verdict": "refused",
                "reasons": [
                    "the keeper is not certain: confirm it with --keeper nyc-prod=nyc-1",
                    "nyc-4 does not answer",
                ],
                "notes": [],
                "expected": None,
                "steps": [],
            },
            {
                "name": "lab",
                "site": None,
                "keeper": "lab-1",
                "keeper_proved": True,
                "keeper_evidence": [],
                "verdict": "nothing to do",
                "reasons": [],
                "notes": [],
                "expected": None,
                "steps": [],
            },
        ],
    }


def renewal() -> dict[str, Any]:
    return {
        "schema": 1,
        "command": "renew",
        "run": "20261123-203107-4f2a",
        "clusters": [
            {
                "name": "lab",
                "keeper": "lab-1",
                "code": 0,
                "outcome": "renewed",
                "reason": None,
                "advice": [],
                "remaining": [],
            },
            {
                "name": "lon-prod",
                "keeper": "lon-1",
                "code": 7,
                "outcome": "stopped",
                "reason": "lon-2: 'database cluster remove' has not ended after 1800 s · look at the node by hand",
                "advice": [
                    "The good copy of the database is on lon-1.",
                    "The question that the node asked, not answered:\nWARNING!!!\n"
                    "Are you sure you wish to dance? (Y/n)",
                ],
                "remaining": steps()[3:],
            },
        ],
    }


def runs() -> dict[str, Any]:
    return {
        "schema": 1,
        "command": "runs",
        "runs": [
            {
                "run": "20261122-101500-aaaa",
                "at": "2026-11-22T10:15:00Z",
                "state": "finished",
                "clusters": [{"name": "lab", "outcome": "renewed", "keeper": "lab-1"}],
            },
            {
                "run": "20261123-203107-4f2a",
                "at": "2026-11-23T20:31:07Z",
                "state": "unfinished",
                "clusters": [
                    {"name": "lon-prod", "outcome": "stopped", "keeper": "lon-1"},
                    {"name": "nyc-prod", "outcome": None, "keeper": "nyc-1"},
                ],
            },
        ],
    }


def run() -> dict[str, Any]:
    common = {"cluster": "lon-prod", "node": "lon-2", "step": "remove:lon-2", "command": None, "result": None}
    command = "database cluster remove"
    records: list[dict[str, Any]] = [
        {**common, "event": "keeper", "node": "lon-1", "step": None, "detail": {}},
        {**common, "event": "intent", "command": command, "detail": {}},
        {**common, "event": "question", "detail": {"question": "WARNING!!!\nAre you sure?"}},
        {**common, "event": "outcome", "result": "failed", "detail": {"code": "x", "message": "the node fell silent"}},
        {
            **common,
            "event": "end",
            "node": None,
            "step": None,
            "result": "stopped",
            "detail": {"code": 7, "reason": "why"},
        },
    ]
    return {
        "schema": 1,
        "command": "runs",
        **runs()["runs"][1],
        "request": {
            "inventory": "/srv/cms/inventory",
            "certs": "/srv/cms/certs-2027",
            "names": "versioned",
            "leave_out": ["lon-9"],
        },
        "by_hand": ["runs/20261123-203107-4f2a/by-hand-lon-prod.txt"],
        "records": [
            {"seq": number, "at": f"2026-11-23T20:31:0{number}.123456Z", **record}
            for number, record in enumerate(records, 1)
        ],
    }


def backup() -> dict[str, Any]:
    name = "mmpctl-20261123-203107.bak"
    file = {"name": name, "path": f"lon-1/{name}", "bytes": 12_345_678, "sha256": "ab" * 32, "fetched_twice": True}
    return {
        "schema": 1,
        "command": "backup",
        "folder": "/srv/cms/backups",
        "nodes": [
            {
                "name": "lon-1",
                "cluster": "lon-prod",
                "ok": True,
                "error": None,
                "files": [file, {**file, "bytes": 517}],
            },
            {"name": "edge-1", "cluster": None, "ok": False, "error": "the disk of the node is full", "files": []},
        ],
    }


def trust() -> dict[str, Any]:
    fingerprint = "SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDLVPcPIpXKhYNSnuU"
    host = {
        "address": "lon-1.example.com",
        "port": 22,
        "key_type": "ssh-ed25519",
        "fingerprint": fingerprint,
        "error": None,
    }
    gone = {"key_type": None, "fingerprint": None, "error": "the name is unknown"}
    return {
        "schema": 1,
        "command": "trust",
        "known_hosts": "inventory/known_hosts",
        "written": False,
        "hosts": [
            {**host, "name": "lon-1", "state": "known"},
            {**host, "name": "lon-2", "state": "new"},
            {**host, "name": "lon-3", "state": "changed", "recorded": ["SHA256:old"]},
            {**host, "name": "lon-4", "state": "unreachable", **gone},
        ],
    }


def inventory() -> dict[str, Any]:
    return {
        "schema": 1,
        "command": "inventory check",
        "ok": True,
        "inventory": "inventory",
        "sites": ["london", "new york"],
        "clusters": [
            {
                "name": "lon-prod",
                "site": "london",
                "nodes": [{"name": "lon-1", "address": "10.106.85.73:22", "role": "master"}],
            },
            {"name": None, "site": None, "nodes": [{"name": "edge-1", "address": "10.106.85.90:22", "role": None}]},
        ],
        "problems": [],
    }


def lab() -> dict[str, Any]:
    return {
        "schema": 1,
        "command": "lab up",
        "pid": 4711,
        "inventory": "/home/ops/.lab/20261123-203107-4711/inventory",
        "known_hosts": "/home/ops/.lab/20261123-203107-4711/known_hosts",
        "certificates": "/home/ops/.lab/20261123-203107-4711/certificates",
        "ends_at": "2026-11-23T21:31:07Z",
        "environment": ["export MMP_USERNAME=admin"],
        "try": ["mmpctl audit -i /home/ops/.lab/20261123-203107-4711/inventory"],
    }


# Audits of before, as a history keeps them.
HISTORY = [
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


def fleet(clusters: int, *, wrong: int) -> dict[str, Any]:
    """A fleet with every service, in which the first clusters have something wrong, each another thing."""
    made = [_cluster(number, number % 4 if number < wrong else None) for number in range(clusters)]
    nodes = [node for cluster in made for node in cluster["nodes"]]
    rows = [one["severity"] for node in nodes for one in node["certificates"]]
    unseen = sum(not node["reachable"] for node in nodes)
    counts = {name: rows.count(name) for name in ("ok", "due", "expired", "unfit", "unknown")}
    return {
        "schema": 1,
        "command": "audit",
        "at": "2026-11-23T03:00:00Z",
        "clusters": made,
        "authorities": audit()["authorities"],
        "summary": {"nodes": len(nodes), "unreachable": unseen, "certificates": len(rows), **counts},
    }


def rows_of(document: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
    """Each certificate of an audit's document, with its cluster and node."""
    return [
        (cluster, node, one)
        for cluster in document["clusters"]
        for node in cluster["nodes"]
        for one in node["certificates"]
    ]


def _cluster(number: int, trouble: int | None) -> dict[str, Any]:
    uses = [(service, f"{service} {name}") for service, names in SERVICES.items() for name in names]
    nodes = [
        audit_node(f"cms-{number:03}-{node}", *(certificate(use, f"{service}.cer") for service, use in uses))
        for node in range(3)
    ]
    findings = []
    if trouble == 0:
        message, cure = "the database cluster is not in sync: no master", "Look at `mmpctl status`, and at <b>."
        findings = [{"id": "not-in-sync", "severity": "unfit", "message": message, "why": "It is.", "cure": cure}]
    elif trouble == 1:
        gone = certificate("database server", "dbserver.cer", "expired", -259, not_after="2026-03-09T08:57:17Z")
        for node in nodes:
            node["certificates"][3] = gone
    elif trouble == 2:
        nodes[2] = audit_node(f"cms-{number:03}-2", error=f"cms-{number:03}-2.example.com:22: timed out")
    elif trouble == 3:
        due = certificate("callbridge certificate", f"cb-{number}.cer", "due", 12, not_after="2026-12-05T08:57:17Z")
        nodes[0]["certificates"][0] = due
    return {
        "name": f"emea-production-{number:03}",
        "site": f"site-{number % 7}",
        "in_sync": None if trouble == 2 else trouble != 0,
        "nodes": nodes,
        "findings": findings,
    }
