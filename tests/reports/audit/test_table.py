"""What the audit's table tells beside certificates: nodes and clusters as a whole, notes, what to type next."""

from __future__ import annotations

from typing import Any

from mmpctl.reports import tables
from mmpctl.reports.output import render
from tests.support import documents
from tests.support.documents import audit_of as fleet
from tests.support.documents import finding


def cluster(name: str | None, *nodes: Any, **more: Any) -> Any:
    return documents.audit_cluster(name, *nodes, **{"site": "london", **more})


def node(name: str, *findings: Any, error: str | None = None, certificates: int = 1) -> Any:
    made = documents.audit_node(name, *[documents.certificate("database ca", "CA.cer")] * certificates, error=error)
    return {**made, "findings": [*made["findings"], *findings]}


def lines(document: Any, width: int = 160, everything: bool = True) -> list[str]:
    return render(tables.audit(document, everything), width=width).splitlines()


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


def test_notes_of_one_kind_stand_together_above_the_cure_that_they_share() -> None:
    def shared(number: int, cure: str) -> Any:
        return finding("same-key", "note", f"{number}.cer has a key that several nodes share", cure)

    nodes = [node(f"lon-{number}", shared(number, "Renew them." if number < 8 else "Ask.")) for number in range(9)]
    told = lines(fleet(cluster("lon", *nodes, findings=[finding("stranger"), finding("stranger", message="other")])))
    notes = [line for line in told if "several nodes" in line]
    assert [line.partition(": ")[2] for line in notes] == [
        f"{number}.cer has a key that several nodes share" for number in range(9)
    ]
    assert [line.strip() for line in told if "→" in line] == ["→ Cure it.", "→ Cure it.", "→ Renew them.", "→ Ask."]


def test_nodes_without_a_cluster_stand_with_their_site() -> None:
    def at(name: str, site: str) -> Any:
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


def due(name: str, day: str) -> Any:
    made = documents.certificate("database server", f"{name}.cer", "due", 12, not_after=f"{day}T08:00:00Z")
    return documents.audit_node(name, made)


def answer(document: Any) -> str:
    first = lines(document, everything=False)[0]
    assert lines(document)[0] == first, "with --all it begins in the same way"
    return first


EXPIRED = documents.audit_node("e-1", documents.certificate("database server", "s.cer", "expired", -3))


def test_it_begins_with_the_answer() -> None:
    urgent, soon, well = cluster("lon-prod", EXPIRED), cluster("osl-prod", due("o-1", "2026-12-10")), node("par-1")
    assert (
        answer(fleet(urgent, soon, cluster("par", well)))
        == "Act today: lon-prod. By 10 December: osl-prod. Nothing else."
    )
    assert answer(fleet(cluster("par", well))) == (
        "Nothing to do. The first certificate expires on 28 December 2027 (par)."
    )
    later = cluster("b", due("b-1", "2027-01-03"), due("b-2", "2026-12-30"))
    assert answer(fleet(later, soon, cluster("c", due("c-1", "2026-12-10")))) == (
        "By 10 December: osl-prod, c. By 30 December: b. Nothing else."
    )


def test_the_answer_names_nodes_that_have_no_cluster_and_whom_nobody_saw() -> None:
    edge = {**EXPIRED, "name": "edge-1"}
    silent = node("lon-3", error="refused", certificates=0)
    assert answer(fleet(cluster("lon", node("lon-1"), silent), cluster(None, edge))) == (
        "Act today: edge-1. Not seen: lon-3."
    )
    unread = documents.audit_node("u-1", documents.certificate("callbridge", "u.cer", "unknown", None))
    assert answer(fleet(cluster("lon", unread))) == "Look at: lon. Nothing else."
    assert answer(fleet(cluster("lon", node("lon-1"), in_sync=False))) == "Act today: lon. Nothing else."
    assert answer(fleet(cluster(None, node("n", certificates=0)))) == "No certificate was seen."


def test_of_many_names_the_first_are_told_and_the_others_counted() -> None:
    ill = [cluster(f"c{number}", EXPIRED) for number in range(12)]
    assert answer(fleet(*ill)) == "Act today: c0, c1, c2, c3, c4, c5, c6, c7 and 4 more. Nothing else."
    days = [cluster(f"d{day}", due(f"d{day}-1", f"2026-12-{day}")) for day in range(10, 20)]
    assert answer(fleet(*days)).endswith("By 14 December: d14. Later: 5 more. Nothing else.")


def test_below_it_stands_only_what_needs_somebody_and_the_rest_is_counted() -> None:
    mixed = cluster("lon", EXPIRED, node("lon-1", finding("x", "note"), certificates=2))
    document = fleet(
        mixed, cluster("par", node("par-1")), cluster(None, node("edge-1"), node("edge-2", certificates=0))
    )
    told = lines(document, everything=False)
    assert not any(line.startswith(("lon-1", "par", "edge", "· note")) for line in told)
    assert any(line.startswith("e-1") and "✗ EXPIRED" in line for line in told)
    assert (
        "In order: 1 cluster, 1 node without a cluster, 4 certificates. No certificates: 1 node. 1 note. "
        "--all shows everything."
    ) in told
    every = lines(document)
    assert {"lon-1", "par-1", "edge-1", "edge-2"} <= {line.split()[0] for line in every if line.strip()}
    assert not any("--all" in line for line in every)


def test_a_ca_that_is_in_order_is_left_out_with_the_rest() -> None:
    document = {**fleet(cluster("lon", EXPIRED)), "authorities": [documents.authority("CN=Fine", "ok", 900)]}
    assert not any("CN=Fine" in line for line in lines(document, everything=False))
    assert any("CN=Fine" in line for line in lines(document))
