"""The trust graph of an audit: as the lab's services really accept each other, and what is found in it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from mmpctl.audit.document import document
from mmpctl.audit.model import AuditReport
from mmpctl.audit.peer_findings import peer_findings, severity_of
from mmpctl.findings.finding import Finding
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import deployment
from mmpctl.peers.checks import Check, checks_of
from mmpctl.peers.deployment import Membership
from mmpctl.peers.held import Held
from mmpctl.peers.peer import Pair, Peer, Store
from mmpctl.peers.store_verdict import ACCEPTING, Verdict
from mmpctl.runbooks import audit
from tests.findings.page import page
from tests.support.documents.trust_graphs import trust_graph
from tests.support.fleet import nornir
from tests.support.lab import Lab
from tests.support.lab_client import Client

NOW = dt.datetime.now(dt.timezone.utc)
DAY = dt.timedelta(days=1)
PEER_IDS = {
    "not-trusted", "call-bridge-not-trusted", "scheduler-not-trusted", "half-trusted", "store-not-set",
    "store-of-leafs", "store-without-root", "store-ends",
}  # fmt: skip


def found(report: AuditReport) -> dict[str, set[str]]:
    """What the graph adds to the findings of each node."""
    nodes = (node for cluster in report.clusters for node in cluster.nodes)
    told = {node.node.name: {one.id for one in node.findings} & PEER_IDS for node in nodes}
    return {name: ids for name, ids in told.items() if ids}


def as_the_lab_has_it(fleet: Fleet, report: AuditReport) -> None:
    """Hold that exactly those links are up whose both sides accept each other by the graph."""
    accepted: dict[tuple[str, ...], bool] = {}
    for check in report.trust.checks:
        link = (check.relation.name, *sorted((check.presenter, check.verifier)))
        if check.relation.name == "cluster" and check.relation.presenter == "callbridge":
            continue  # the lab's peers show their Web Admin's
        accepted[link] = accepted.get(link, True) and check.acceptance.verdict in {*ACCEPTING, Verdict.UNCHECKED}
    names = {"web bridge": "web bridge", "xmpp cluster": "xmpp"}
    up: dict[tuple[str, ...], bool] = {}
    for one in fleet.links.all():
        link = (names.get(one.kind, one.kind), *sorted((one.client[0], one.server[0])))
        up[link] = up.get(link, True) and one.up
    assert up == accepted and up


@pytest.mark.parametrize(("generation", "stores"), [(3, "ca"), (3, "leafs"), (2, "ca")])
def test_the_graph_is_as_the_lab_has_it(lab: Lab, generation: Any, stores: Any) -> None:
    fleet = lab(deployment(stores, generation=generation), release={2: "2.9.5", 3: "3.9.1"}[generation])
    report = audit.run(nornir(fleet))
    as_the_lab_has_it(fleet, report)
    ids = {id_ for each in found(report).values() for id_ in each}
    assert ids == ({"store-of-leafs"} if stores == "leafs" or generation == 2 else set())
    assert report.trust.not_placed == () and not any(each.is_assumed for each in report.trust.checks)


def test_a_node_shows_which_systems_outside_it_works_with(lab: Lab) -> None:
    fleet = lab(deployment())
    assert audit.run(nornir(fleet)).trust.outside == ()
    with Client(fleet, "lon-1") as client:
        client.run("callbridge ucm certs services-ca.cer")
    [link] = document(audit.run(nornir(fleet)))["trust"]["outside"]
    assert (link["system"], link["node"], link["file"]) == ("CUCM", "lon-1", "services-ca.cer")
    assert link["use"] == "callbridge ucm trusted certificates" and link["until"] is not None


END = b"-----END CERTIFICATE-----\n"


def leaf(fleet: Fleet, node: str, file: str) -> bytes:
    """The first certificate of a file."""
    return (fleet.nodes[node].files / file).read_bytes().partition(END)[0] + END


def test_what_breaks_is_found_and_is_down_in_the_lab(lab: Lab) -> None:
    fleet = lab(deployment("leafs"))
    bridge = fleet.nodes["lon-edge-1"]
    # The scheduler of lon-1 goes missing from a Web Bridge's store, and the store of lon-2's Call Bridge as a whole.
    known = [("lon-1", "callbridge.cer"), ("lon-2", "callbridge.cer"), ("lon-2", "scheduler-c2w.cer")]
    (bridge.files / "webbridge3-c2w-trust.cer").write_bytes(b"".join(leaf(fleet, *one) for one in known))
    del fleet.nodes["lon-2"].services["callbridge"].names["c2w trust"]
    for node in fleet.nodes.values():
        node.wake()
    report = audit.run(nornir(fleet))
    as_the_lab_has_it(fleet, report)
    assert "scheduler-not-trusted" in found(report)["lon-edge-1"]
    assert "store-not-set" in found(report)["lon-2"]
    told = next(one for one in report.clusters[1].nodes[0].findings if one.id == "scheduler-not-trusted")
    assert (told.severity, told.file) == ("unfit", "webbridge3-c2w-trust.cer")
    assert "of scheduler of lon-1:" in told.message and "`webbridge3 c2w trust`" in told.cure
    assert report.code == 4
    written = document(report)["trust"]["checks"]
    broken = [each for each in written if each["breaks"] == "now"]
    assert {(each["presenter"]["node"], each["verifier"]["node"]) for each in broken} == {
        ("lon-1", "lon-edge-1"), ("lon-edge-1", "lon-2"), ("lon-edge-2", "lon-2"),
    }  # fmt: skip
    assert {each["severity"] for each in broken} == {"unfit"}


def test_a_server_of_which_nobody_says_whom_it_serves(lab: Lab) -> None:
    nr = nornir(lab(deployment()))
    for name, site in (("lon-edge-1", "oslo"), ("lon-edge-2", "london")):
        data = nr.inventory.hosts[name].data
        del data["serves"]
        data["site"] = site
    report = audit.run(nr)
    assert report.trust.not_placed == ("lon-edge-1",)
    assert document(report)["trust"]["not_placed"] == ["lon-edge-1"]
    links = {name: [each for each in report.trust.checks if each.verifier == name] for name in nr.inventory.hosts}
    assert links["lon-edge-1"] == [] and links["lon-edge-2"] and links["lon-media"]
    assert all(each.is_assumed for each in links["lon-edge-2"])
    assert not any(each.is_assumed for each in links["lon-media"])


# What is found, edge by edge.


def one(sha: str, *, subject: str = "CN=leaf", issuer: str = "CN=CA", days: float = 300, ca: bool = False) -> Held:
    return Held(sha * 64, subject, issuer, NOW + days * DAY, ca)


ROOT = one("1", subject="CN=CA", ca=True, days=3000)
LEAF = one("2")


def between(
    store: tuple[Held, ...] | None = None,
    leaf: Held = LEAF,
    *,
    relation: tuple[str, str, str, str] = ("callbridge", "webbridge3", "c2w", "c2w trust bundle"),
    assumed: bool = False,
    off: frozenset[str] = frozenset(),
) -> tuple[Check, ...]:
    """The one edge from a service of `a` to one of `b`."""
    presenter, verifier, own, words = relation
    shown = Peer(
        (Pair(presenter, f"{presenter} {'c2w ' if presenter == 'scheduler' else ''}certificate", "a.cer", (leaf,)),),
        (),
        off,
    )
    stores = () if store is None else (Store(verifier, f"{verifier} {words}", "trust.cer", store),)
    checking = Peer((Pair(verifier, " ".join((verifier, *own.split(), "certificate")), "b.cer", (one("9"),)),), stores)
    checks = checks_of({"a": shown, "b": checking}, {name: Membership("lon") for name in "ab"})
    return tuple(replace(each, is_assumed=assumed) for each in checks if each.presenter == "a")


def told(checks: tuple[Check, ...], due_days: int = 30) -> list[tuple[str, str]]:
    everything = peer_findings(checks, NOW, due_days)
    assert set(everything) <= {"b"}, "it is told of the node whose store it is"
    return [(each.id, each.severity) for each in everything.get("b", ())]


SCHEDULER = ("scheduler", "webbridge3", "c2w", "c2w trust bundle")
OLD = ("callbridge", "webbridge", "", "trust bundle")


@pytest.mark.parametrize(
    ("checks", "expected", "severity"),
    [
        (between((ROOT,)), [], "ok"),
        (between((ROOT, LEAF)), [], "ok"),
        (between((LEAF,)), [("store-of-leafs", "note")], "note"),
        (between((LEAF,), relation=OLD), [("store-of-leafs", "note")], "note"),
        (between((ROOT,), relation=OLD), [("call-bridge-not-trusted", "unfit")], "unfit"),
        (between((one("3"),)), [("call-bridge-not-trusted", "unfit")], "unfit"),
        (between((one("3"),), relation=SCHEDULER), [("scheduler-not-trusted", "unfit")], "unfit"),
        (between((one("3"),), assumed=True), [("call-bridge-not-trusted", "note")], "note"),
        (between(), [("store-not-set", "unfit")], "unfit"),
        (between((one("3"),), off=frozenset({"callbridge"})), [], "note"),
        (between((one("4", subject="CN=CA", issuer="CN=Top", ca=True),)), [("store-without-root", "note")], "note"),
        (between((replace(ROOT, not_after=NOW + 100 * DAY),)), [("store-ends", "note")], "ok"),
        (between((replace(ROOT, not_after=NOW + 10 * DAY),)), [("store-ends", "due")], "due"),
        (between((replace(ROOT, not_after=NOW - DAY),)), [("store-ends", "expired")], "expired"),
        (between((ROOT,), replace(LEAF, not_after=NOW + 10 * DAY)), [], "due"),
        (between((LEAF,), replace(LEAF, not_after=NOW + 10 * DAY)), [("store-of-leafs", "note")], "due"),
    ],
)  # fmt: skip
def test_what_is_found_of_an_edge(checks: tuple[Check, ...], expected: list[tuple[str, str]], severity: str) -> None:
    assert told(checks) == expected
    assert [severity_of(each, NOW, 30) for each in checks] == [severity]


def test_of_two_certificates_of_a_peer_one_may_be_enough() -> None:
    def peer(*content: Held) -> Peer:
        pairs = (
            Pair("callbridge", "callbridge certificate", "cb.cer", (LEAF,)),
            Pair("webadmin", "webadmin certificate", "wa.cer", (one("5"),)),
        )
        return Peer(
            pairs, (Store("callbridge", "callbridge callbridge cluster trusted certificates", "t.cer", content),)
        )

    members = {name: Membership("lon") for name in "ab"}
    for content, expected in (
        ((LEAF,), {"half-trusted", "store-of-leafs"}),
        ((one("6"),), {"call-bridge-not-trusted"}),
    ):
        checks = checks_of({"a": peer(*content), "b": peer(*content)}, members)
        assert {each.id for each in peer_findings(checks, NOW, 30)["a"]} == expected


def test_one_finding_for_a_store_whoever_it_is_about() -> None:
    edge = between((one("3"),))[0]
    many = tuple(replace(edge, presenter=f"cms-{number}") for number in range(8))
    (finding,) = peer_findings(many, NOW, 30)["b"]
    assert isinstance(finding, Finding)
    assert "callbridge of cms-4 and 3 more: webbridge3 refuses" in finding.message
    assert finding.message.count("callbridge of") == 5


def test_each_finding_of_the_graph_is_on_the_page() -> None:
    assert all(f"| `{id_}` |" in page() for id_ in PEER_IDS)


def test_an_end_of_many_edges_is_kept_once() -> None:
    # 10,000 nodes have 50,000 edges, and their ends would take more memory than all else of the document.
    checks = trust_graph("lon", edges=3)["checks"]
    presented = [check["presenter"] for check in checks if check["presenter"]["node"] == "lon-1"]
    assert len(presented) > len({id(one) for one in presented}) == len({str(one) for one in presented})
