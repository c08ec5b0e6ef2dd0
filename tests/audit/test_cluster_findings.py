"""What an audit finds of a cluster as a whole, from what its nodes say: no device."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from mmpctl.audit.cluster_findings import cluster_findings, in_sync, not_well
from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.role import Role
from mmpctl.cluster.status import DatabaseStatus, Member

ADDRESSES = {"lon-1": "10.0.0.1", "lon-2": "10.0.0.2", "lon-3": "10.0.0.3"}
MASTER, SLAVE = "Connected Master", "Connected Slave ( In Sync )"
WELL = {"lon-1": MASTER, "lon-2": SLAVE, "lon-3": SLAVE}


def made(views: dict[str, dict[str, str]]) -> ObservedCluster:
    """A cluster whose nodes see these members; one without a view was not seen."""
    nodes = []
    for name, address in ADDRESSES.items():
        role = Role.MASTER if name == "lon-1" else Role.SLAVE
        members = tuple(Member(ADDRESSES[one], one == name, state) for one, state in views.get(name, {}).items())
        status = DatabaseStatus("Enabled", nodes=members) if name in views else None
        nodes.append(ObservedNode(name, role, address, frozenset({address}), status=status))
    return ObservedCluster("lon-prod", tuple(nodes))


def found(cluster: ObservedCluster) -> list[tuple[str, str]]:
    return [(one.id, one.severity) for one in cluster_findings(cluster, {}, frozenset(ADDRESSES))]


def test_a_cluster_that_is_well() -> None:
    cluster = made(dict.fromkeys(ADDRESSES, WELL))
    assert (found(cluster), in_sync(cluster)) == ([], True)


@pytest.mark.parametrize(
    ("views", "told"),
    [
        (dict.fromkeys(ADDRESSES, dict.fromkeys(ADDRESSES, SLAVE)), "no node shows a master"),
        ({**dict.fromkeys(ADDRESSES, WELL), "lon-1": {"lon-1": MASTER, "lon-2": SLAVE}}, "do not all see the same"),
    ],
)
def test_a_cluster_of_which_each_line_looks_well(views: dict[str, dict[str, str]], told: str) -> None:
    cluster = made(views)
    assert (found(cluster), in_sync(cluster)) == ([], False)
    assert told in not_well(cluster).message and not_well(cluster).severity == "unfit"


def test_what_others_say_of_a_node_that_was_not_seen_is_no_more_than_that() -> None:
    lost = {"lon-1": MASTER, "lon-2": SLAVE, "lon-3": "Disconnected"}
    cluster = made({"lon-1": lost, "lon-2": lost})
    assert (found(cluster), in_sync(cluster)) == ([("not-in-sync", "unknown")], False)
    seen = replace(
        cluster, nodes=tuple(replace(node, status=node.status or DatabaseStatus("Error")) for node in cluster.nodes)
    )
    assert found(seen) == [("not-in-sync", "unfit")]


@pytest.mark.parametrize(
    ("signers", "severity"), [(("leaf", "old"), "note"), (("leaf", "new"), "unfit"), (("leaf",), "unfit")]
)
def test_while_one_ca_follows_another_one_that_all_hold_must_vouch(signers: tuple[str, ...], severity: str) -> None:
    def rows(*cas: str) -> list[SimpleNamespace]:
        own = SimpleNamespace(use="database server", fingerprint="leaf", is_own=True, signers=signers)
        return [own, *(SimpleNamespace(use="database ca", fingerprint=ca, is_own=False, signers=(ca,)) for ca in cas)]

    cluster = made(dict.fromkeys(ADDRESSES, WELL))
    (told,) = cluster_findings(cluster, {"lon-1": rows("old", "new"), "lon-2": rows("old")}, frozenset(ADDRESSES))  # type: ignore[dict-item]
    assert (told.id, told.severity) == ("cas-differ", severity)
