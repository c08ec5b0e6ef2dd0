"""What `status` concludes: a filter changes no verdict, nobody's answer is not seen, and the exit code says it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.scenario import NodeSpec, Scenario, sample, single
from mmpctl.runbooks import status
from tests.support.command import Command
from tests.support.fleet import nornir
from tests.support.lab import Lab

HALF = ("--host", "lon-1", "--host", "lon-2")


@pytest.mark.parametrize(("scenario", "code"), [("healthy", 0), ("due", 0), ("expired", 4), ("stale", 4), ("split", 4)])
def test_the_exit_code_says_whether_all_clusters_are_healthy(
    lab: Lab, mmpctl: Command, scenario: Scenario, code: int
) -> None:
    assert mmpctl("status", fleet=lab(scenario)).code == code


def test_nodes_that_nobody_reached_are_not_seen_and_not_called_ill(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy", faults=[Fault("*", "connect", "refuse", count=0)])
    said = mmpctl("status", fleet=fleet)
    assert said.code == 10
    assert "? NOT SEEN" in said.out and "NOT HEALTHY" not in said.out and "no master" not in said.out
    assert "1 cluster: 0 healthy, 0 not, 1 not seen; 4 nodes not seen" in said.out
    assert "mmpctl audit" not in said.out, "an audit would see nothing either"
    assert "Next: mmpctl status" in said.out
    (cluster,) = mmpctl("status", "-o", "json", fleet=fleet).document["clusters"]
    assert (cluster["verdict"], cluster["healthy"], cluster["judged"]) == ("not seen", False, True)


def test_one_that_cannot_be_reached_from_here_while_the_others_see_it_well_is_not_seen(
    lab: Lab, mmpctl: Command
) -> None:
    said = mmpctl("status", "-o", "json", fleet=lab("healthy", faults=[Fault("lon-3", "connect", "refuse", count=0)]))
    assert said.code == 10 and said.document["clusters"][0]["verdict"] == "not seen"


def test_one_that_is_down_and_whom_the_others_miss_makes_the_cluster_ill(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy")
    fleet.take_down("lon-3")
    said = mmpctl("status", fleet=fleet)
    assert said.code == 4 and "✗ NOT HEALTHY" in said.out


def test_a_node_that_answers_and_tells_nothing_is_not_seen(lab: Lab, mmpctl: Command) -> None:
    said = mmpctl("status", fleet=lab("healthy", nodes={"lon-4": {"may": "nothing"}}))
    assert said.code == 10 and "1 node not understood" in said.out


def test_a_node_without_a_cluster_that_tells_nothing_is_not_seen(lab: Lab, mmpctl: Command) -> None:
    fleet = lab(
        replace(single("healthy"), others=(NodeSpec("edge", "10.0.0.9", "x"),)), nodes={"edge": {"may": "nothing"}}
    )
    assert mmpctl("status", fleet=fleet).code == 10


def test_a_node_without_a_cluster_whose_release_knows_no_database_clusters_is_well(lab: Lab, mmpctl: Command) -> None:
    fleet = lab(
        replace(single("healthy"), others=(NodeSpec("edge", "10.0.0.9", "x"),)),
        nodes={"edge": {"unknown": frozenset({"database"})}},
    )
    said = mmpctl("status", fleet=fleet)
    assert said.code == 0
    assert "no database clusters in this release" in said.out and "not understood" not in said.out
    (edge,) = mmpctl("status", "-o", "json", fleet=fleet).document["clusters"][1]["nodes"]
    assert (edge["reachable"], edge["error"], edge["status"], edge["knows_databases"]) == (True, None, None, False)


def test_a_member_of_a_cluster_that_does_not_know_the_command_is_not_seen(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy", nodes={"lon-4": {"unknown": frozenset({"database"})}})
    assert mmpctl("status", fleet=fleet).code == 10


@pytest.mark.parametrize("scenario", ["healthy", "due", "expired", "split"])
def test_of_a_part_of_a_cluster_no_verdict_is_made(lab: Lab, mmpctl: Command, scenario: Scenario) -> None:
    fleet = lab(scenario)
    said = mmpctl("status", *HALF, fleet=fleet)
    assert "2 of 4 nodes selected: not judged" in said.out and "HEALTHY" not in said.out
    assert "1 cluster: 0 healthy, 0 not, 1 not judged" in said.out
    assert "--cluster lon-prod" in said.out.split("Next:")[1], "how to see it whole"
    assert said.code == 0
    (cluster,) = mmpctl("status", *HALF, "-o", "json", fleet=fleet).document["clusters"]
    assert (cluster["judged"], cluster["healthy"], cluster["verdict"]) == (False, None, "not judged")
    assert cluster["selected"] == {"nodes": 2, "of": 4}


def test_a_part_of_which_a_node_is_silent_is_not_seen_whole(lab: Lab, mmpctl: Command) -> None:
    fleet = lab("healthy", faults=[Fault("lon-2", "connect", "refuse", count=0)])
    assert mmpctl("status", *HALF, fleet=fleet).code == 10


def test_a_filter_changes_no_verdict_and_no_site(lab: Lab, mmpctl: Command) -> None:
    fleet = lab(sample())
    whole = {one["name"]: one for one in mmpctl("status", "-o", "json", fleet=fleet).document["clusters"]}
    for options in (("--site", "oslo"), ("--site", "london"), ("--role", "master"), ("--cluster", "shared-test")):
        for one in mmpctl("status", *options, "-o", "json", fleet=fleet).document["clusters"]:
            if one["name"] is not None:
                assert one["verdict"] in (whole[one["name"]]["verdict"], "not judged"), (options, one["name"])
                assert one["site"] == whole[one["name"]]["site"]
                assert one["judged"] == (one["selected"]["nodes"] == one["selected"]["of"])
        for one in mmpctl("audit", *options, "-o", "json", fleet=fleet).document["clusters"]:
            if one["name"] is not None:
                assert one["site"] == whole[one["name"]]["site"]


def test_a_script_that_filters_by_itself_gets_no_verdict_on_what_lacks_its_master(lab: Lab) -> None:
    (cluster,) = status.run(nornir(lab("healthy")).filter(filter_func=lambda host: host.name != "lon-1")).clusters
    assert (cluster.verdict, cluster.healthy) == ("not judged", False)
