"""The lab's deployment: who talks to whom, decided by real handshakes, and what a restart costs."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from mmpctl.lab.authority import Authority
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import Stores, deployment
from tests.support.lab import Lab
from tests.support.lab_client import Client, until

OF_3 = {"c2w": 4, "scheduler": 4, "cluster": 2, "recorder": 2, "streamer": 2}
OF_2 = {"cluster": 2, "recorder": 2, "streamer": 2, "web bridge": 4, "h323": 4, "xmpp cluster": 2}


def start(lab: Lab, stores: Stores = "ca", *, generation: int = 3, **switches: Any) -> Fleet:
    release = {"release": "2.9.5"} if generation == 2 else {}
    return lab(deployment(stores, generation=2 if generation == 2 else 3), **{**release, **switches})


def down(fleet: Fleet) -> set[tuple[str, str]]:
    """The links that are down, by kind and server's node."""
    return {(link.kind, link.server[0]) for link in fleet.links.down()}


def put(fleet: Fleet, node: str, source: Path, name: str) -> str:
    (fleet.nodes[node].files / name).write_bytes(source.read_bytes())
    return name


def type_in(fleet: Fleet, node: str, *commands: str) -> str:
    with Client(fleet, node) as client:
        return "".join(client.run(command) for command in commands)


@pytest.mark.parametrize(("generation", "kinds"), [(3, OF_3), (2, OF_2)])
@pytest.mark.parametrize("stores", ["ca", "leafs"])
def test_all_links_are_up_at_first(lab: Lab, generation: int, kinds: dict[str, int], stores: Stores) -> None:
    fleet = start(lab, stores, generation=generation)
    assert Counter(link.kind for link in fleet.links.all()) == kinds
    assert fleet.links.down() == []
    assert fleet.lost == {}


def test_the_web_bridge_that_is_due_is_renewed_without_a_call_lost(lab: Lab) -> None:
    fleet = start(lab)
    files = fleet.nodes["lon-edge-1"].files
    due = x509.load_pem_x509_certificates((files / "webbridge3-https.cer").read_bytes())[0]
    left = due.not_valid_after_utc - dt.datetime.now(dt.timezone.utc)
    assert left.days in (8, 9)
    new = fleet.service_certificates / "lon-edge-1" / "webbridge3" / "https"
    put(fleet, "lon-edge-1", new / "key.key", "new.key")
    put(fleet, "lon-edge-1", new / "cert.cer", "new.cer")
    said = type_in(
        fleet,
        "lon-edge-1",
        "webbridge3 disable",
        "webbridge3 https certs new.key new.cer",
        "webbridge3 enable",
    )
    assert "FAILURE" not in said
    assert "SUCCESS: Webbridge3 enabled" in said
    assert (fleet.lost, fleet.links.down()) == ({}, [])


def test_a_call_bridge_that_restarts_loses_its_calls(lab: Lab) -> None:
    fleet = start(lab)
    type_in(fleet, "lon-1", "callbridge restart")
    assert fleet.lost == {"callbridge": 12}
    assert fleet.nodes["lon-2"].services["callbridge"].busy == 12


def test_an_operation_of_the_database_restarts_the_call_bridge(lab: Lab) -> None:
    fleet = start(lab)
    fleet.by_hand("lon-2", "database cluster remove")
    until(lambda: bool(fleet.log.select("finished", node="lon-2")), "the end of the remove")
    assert fleet.lost == {"callbridge": 12}


def renewed(lab: Lab, authority: Callable[[Fleet], Authority], stores: Stores, **switches: Any) -> Fleet:
    """The deployment after the C2W certificate of an edge was renewed by an authority, its peers as they were."""
    fleet = start(lab, stores, **switches)
    now = dt.datetime.now(dt.timezone.utc)
    by = authority(fleet)
    names = ("lon-edge-1.example.com",)
    pair = by.issue(names[0], "any", now - dt.timedelta(hours=1), now + dt.timedelta(days=90), names=names)
    files = fleet.nodes["lon-edge-1"].files
    (files / "new.key").write_bytes(pair.key)
    (files / "new.cer").write_bytes(pair.certificate + by.certificate)
    type_in(fleet, "lon-edge-1", "webbridge3 c2w certs new.key new.cer", "webbridge3 restart")
    return fleet


def own(fleet: Fleet) -> Authority:
    return fleet.deployments["lon-prod"].authority


def other(_: Fleet) -> Authority:
    now = dt.datetime.now(dt.timezone.utc)
    return Authority("Another CA", now - dt.timedelta(days=1), now + dt.timedelta(days=900), "ec")


BOTH = {("c2w", "lon-edge-1"), ("scheduler", "lon-edge-1")}


@pytest.mark.parametrize(
    ("authority", "stores", "expected"), [(own, "ca", set()), (own, "leafs", BOTH), (other, "ca", BOTH)]
)
def test_a_store_decides_about_the_new_leaf(
    lab: Lab, authority: Callable[[Fleet], Authority], stores: Stores, expected: set[tuple[str, str]]
) -> None:
    assert down(renewed(lab, authority, stores)) == expected


def test_a_store_that_is_extended_first_takes_both_leafs(lab: Lab) -> None:
    fleet = renewed(lab, own, "leafs")
    new = fleet.nodes["lon-edge-1"].files / "new.cer"
    for node in ("lon-1", "lon-2"):
        files = fleet.nodes[node].files
        both = (files / "callbridge-c2w-trust.cer").read_bytes() + new.read_bytes()
        (files / "both.cer").write_bytes(both)
        type_in(fleet, node, "callbridge trust c2w both.cer")
        assert ("c2w", "lon-edge-1") in down(fleet), "a store counts from the next restart on"
        type_in(fleet, node, "callbridge restart")
    assert down(fleet) == {("scheduler", "lon-edge-1")}


def test_a_leaf_alone_may_not_count_as_a_store(lab: Lab) -> None:
    fleet = start(lab, "leafs", leafs_in_stores="not count")
    assert {kind for kind, _ in down(fleet)} == {"c2w", "scheduler", "cluster"}


@pytest.mark.parametrize(("shown", "expected"), [("webadmin", set()), ("callbridge", {("cluster", "lon-2")})])
def test_what_cluster_peers_show_is_a_switch(lab: Lab, shown: str, expected: set[tuple[str, str]]) -> None:
    fleet = start(lab, "leafs", cluster_link=shown)
    new = fleet.service_certificates / "lon-2" / "callbridge"
    put(fleet, "lon-2", new / "key.key", "new.key")
    put(fleet, "lon-2", new / "cert.cer", "new.cer")
    type_in(fleet, "lon-2", "callbridge certs new.key new.cer", "callbridge restart")
    assert {one for one in down(fleet) if one[0] == "cluster"} >= expected
    assert bool([one for one in down(fleet) if one[0] == "cluster"]) == bool(expected)


def test_a_host_that_is_in_no_certificate_is_refused(lab: Lab) -> None:
    fleet = start(lab)
    pair = fleet.service_certificates / "lon-edge-2" / "webbridge3" / "c2w"
    put(fleet, "lon-edge-1", pair / "key.key", "new.key")
    put(fleet, "lon-edge-1", pair / "cert.cer", "new.cer")
    type_in(fleet, "lon-edge-1", "webbridge3 c2w certs new.key new.cer", "webbridge3 restart")
    assert down(fleet) == BOTH
    assert all("lon-edge-1.example.com" in link.trouble for link in fleet.links.down())


def test_links_of_a_node_that_is_off_or_apart_are_down(lab: Lab) -> None:
    fleet = start(lab)
    fleet.take_down("lon-edge-1")
    assert down(fleet) == BOTH
    fleet.bring_up("lon-edge-1")
    assert fleet.links.down() == []
    fleet.cut_off("lon-media")
    assert down(fleet) == {("recorder", "lon-media"), ("streamer", "lon-media")}


def test_old_web_bridges_want_the_call_bridge_itself_in_their_store(lab: Lab) -> None:
    fleet = start(lab, generation=2)
    new = fleet.service_certificates / "lon-1" / "callbridge"
    put(fleet, "lon-1", new / "key.key", "new.key")
    put(fleet, "lon-1", new / "cert.cer", "new.cer")
    type_in(fleet, "lon-1", "callbridge certs new.key new.cer", "callbridge restart")
    broken = {(link.kind, link.server) for link in fleet.links.down()}
    assert {kind for kind, _ in broken} == {"web bridge", "recorder", "streamer", "h323"}


def test_a_web_bridge_that_failed_is_away_for_all(lab: Lab) -> None:
    fail = Fault("lon-edge-1", "service", "fail", match="webbridge3 restart", text="not enough memory")
    fleet = lab(deployment(), faults=[fail])
    assert "FAILURE: not enough memory" in type_in(fleet, "lon-edge-1", "webbridge3 restart")
    assert down(fleet) == BOTH
