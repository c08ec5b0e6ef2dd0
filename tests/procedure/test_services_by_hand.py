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
