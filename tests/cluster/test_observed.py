"""What is seen of a cluster: who is who, and whether it is healthy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.role import Role
from tests.cluster.cases import make_cluster

ALL = "lon-1 master, lon-2 slave, lon-3 slave"
HEALTHY = {
    "lon-1": f"master | Enabled | {ALL}",
    "lon-2": f"slave | Enabled | {ALL}",
    "lon-3": f"slave | Enabled | {ALL}",
    "lon-4": f"client | Enabled | {ALL}",
}


def changed(**lines: str) -> ObservedCluster:
    """The healthy cluster with some nodes changed (`lon_2` for lon-2)."""
    return make_cluster({**HEALTHY, **{name.replace("_", "-"): line for name, line in lines.items()}})


def test_a_calm_cluster_is_healthy() -> None:
    assert changed().is_healthy()


def test_the_new_words_are_as_healthy() -> None:
    view = "lon-1 primary, lon-2 replica, lon-3 replica"
    lines = {name: line.replace(ALL, view) for name, line in HEALTHY.items()}
    assert make_cluster(lines).is_healthy()


def test_a_client_need_not_show_members() -> None:
    assert changed(lon_4="client | Enabled").is_healthy()


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param({"lon_2": "slave | silent"}, id="a node does not answer"),
        pytest.param({"lon_4": "client | silent"}, id="a client does not answer"),
        pytest.param({"lon_2": "slave | Disabled"}, id="a node has left"),
        pytest.param({"lon_2": f"slave | Error | {ALL}"}, id="a node says Error"),
        pytest.param({"lon_2": f"slave | Enabled | {ALL} | error=no space"}, id="Enabled with an error line"),
        pytest.param({"lon_2": f"slave | Enabled | {ALL} | started=3"}, id="an operation is under way"),
        pytest.param({"lon_2": "slave | Enabled"}, id="a database shows no members"),
        pytest.param({"lon_2": "slave | Enabled | lon-1 master, lon-2 slave"}, id="a member is missing in one view"),
        pytest.param({"lon_2": "slave | Enabled | lon-1 master, lon-2 slave, lon-3 lagging"}, id="not in sync"),
        pytest.param({"lon_2": "slave | Enabled | lon-1 master, lon-2 slave, lon-3 gone"}, id="disconnected"),
        pytest.param({"lon_2": "slave | Enabled | lon-1 master, lon-2 slave, lon-3 odd"}, id="an unknown state"),
        pytest.param({"lon_2": "slave | Enabled | lon-1 slave, lon-2 slave, lon-3 slave"}, id="no master in one view"),
        pytest.param({"lon_2": "slave | Enabled | lon-1 slave, lon-2 master, lon-3 slave"}, id="another master"),
        pytest.param({"lon_2": "slave | Enabled | lon-1 master, lon-2 master, lon-3 slave"}, id="two masters"),
        pytest.param({"lon_4": "client | Enabled | lon-1 master, lon-2 slave, lon-3 gone"}, id="the client's view"),
        pytest.param({"lon_4": f"client | Enabled | {ALL}, lon-4 master"}, id="the client calls itself master"),
        pytest.param({"lon_2": f"slave | Enabled | {ALL}, 10.9.9.9 slave"}, id="a stranger"),
        pytest.param({"lon_2": f"slave | Enabled | {ALL} | me=lon-3"}, id="a node calls itself another"),
    ],
)
def test_not_healthy(lines: dict[str, str]) -> None:
    assert not changed(**lines).is_healthy()


def test_one_node_under_two_addresses_is_as_healthy_as_its_worse_line() -> None:
    for view in ("10.1.0.2 gone, lon-2.example.com slave", "lon-2.example.com gone, 10.1.0.2 slave"):
        line = f"slave | Enabled | lon-1 master, {view}, lon-3 slave"
        cluster = make_cluster({**HEALTHY, "lon-3": line}, {"lon-2.example.com": ["10.1.0.2"]})
        assert not cluster.is_healthy(), view


def test_without_a_node_the_others_are_judged() -> None:
    two = "lon-1 master, lon-2 slave"
    cluster = changed(
        lon_1=f"master | Enabled | {two}",
        lon_2=f"slave | Enabled | {two}",
        lon_3="slave | silent",
        lon_4=f"client | Enabled | {two}",
    )
    assert cluster.is_healthy(frozenset({"lon-3"}))
    assert not cluster.is_healthy()


def test_a_node_left_out_may_be_shown_as_gone_but_never_as_master() -> None:
    for state, healthy in (("gone", True), ("master", False)):
        view = f"lon-1 master, lon-2 slave, lon-3 {state}"
        cluster = changed(
            lon_1=f"master | Enabled | {view}",
            lon_2=f"slave | Enabled | {view}",
            lon_3="slave | silent",
            lon_4=f"client | Enabled | {view}",
        )
        assert cluster.is_healthy(frozenset({"lon-3"})) is healthy


def test_owner_knows_a_node_by_every_address_and_resolved_name() -> None:
    lines = {**HEALTHY, "lon-2": f"{HEALTHY['lon-2']} | known_as=2001:db8::2"}
    cluster = make_cluster(lines, {"db2.example.com": ["10.1.0.2", "198.51.100.2"]})
    for address in ("10.1.0.2", "2001:db8::2", "db2.example.com"):
        assert cluster.owner(address) is cluster.node("lon-2")
    assert cluster.owner("10.9.9.9") is None
    assert cluster.owner("db9.example.com") is None


def test_an_address_of_two_nodes_belongs_to_none() -> None:
    assert make_cluster(HEALTHY, {"db.example.com": ["10.1.0.1", "10.1.0.2"]}).owner("db.example.com") is None


def test_the_masters_are_what_the_databases_say() -> None:
    assert changed().masters == {"lon-1"}
    assert changed(lon_2="slave | Enabled | lon-2 master, 10.9.9.9 master").masters == {"lon-1", "lon-2", "10.9.9.9"}
    assert changed(lon_2="slave | silent", lon_4="client | Enabled | lon-3 master").masters == {"lon-1"}


def test_another_node_may_be_judged_as_master() -> None:
    assert not changed().is_healthy(master="lon-2")
    view = ALL.replace("lon-1 master, lon-2 slave", "lon-1 slave, lon-2 master")
    lines = {name: line.replace(ALL, view) for name, line in HEALTHY.items()}
    assert make_cluster(lines).is_healthy(master="lon-2")
    assert not make_cluster(lines).is_healthy()


def test_nodes_by_name_and_kind() -> None:
    cluster = changed()
    assert cluster.node("lon-3").name == "lon-3"
    with pytest.raises(KeyError):
        cluster.node("lon-9")
    assert [node.name for node in cluster.databases] == ["lon-1", "lon-2", "lon-3"]
    assert [node.name for node in cluster.clients] == ["lon-4"]
    assert cluster.inventory_master.name == "lon-1"


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("Disabled", True),
        ("Disabled | last=database cluster remove", True),
        ("Disabled | last=database  cluster  certs s.key s.cer c.key c.cer ca.cer", True),
        ("Disabled | last=", False),
        ("Disabled | last=database cluster remove | result=Failed", False),
        ("Disabled | last=database cluster remove | result=", False),
        ("Disabled | last=database cluster removed", False),
        ("Disabled | last=database cluster remove now", False),
        ("Disabled | last=database cluster join 10.1.0.1", False),
        ("Enabled | last=database cluster remove", False),
        ("Error | last=database cluster remove", False),
        ("silent", False),
    ],
)
def test_a_node_has_left_when_it_shows_it(line: str, left: bool) -> None:
    assert changed(lon_2=f"slave | {line}").node("lon-2").has_left is left


def test_a_node_answers_when_it_has_a_status() -> None:
    node = changed().node("lon-1")
    assert node.answers
    assert not replace(node, status=None).answers
    assert not ObservedNode("x", Role.SLAVE, "10.1.0.9", frozenset({"10.1.0.9"}), error="refused").answers


@pytest.mark.parametrize(
    ("line", "healthy"),
    [
        ("Connected", True),
        ("Connected | lon-1 lagging", True),
        ("Enabled | lon-1 master, lon-2 lagging, lon-3 odd", True),
        ("Connected | lon-1 master, lon-2 gone", False),
        ("Connected | lon-2 master", False),
        ("Connected | 10.9.9.9 lagging", False),
        ("Connected | started=3", False),
        ("CONNECTING", False),
        ("Disabled", False),
        ("Error", False),
    ],
)
def test_a_client_has_its_own_words_and_names_what_it_likes(line: str, healthy: bool) -> None:
    assert changed(lon_4=f"client | {line}").is_healthy() is healthy


@pytest.mark.parametrize(
    ("line", "settled", "enabled"),
    [
        ("slave | Enabled", True, True),
        ("slave | Disabled", True, False),
        ("slave | Connected", False, False),
        ("slave | Enabled | started=1", False, False),
        ("slave | silent", False, False),
        ("client | Connected", True, True),
        ("client | Disabled", True, False),
        ("client | Error", True, False),
        ("client | Disabling", False, False),
        ("client | Connected | started=1", False, False),
        ("client | silent", False, False),
    ],
)
def test_settled_and_enabled(line: str, settled: bool, enabled: bool) -> None:
    node = changed(lon_2=line).node("lon-2")
    assert (node.settled, node.is_enabled) == (settled, enabled)


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("silent", None),
        ("Enabled", None),
        ("Enabled | lon-1 master, lon-2 slave", "10.1.0.2"),
        ("Enabled | lon-1 master, lon-2 slave | me=nobody", "10.1.0.2"),
        ("Enabled | lon-2 slave, DB2.example.com slave | me=nobody", None),
        ("Enabled | 10.9.9.9 slave | me=nobody", "10.9.9.9"),
        ("Enabled | lon-1 master | me=nobody", None),
        ("Enabled | 10.9.9.9 slave, lon-1 master | me=nobody", None),
        ("Enabled | 10.9.9.9 slave, lon-2 slave | me=10.9.9.9", "10.9.9.9"),
    ],
)
def test_the_own_line_of_a_node(line: str, address: str | None) -> None:
    cluster = make_cluster({**HEALTHY, "lon-2": f"slave | {line}"}, {"db2.example.com": ["10.1.0.2"]})
    own = cluster.own_line(cluster.node("lon-2"))
    assert (own.address if own else None) == address


def test_addresses_compare_without_case() -> None:
    lines = {**HEALTHY, "lon-2": f"{HEALTHY['lon-2']} | known_as=DB2.Example.com 2001:DB8::2"}
    cluster = make_cluster(lines, {"Alias.example.com": ["2001:db8::2"]})
    for address in ("db2.example.COM", "2001:db8::2", "ALIAS.example.com"):
        assert cluster.owner(address) is cluster.node("lon-2"), address


def test_a_calm_cluster_is_well_and_an_ill_one_is_not() -> None:
    assert changed().is_well()
    assert not changed(lon_2="slave | Disabled").is_well()
    assert changed(lon_2="slave | silent").is_well(frozenset({"lon-2"}))
    assert not changed(lon_2="slave | silent").is_well(frozenset({"lon-3"}))
    assert not changed().is_well(master="lon-2")


@pytest.mark.parametrize(
    ("line", "well"),
    [
        (f"slave | Enabled | {ALL} | expired=s.cer", False),
        (f"slave | Enabled | {ALL} | expired=c.cer", False),
        (f"slave | Enabled | {ALL} | expired=ca.cer", False),
        (f"slave | Enabled | {ALL} | expired=older.cer", True),
    ],
)
def test_a_cluster_with_an_expired_certificate_is_not_well(line: str, well: bool) -> None:
    assert changed(lon_2=line).is_healthy()
    assert changed(lon_2=line).is_well() is well
    assert changed(lon_2=line).is_well(frozenset({"lon-2"}))


@pytest.mark.parametrize(("file", "well"), [("other-s.cer", True), ("c.cer", False), ("ca.cer", False)])
def test_a_client_may_go_on_to_show_an_old_server_pair(file: str, well: bool) -> None:
    assert changed(lon_4=f"client | Enabled | {ALL} | files=stale | expired={file}").is_well() is well


def test_a_node_that_does_not_answer_marks_nothing() -> None:
    assert not changed(lon_2="slave | silent").node("lon-2").uses_expired
