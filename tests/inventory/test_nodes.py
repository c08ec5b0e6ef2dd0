"""The typed view of the inventory, and addresses compared after resolving them."""

from __future__ import annotations

import socket
import threading

import pytest

from mmpctl.cluster.role import Role
from mmpctl.inventory import addresses
from mmpctl.inventory.addresses import addresses_of, resolve
from mmpctl.inventory.load import load
from mmpctl.inventory.nodes import Node, clusters_of, nodes_of
from tests.support.inventories import Write


def test_nodes_are_typed_and_defaults_filled_in(write: Write) -> None:
    hosts = """\
    x:
      hostname: x.example.com
      data: {site: s, cluster: c, role: primary, db_address: 10.0.0.1, service_address: 10.0.0.2}
    y: {hostname: y.example.com, port: 2022}
    """
    assert nodes_of(load(write(hosts=hosts, defaults="platform: cisco_cms\n"))) == (
        Node("x", "x.example.com", 22, "s", "c", Role.MASTER, "10.0.0.1", service_address="10.0.0.2"),
        Node("y", "y.example.com", 2022, None, None, None, "y.example.com", service_address="y.example.com"),
    )


def test_clusters_have_their_master_first_and_those_without_one_come_last(write: Write) -> None:
    hosts = """\
    edge: {hostname: 127.70.1.9, data: {site: n}}
    x: {hostname: 127.70.1.1, data: {site: n, cluster: c, role: replica}}
    y: {hostname: 127.70.1.2, data: {site: n, cluster: c, role: primary}}
    z: {hostname: 127.70.1.3, data: {site: s, cluster: d, role: master}}
    w: {hostname: 127.70.1.4, data: {site: n, cluster: d, role: client}}
    """
    clusters = clusters_of(load(write(hosts=hosts)))
    seen = [(cluster.name, cluster.site, [node.name for node in cluster.nodes]) for cluster in clusters]
    assert seen == [("c", "n", ["y", "x"]), ("d", None, ["z", "w"]), (None, "n", ["edge"])]
    assert clusters[1].sites == ("n", "s")
    assert [cluster.master.name if cluster.master else None for cluster in clusters] == ["y", "z", None]


def test_an_address_is_its_own_in_canonical_spelling() -> None:
    assert addresses_of("127.70.1.1") == {"127.70.1.1"}
    assert addresses_of("2001:DB8:0::1") == {"2001:db8::1"}
    assert addresses_of("2001:db8::1") == addresses_of("2001:DB8:0:0::1")
    assert not addresses_of("127.70.1.1") & addresses_of("127.70.1.2")


def test_a_name_is_resolved_by_the_system() -> None:
    assert addresses_of("localhost") & {"127.0.0.1", "::1"}
    assert addresses_of("localhost") == addresses_of("LOCALHOST")


def test_an_unknown_name_has_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert addresses_of("a.invalid") == frozenset()


def test_a_silent_resolver_holds_nobody_up_and_what_is_found_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    silent, asked = threading.Event(), []

    def getaddrinfo(name: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        asked.append(name)
        if name == "slow.invalid":
            silent.wait(30)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(addresses, "_known", {})
    try:
        found = resolve(("slow.invalid", "quick.invalid"), timeout=0.5)
        assert found == {"slow.invalid": frozenset(), "quick.invalid": {"192.0.2.7"}}
        assert addresses_of("quick.invalid") == {"192.0.2.7"}
        assert asked.count("quick.invalid") == 1
    finally:
        silent.set()
