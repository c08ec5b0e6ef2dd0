"""Which site renews what: services only where a site has their group whole, with all that may check them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mmpctl.cluster.role import Role
from mmpctl.errors import UsageError
from mmpctl.inventory.nodes import Node
from mmpctl.reach.address import LocalCommand
from mmpctl.reach.desk import Selected
from mmpctl.reach.services_asked import ServicesAsked
from mmpctl.reach.site_inventory import digest_of, nodes_around
from mmpctl.reach.site_units import UnitAtSite, groups_at_sites
from mmpctl.reach.sites.sites_plan import part_of
from mmpctl.reach.sites_file import RemoteSite
from mmpctl.reach.verbs import PlanRequest


def node(name: str, site: str | None, cluster: str | None = None, serves: str | None = None) -> Node:
    role = None if cluster is None else Role.MASTER if name.endswith("1") else Role.SLAVE
    return Node(name, f"{name}.example.com", 22, site, cluster, role, f"{name}.example.com", serves=serves)


# A cluster that spans two sites, with an edge at each of them and one at a site of its own.
SPANS = (
    node("c-1", "london", "c"),
    node("c-2", "oslo", "c"),
    node("lon-edge", "london", serves="c"),
    node("osl-edge", "oslo", serves="c"),
    node("far-edge", "dmz", serves="c"),
)
ALONE = (node("d-1", "paris", "d"), node("p-1", "paris"), node("p-2", "paris"), node("r-1", "rome"))


def found(everybody: tuple[Node, ...], *names: str, renews: str = "") -> dict[str, UnitAtSite]:
    """The groups of nodes, with the site of each."""
    sites = {
        name: RemoteSite(name, LocalCommand(("true",)), name in renews.split())
        for name in ("london", "oslo", "dmz", "paris")
    }
    chosen = [one for one in everybody if not names or one.name in names]
    return {unit.name: unit for unit in groups_at_sites(Selected(chosen, everybody, sites))}


@pytest.mark.parametrize(
    ("renews", "site"),
    # That of the master, unless another one may renew; who has only an edge does not see it whole.
    [("", "london"), ("oslo", "oslo"), ("dmz", "london"), ("dmz oslo", "oslo")],
)
def test_a_cluster_is_renewed_with_all_that_serve_it_by_a_site_that_has_it_whole(renews: str, site: str) -> None:
    (unit,) = found(SPANS, "far-edge", renews=renews).values()
    assert (unit.name, unit.site, unit.refusal) == ("c", site, "") and unit.nodes == {one.name for one in SPANS}


def test_two_sites_that_could_renew_a_group_are_an_error() -> None:
    with pytest.raises(UsageError, match="two at once would destroy it"):
        found(SPANS, renews="london oslo")


def test_what_no_site_sees_whole_is_refused_with_what_is_missing() -> None:
    # Nobody says whom they serve; they are where there is no other cluster, and may check its certificates.
    odd = (node("odd-1", "london"), node("odd-2", "oslo"))
    unit = found((*SPANS, *odd))["c"]
    assert unit.at is None and unit.site == "london"
    assert "the inventory of the site london lacks odd-2; the inventory of the site oslo lacks odd-1" in unit.refusal
    assert unit.refusal.count("Say with `serves`") == 1, "what helps"
    # With one of them, the other site has all.
    assert found((*SPANS, odd[1]))["c"].site == "oslo"
    told = (node("odd-1", "london", serves="c"), node("odd-2", "oslo", serves="c"))
    assert found((*SPANS, *told))["c"].site == "london"


def test_servers_of_no_cluster_are_renewed_by_site_and_with_those_of_their_cluster_in_sight() -> None:
    units = found((*SPANS, *ALONE))
    assert {name: (unit.at and unit.at.name) for name, unit in units.items()} == {
        "standalone servers of paris": "paris",
        "standalone servers of rome": None,
        "c": "london",
        "d": "paris",
    }
    rome = units["standalone servers of rome"]
    assert (rome.refusal, rome.site) == ("the file of sites has no site rome", "rome")


def test_a_site_gets_what_serves_its_clusters_and_an_edge_learns_nothing_of_what_is_behind_it() -> None:
    around = {site: [one.name for one in nodes_around(site, SPANS)] for site in ("london", "dmz")}
    assert around == {"london": [one.name for one in SPANS], "dmz": ["far-edge"]}


def test_another_cluster_that_a_server_serves_is_another_inventory() -> None:
    other = tuple(node("lon-edge", "london", serves="d") if one.name == "lon-edge" else one for one in SPANS)
    assert digest_of(SPANS) != digest_of(other) and digest_of(SPANS) == digest_of(SPANS[::-1])


def test_a_site_is_asked_about_its_own_nodes_only() -> None:
    units = found((*SPANS, *ALONE))
    names = tuple(one.name for one in (*SPANS, *ALONE))
    wanted = PlanRequest((), services=ServicesAsked(("turn",), names, 3, ("p-1", "c-1"), ("CUCM",)))
    paris = part_of(wanted, [units["standalone servers of paris"], units["d"]])
    assert paris.clusters == ("standalone servers of paris", "d")
    assert paris.services == ServicesAsked(("turn",), ("d-1", "p-1", "p-2"), 3, ("p-1",), ("CUCM",))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"services": ()}, "names no service"),
        ({"nodes": ()}, "or no node"),
        ({"services": ("database",)}, "no such service"),
        ({"done": ("PBX",)}, "no such system"),
        ({"max_calls": -1}, "too small"),
        ({"if_due": 0}, "too small"),
        ({"if_due": 9, "max_calls": 1}, "combines --if-due with calls"),
        ({"if_due": 9, "drop_calls": ("c-1",)}, "combines --if-due with calls"),
    ],
)
def test_a_site_refuses_what_no_command_would_ask_for(changes: Mapping[str, Any], why: str) -> None:
    told: dict[str, Any] = {"services": ("turn",), "nodes": ("c-1",), **changes}
    with pytest.raises(UsageError, match=why):
        ServicesAsked(**told).check()
    ServicesAsked(("turn",), ("c-1",), 0, (), ("CUCM",), 9, True).check()
