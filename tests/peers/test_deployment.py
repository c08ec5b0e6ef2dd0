"""Which nodes work together."""

from __future__ import annotations

import pytest

from mmpctl.peers.deployment import Location, Membership, memberships

CORE = (Location("lon-1", "london", "lon-prod"), Location("osl-1", "oslo", "osl-prod"))


@pytest.mark.parametrize(
    ("server", "others", "expected"),
    [
        (Location("edge", "london", serves="osl-prod"), (), Membership("osl-prod")),
        (Location("edge", "london"), (), Membership("lon-prod", True)),
        (Location("edge", "paris"), (), None),
        (Location("edge"), (), None),
        (Location("edge", "london"), (Location("tst-1", "london", "test"),), None),
        (Location("edge", "london"), (Location("lon-2", "london", "lon-prod"),), Membership("lon-prod", True)),
        # A cluster may span sites.
        (Location("edge", "paris"), (Location("par-1", "paris", "lon-prod"),), Membership("lon-prod", True)),
    ],
)
def test_a_server_outside_serves_whom_the_inventory_names_or_the_only_cluster_near_it(
    server: Location, others: tuple[Location, ...], expected: Membership | None
) -> None:
    found = memberships((*CORE, *others, server))
    assert found.get("edge") == expected
    assert found["lon-1"] == Membership("lon-prod")


def test_without_sites_the_only_cluster_of_the_fleet_is_meant() -> None:
    assert memberships((Location("one", cluster="prod"), Location("edge")))["edge"] == Membership("prod", True)
