"""Selection: what each option takes, and what is told when it takes nobody."""

from __future__ import annotations

from typing import Any

import pytest
from nornir.core import Nornir

from mmpctl.errors import UsageError
from mmpctl.inventory.load import load
from mmpctl.inventory.select import require_whole_clusters, select
from tests.support.inventories import Write


@pytest.fixture
def nr(write: Write) -> Nornir:
    return load(write())


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["a-1", "a-2", "b-1", "b-2", "b-3", "edge"]),
        ({"sites": ["north"]}, ["a-1", "a-2", "b-2"]),
        ({"sites": ["north", "south"]}, ["a-1", "a-2", "b-1", "b-2", "b-3", "edge"]),
        ({"clusters": ["beta"]}, ["b-1", "b-2", "b-3"]),
        ({"roles": ["master"]}, ["a-1", "b-1"]),
        ({"roles": ["primary"]}, ["a-1", "b-1"]),
        ({"roles": ["slave"]}, ["a-2", "b-2"]),
        ({"roles": ["replica", "client"]}, ["a-2", "b-2", "b-3"]),
        ({"hosts": ["edge", "a-1"]}, ["a-1", "edge"]),
        ({"clusters": ["beta"], "sites": ["south"], "roles": ["client", "slave"]}, ["b-3"]),
        ({"filters": ["site=south"]}, ["b-1", "b-3", "edge"]),
        ({"filters": ["owner=voice", "site=south", "cluster=beta"]}, ["b-1", "b-3"]),
        ({"filters": ["cluster=alpha", "cluster=beta"], "sites": ["north"]}, ["a-1", "a-2", "b-2"]),
        ({"filters": ["rack=7"]}, ["a-2"]),
        ({"filters": ["tags=spare"]}, ["a-2"]),
        ({"filters": ["power__feed=red"]}, ["b-1"]),
        ({"filters": ["role=slave"]}, ["a-2", "b-2"]),
        ({"filters": ["hostname=127.70.0.6"]}, ["edge"]),
    ],
)
def test_within_one_option_or_and_between_them_and(nr: Nornir, asked: dict[str, Any], names: list[str]) -> None:
    assert list(select(nr, **asked).inventory.hosts) == names


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"sites": ["nort"]}, "no node has the site 'nort' · Did you mean 'north'? Known sites: north, south."),
        ({"sites": ["north", "west"]}, "no node has the site 'west' · Known sites: north, south."),
        (
            {"clusters": ["gamma"]},
            "no node has the cluster 'gamma' · Known clusters: alpha, beta.",
        ),
        ({"roles": ["mastr"]}, "no node has the role 'mastr' · Did you mean 'master'? Known roles: "),
        ({"hosts": ["a-3"]}, "Known hosts: a-1, a-2, b-1, b-2, b-3, edge."),
        ({"filters": ["rak=7"]}, "no node has the key 'rak' · Did you mean 'rack'? Known keys: "),
        ({"filters": ["rack=8"]}, "no node has the rack '8' · Known racks: 7."),
        ({"filters": ["rack"]}, "--filter 'rack' is not KEY=VALUE"),
        ({"filters": ["=7"]}, "is not KEY=VALUE"),
        (
            {"clusters": ["alpha"], "sites": ["south"]},
            "no node matches all the given options · Known sites: north, south; known clusters: alpha, beta; "
            "known roles: client, master, slave; known hosts: a-1, a-2, b-1, b-2, b-3, edge.",
        ),
    ],
)
def test_a_selection_of_nobody_lists_the_known_values(nr: Nornir, asked: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError) as caught:
        select(nr, **asked)
    assert told in str(caught.value)


def test_the_selection_leaves_the_whole_inventory_as_it_is(nr: Nornir) -> None:
    select(nr, hosts=["edge"])
    assert len(nr.inventory) == 6


def test_a_part_of_a_cluster_is_refused_with_the_missing_nodes(nr: Nornir) -> None:
    with pytest.raises(UsageError) as caught:
        require_whole_clusters(nr, select(nr, sites=["north"]))
    assert "beta without b-1, b-3" in str(caught.value)
    assert "alpha" not in str(caught.value)


def test_whole_clusters_pass_with_or_without_nodes_of_no_cluster(nr: Nornir) -> None:
    require_whole_clusters(nr, nr)
    require_whole_clusters(nr, select(nr, clusters=["beta"]))
    require_whole_clusters(nr, select(nr, hosts=["a-1", "a-2", "edge"]))


def test_a_selection_without_any_cluster_is_refused_where_clusters_are_needed(nr: Nornir) -> None:
    with pytest.raises(UsageError, match="no database cluster is selected · The clusters are alpha, beta"):
        require_whole_clusters(nr, select(nr, hosts=["edge"]))
