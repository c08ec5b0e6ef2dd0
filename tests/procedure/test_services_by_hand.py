"""Whoever types the procedure of services to the letter has renewed them: whom to trust first, then what is new."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.lab.scenario import deployment
from tests.support.command import Command
from tests.support.follow import follow
from tests.support.lab import Lab
from tests.support.service_runs import leaf_in_use, new_leaf

CALLS = ("--drop-calls", "lon-1", "--drop-calls", "lon-2")


@pytest.mark.gate
def test_the_procedure_of_services_can_be_followed(lab: Lab, mmpctl: Command, tmp_path: Path) -> None:
    fleet = lab(deployment("leafs"))
    wanted = ("--certs", fleet.service_certificates, "--service", "webbridge3", *CALLS)
    planned = mmpctl("plan", *wanted, "--by-hand", "-o", "json", fleet=fleet)
    assert planned.code == 0, planned.err
    [group] = planned.document["clusters"]
    follow(fleet, group["by_hand"], tmp_path)
    for node in ("lon-edge-1", "lon-edge-2"):
        for pair in ("https", "c2w"):
            assert leaf_in_use(fleet, node, "webbridge3", pair) == new_leaf(fleet, node, "webbridge3", pair)
    assert fleet.links.down() == []
    again = mmpctl("plan", *wanted, fleet=fleet)
    assert again.code == 0 and "nothing to do" in again.out.lower()


def test_it_can_be_typed_as_it_is_shown(lab: Lab, mmpctl: Command) -> None:
    fleet = lab(deployment("leafs"))
    wanted = ("--certs", fleet.service_certificates, "--service", "webbridge3", *CALLS, "--by-hand")
    [group] = mmpctl("plan", *wanted, "-o", "json", fleet=fleet).document["clusters"]
    shown = mmpctl("plan", *wanted, fleet=fleet).out
    lines = {line.strip() for line in shown.splitlines()}
    steps = group["by_hand"]["steps"]
    typed = [one["line"] for step in steps for one in step["type"]]
    assert max(len(line) for line in typed) > 100 and not set(typed) - lines
    # A service that is off, or on and not proved, is no place to stop at.
    assert "You may pause" not in shown
    stop = "Do not stop here: the service that was begun on lon-edge-1 is off, or not proved yet."
    assert " ".join(shown.split()).count(stop) == 4
    proofs = [step for step in steps if (step["action"], step["node"]) == ("prove", "lon-edge-1")]
    [https, c2w] = [one["line"] for one in proofs[-1]["type"] if one["where"] == "here"]
    assert https.endswith("</dev/null | openssl x509 -noout -serial -enddate")
    ports = [line.split(" -connect ")[1].split()[0] for line in (https, c2w)]
    told = [sentence for sentence in proofs[-1]["must_see"] if "serial=" in sentence]
    assert [sentence.split(" shows ")[0] for sentence in told] == [
        f"`webbridge3 https` at {ports[0]}",
        f"`webbridge3 c2w` at {ports[1]}",
    ]
