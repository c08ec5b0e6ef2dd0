"""Each service that can be renewed is: a whole run for each, in the release that has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.lab.scenario import deployment
from mmpctl.runs.ending import Ending
from mmpctl.services.renewable import RENEWABLE, renewable
from tests.support.gate import some
from tests.support.lab import Lab
from tests.support.service_runs import leaf_in_use, new_leaf, renewed, told

CALLS = frozenset({"lon-1", "lon-2"})
CORE, EDGE, MEDIA = ("lon-1", "lon-2"), ("lon-edge-1", "lon-edge-2"), ("lon-media",)
SECOND = "2.9.5"
# Service, release, its nodes in their order, its pairs as the lab has them.
TABLE = (
    ("turn", "", EDGE, ("",)),
    ("webbridge3", "", EDGE, ("https", "c2w")),
    ("scheduler", "", CORE, ("https", "c2w")),
    ("recorder", "", MEDIA, ("sip",)),
    ("streamer", "", MEDIA, ("sip",)),
    ("meetingapps", "", MEDIA, ("https",)),
    ("webadmin", "", (*EDGE, *MEDIA, *CORE), ("",)),
    ("callbridge", "", CORE, ("",)),
    ("webbridge", SECOND, EDGE, ("",)),
    ("recorder", SECOND, MEDIA, ("",)),
    ("streamer", SECOND, MEDIA, ("",)),
    ("xmpp", SECOND, CORE, ("",)),
    ("h323_gateway", SECOND, CORE, ("",)),
    ("callbridge", SECOND, CORE, ("",)),
)


@pytest.mark.parametrize(
    ("service", "release", "nodes", "pairs"),
    some(TABLE, every=len(TABLE), ids=[f"{service} {release or 3}" for service, release, *_ in TABLE]),
)
def test_it_is_renewed_on_one_node_after_the_other(
    lab: Lab, tmp_path: Path, service: str, release: str, nodes: tuple[str, ...], pairs: tuple[str, ...]
) -> None:
    fleet = lab(deployment(generation=2), release=release) if release else lab(deployment())
    folder = {pair: pair if service in ("webbridge3", "scheduler") else "" for pair in pairs}
    report = renewed(fleet, tmp_path, service, drop_calls=CALLS)
    assert [(one.name, one.outcome, one.reason) for one in report.clusters] == [("lon-prod", Ending.RENEWED, None)]
    # In releases 2, whoever holds lists of certificates trusts the new ones first.
    units = [one for one in report.clusters[0].units if one.part == service]
    assert [one.node for one in units] == [*nodes] and report.clusters[0].units[-len(units) :] == tuple(units)
    given = [
        line.split()[0] for line in told(fleet, service) if f"{service} certs " in line or f"{pairs[0]} certs " in line
    ]
    assert given[-len(nodes) :] == [*nodes]
    for node in nodes:
        for pair in pairs:
            assert leaf_in_use(fleet, node, service, pair) == new_leaf(fleet, node, service, folder[pair])
    assert fleet.links.down() == []
    # What can be lost is lost on the nodes of the service only.
    assert {event.node for event in fleet.log.select("lost")} <= set(nodes)
    again = renewed(fleet, tmp_path, service, drop_calls=CALLS)
    assert {one.outcome for one in again.clusters} == {Ending.NOTHING_TO_DO}


def test_every_service_that_can_be_renewed_has_its_run() -> None:
    assert {service for service, *_ in TABLE} == {one.name for one in RENEWABLE}
    for service, _, _, pairs in TABLE:
        settings = {one.command.partition(" ")[2] for one in renewable(service).settings}
        assert set(pairs) <= settings, service
