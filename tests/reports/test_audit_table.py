"""What the audit's table tells beside certificates: nodes and clusters as a whole, notes, what to type next."""

from __future__ import annotations

from typing import Any

from mmpctl.reports import tables
from mmpctl.reports.output import render
from tests.reports import documents


def finding(id_: str, severity: str = "unfit", message: str = "", cure: str = "Cure it.") -> dict[str, str]:
    return {"id": id_, "severity": severity, "message": message or id_, "why": "", "cure": cure}


def cluster(name: str | None, *nodes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "site": "london", "nodes": list(nodes), "findings": [], **more}


def fleet(*clusters: dict[str, Any]) -> dict[str, Any]:
    nodes = [node for one in clusters for node in one["nodes"]]
    rows = [certificate for node in nodes for certificate in node["certificates"]]
    summary = {
        "nodes": len(nodes),
        "unreachable": sum(not node["reachable"] for node in nodes),
        "certificates": len(rows),
        **{name: sum(row["severity"] == name for row in rows) for name in ("expired", "unfit", "unknown", "due", "ok")},
    }
    return {"schema": 1, "command": "audit", "at": "2026-11-23T03:00:00Z", "clusters": clusters, "summary": summary}


def node(name: str, *findings: dict[str, str], error: str | None = None, certificates: int = 1) -> dict[str, Any]:
    made = documents.audit_node(name, *[documents.certificate("database ca", "CA.cer")] * certificates, error=error)
    return {**made, "findings": [*made["findings"], *findings]}


def lines(document: dict[str, Any], width: int = 160) -> list[str]:
    return render(tables.audit(document), width=width).splitlines()


def test_a_cluster_that_is_not_well_is_counted_and_looked_at() -> None:
    told = lines(fleet(cluster("lon", node("lon-1"), findings=[finding("not-in-sync")]), cluster("nyc", node("nyc-1"))))
    assert "2 nodes, 2 certificates: 2 OK; 1 cluster not well" in told
    assert told[-1] == "Next: mmpctl status --cluster lon"


def test_a_cluster_with_nothing_but_notes_is_well() -> None:
    told = lines(fleet(cluster("lon", node("lon-1", finding("x", "note")), findings=[finding("y", "note")])))
    assert told[-1] == "1 node, 1 certificate: 1 OK"


def test_a_node_that_is_not_well_is_counted() -> None:
    told = lines(fleet(cluster("lon", node("lon-1", finding("clock")))))
    assert told[-1] == "1 node, 1 certificate: 1 OK; 1 node not well"


def test_a_node_that_was_not_seen_is_looked_at() -> None:
    unseen = fleet(cluster("lon", node("lon-1", error="refused", certificates=0)), cluster(None, node("edge-1")))
    assert lines(unseen)[-1] == "Next: mmpctl status --cluster lon"
    alone = fleet(cluster(None, node("edge 1", error="refused", certificates=0)))
    assert lines(alone)[-1] == "Next: mmpctl status --host 'edge 1'"


def test_a_host_key_is_a_matter_of_trust() -> None:
    strange = {**node("lon-1", error="no", certificates=0), "findings": [finding("host-key")]}
    told = lines({**fleet(cluster("lon", strange)), "asked": {"inventory": ["my inventory"]}})
    assert told[-1] == "Next: mmpctl trust --inventory 'my inventory' --host lon-1"
    assert any(line.endswith("1 host key refused") for line in told)
    assert any(line.startswith("lon-1") and "not seen" in line and "✗ UNFIT" in line for line in told)


def test_a_node_without_certificates_carries_the_worst_of_its_findings() -> None:
    told = lines(fleet(cluster("lon", node("lon-1", finding("not-understood", "unknown"), certificates=0))))
    assert any("none found" in line and line.endswith("? UNKNOWN") for line in told)


def test_notes_of_one_kind_are_one_line_with_one_cure() -> None:
    def shared(number: int) -> dict[str, str]:
        return finding("same-key", "note", f"{number}.cer has a key that several nodes share", f"Renew {number}.cer.")

    nodes = [node(f"lon-{number}", shared(number)) for number in range(9)]
    told = lines(fleet(cluster("lon", *nodes, findings=[finding("stranger"), finding("stranger", message="other")])))
    (note,) = [line for line in told if "same" in line or "several nodes" in line]
    assert "(and 8 notes like it: -o html, -o json)" in note
    assert [line.strip() for line in told if "→" in line] == ["→ Cure it.", "→ Cure it.", "→ Renew 0.cer."]


def test_nodes_without_a_cluster_stand_with_their_site() -> None:
    def at(name: str, site: str) -> dict[str, Any]:
        return {**node(name), "site": site}

    alone = cluster(None, at("edge-1", "paris"), at("edge-2", "london"), at("edge-3", "paris"), site=None)
    told = lines(fleet(alone, cluster("par", node("par-1"), site="paris")))
    heads = ("nodes without", "par ·", "edge", "par-1")
    assert [" ".join(line.split()[:5]) for line in told if line.startswith(heads[:2])] == [
        "nodes without a cluster ·",
        "par · paris",
        "nodes without a cluster ·",
    ]
    assert [line.split()[0] for line in told if line.startswith(heads[2:])] == ["edge-2", "par-1", "edge-1", "edge-3"]
