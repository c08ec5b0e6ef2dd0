"""What `status` shows at the beginning of each scenario, and its forms."""

from __future__ import annotations

import pytest

from mmpctl.lab.scenario import Scenario
from tests.support.lab import Lab
from tests.support.lab_client import Client, states

M, S, B, D = "Connected Master", "Connected Slave ( In Sync )", "Connected Slave", "Disconnected"
NODES = ("lon-1", "lon-2", "lon-3", "lon-4")


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("healthy", {"lon-1": (M, S, S), "lon-2": (M, S, S), "lon-3": (M, S, S), "lon-4": (M, S, S)}),
        ("due", {"lon-1": (M, S, S), "lon-2": (M, S, S), "lon-3": (M, S, S), "lon-4": (M, S, S)}),
        ("expired", {"lon-1": (B, D, D), "lon-2": (D, B, D), "lon-3": (D, D, B), "lon-4": (D, D, D)}),
        ("disabled", {"lon-1": (), "lon-2": (), "lon-3": (), "lon-4": ()}),
        ("isolated", {"lon-1": (M, S, D), "lon-2": (M, S, D), "lon-3": (D, D, B), "lon-4": (M, S, D)}),
        ("stale", {"lon-1": (M, S, B), "lon-2": (M, S, B), "lon-3": (M, S, B), "lon-4": (M, S, B)}),
    ],
)
def test_each_node_of_each_scenario(lab: Lab, scenario: Scenario, expected: dict[str, tuple[str, ...]]) -> None:
    fleet = lab(scenario)
    for node in NODES:
        with Client(fleet, node) as client:
            status = client.run("database cluster status")
        assert tuple(states(status).values()) == expected[node]
        assert ("Status                : Disabled\n" in status) is (scenario == "disabled")
        marks = 0 if scenario not in ("expired", "disabled") else 1 if node == "lon-4" else 2
        assert status.count(" (expired)\n") == marks
        assert ("Server Key" in status) is (node != "lon-4")
        assert (f"{fleet.nodes[node].address} (me)" in status) is (node != "lon-4" and scenario != "disabled")
    assert len(fleet.nodes["lon-3"].rows) == {"healthy": 7, "due": 7, "stale": 4}.get(scenario, 6)


def test_an_isolated_node_uses_itself(lab: Lab) -> None:
    fleet = lab("isolated")
    for node, used in (("lon-2", "127.77.1.11"), ("lon-3", "127.77.1.13"), ("lon-4", "127.77.1.11")):
        with Client(fleet, node) as client:
            assert f"Node in use           : {used}\n" in client.run("database cluster status")


def test_a_live_expired_cluster_may_say_that_it_is_disabled(lab: Lab) -> None:
    fleet = lab("expired", expired_shows="disabled")
    with Client(fleet, "lon-1") as client:
        assert client.run("database cluster status").startswith("Status                : Disabled\nNode in use")
        assert client.run("database cluster certs a a a a a").startswith("ERROR: Cannot change certificates")


def test_a_lone_master_may_call_itself_master(lab: Lab) -> None:
    with Client(lab("expired", lone_master="master"), "lon-1") as client:
        assert tuple(states(client.run("database cluster status")).values()) == (M, D, D)


@pytest.mark.parametrize("vocabulary", ["master", "primary"])
def test_vocabularies(lab: Lab, vocabulary: str) -> None:
    fleet = lab("healthy", vocabulary=vocabulary)
    first, second = ("Master", "Slave") if vocabulary == "master" else ("Primary", "Replica")
    with Client(fleet, "lon-2") as client:
        assert tuple(states(client.run("database cluster status")).values()) == (
            f"Connected {first}",
            f"Connected {second} ( In Sync )",
            f"Connected {second} ( In Sync )",
        )
    disabled = lab("disabled", vocabulary="master", question_vocabulary=vocabulary)
    with Client(disabled, "lon-1") as client:
        assert f"will become the {first.lower()} version" in client.run("database cluster initialize")


def test_colons_move_and_indents_differ(lab: Lab) -> None:
    fleet = lab("healthy", columns="moving", indent=4, nodes={"lon-2": {"columns": "one blank", "indent": 0}})
    with Client(fleet, "lon-1") as client:
        lines = [line for line in client.run("database cluster status").splitlines() if ": " in line]
        assert {line.index(":") for line in lines} >= {21, 22, 23, 24, 25}
        assert any(line.startswith("    Server Key") for line in lines)
    with Client(fleet, "lon-2") as client:
        text = client.run("database cluster status")
        assert text.startswith("Status : Enabled\n\nNodes:\n127.77.1.11 : Connected Master\n")
        assert "\nServer Key : dbclusterserver.key\n" in text


def test_words_of_operations_under_way(lab: Lab) -> None:
    fleet = lab("disabled", initialize_seconds=60.0, while_initializing="Enabling")
    with Client(fleet, "lon-1") as client:
        client.run("database cluster initialize", b"Y")
        assert client.run("database cluster status").startswith("Status                : Enabling (Started 0 seconds")
