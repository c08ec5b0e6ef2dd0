"""In which groups services are renewed: a cluster with all that serves it, else the servers of a site."""

from __future__ import annotations

import pytest

from mmpctl.inventory.deployments import group_of, groups_of, is_standalone, with_neighbours
from mmpctl.inventory.load import load
from mmpctl.inventory.nodes import nodes_of
from tests.support.inventories import Write

HOSTS = """\
x: {hostname: 127.70.1.1, data: {site: north, cluster: c, role: master}}
near: {hostname: 127.70.1.2, data: {site: north, serves: c}}
y: {hostname: 127.70.1.3, data: {site: north, cluster: d, role: master}}
far: {hostname: 127.70.1.4, data: {site: south, serves: c}}
lone-1: {hostname: 127.70.1.5, data: {site: north}}
lone-2: {hostname: 127.70.1.6, data: {site: "a/b"}}
lone-3: {hostname: 127.70.1.7, data: {site: north}}
bare: {hostname: 127.70.1.8}
z: {hostname: 127.70.1.9, data: {site: south, cluster: e, role: master}}
south: {hostname: 127.70.1.10, data: {site: south}}
"""
GROUPS = {
    "standalone servers of north": ["lone-1", "lone-3"],
    "standalone servers of a-b": ["lone-2"],
    "standalone servers": ["bare"],
    "standalone servers of south": ["south"],
    "c": ["near", "far", "x"],
    "d": ["y"],
    "e": ["z"],
}


def test_a_cluster_is_one_group_with_all_that_serve_it_and_the_others_are_one_a_site(write: Write) -> None:
    nr = load(write(hosts=HOSTS))
    assert {group.unit_name: [node.name for node in group.nodes] for group in groups_of(nr)} == GROUPS
    assert [group.unit_name for group in groups_of(nr)] == list(GROUPS)
    assert [name for name in GROUPS if is_standalone(name)] == list(GROUPS)[:4]
    for host in nr.inventory.hosts.values():
        assert host.name in GROUPS[group_of(host)]


def test_a_part_of_the_inventory_has_the_same_groups(write: Write) -> None:
    nr = load(write(hosts=HOSTS)).filter(filter_func=lambda host: host.name in ("x", "lone-1"))
    assert [group_of(host) for host in nr.inventory.hosts.values()] == ["c", "standalone servers of north"]


@pytest.mark.parametrize(
    ("chosen", "together"),
    [
        ("near", {"near", "far", "x"}),
        ("y", {"y"}),
        ("lone-3", {"lone-1", "lone-3"}),
        # The only cluster of its site: both are looked at, although nobody says that they work together.
        ("south", {"south", "z"}),
        ("z", {"south", "z"}),
    ],
)
def test_whoever_is_chosen_brings_its_group_and_all_that_may_check_it(
    write: Write, chosen: str, together: set[str]
) -> None:
    assert with_neighbours({chosen}, nodes_of(load(write(hosts=HOSTS)))) == together
