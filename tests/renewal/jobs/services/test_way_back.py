"""A service that does not come up as it must gets its old files again, is on, is proved; and the run stops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import deployment
from mmpctl.runbooks.renew import RenewReport
from mmpctl.runs.ending import Ending
from tests.support.lab import Lab
from tests.support.service_runs import leaf_in_use, new_leaf, renewed, resumed, told

NODE = "lon-edge-1"


def at_start(kind: str, text: str = "") -> Fault:
    return Fault(NODE, "service", kind, match="webbridge3 enable", text=text)


def is_as_it_was(fleet: Fleet, before: dict[str, bytes | None]) -> bool:
    return {pair: leaf_in_use(fleet, NODE, "webbridge3", pair) for pair in before} == before


def in_use(fleet: Fleet) -> dict[str, bytes | None]:
    return {pair: leaf_in_use(fleet, NODE, "webbridge3", pair) for pair in ("https", "c2w")}


def units(report: RenewReport) -> list[tuple[str, Ending, str | None]]:
    return [(one.node, one.outcome, one.reason) for one in report.clusters[0].units]


@pytest.mark.parametrize(
    ("fault", "switches", "why"),
    [
        (at_start("fail", "HTTPS certificate chain is not complete"), {}, "reports a failure: HTTPS certificate chain"),
        (at_start("fail", "no"), {"after_failure": "old"}, "reports a failure: no"),
        (at_start("silent"), {}, "prints nothing at all as it starts, which proves nothing"),
        (at_start("ignore"), {}, "presents another certificate"),
        (Fault(NODE, "certs", "ignore", match="webbridge3-c2w"), {}, "shows webbridge3-c2w.key, webbridge3-c2w.cer"),
        (Fault(NODE, "command", "refuse", match="c2w certs", text="ERROR: no"), {}, "was refused: ERROR: no"),
        (
            Fault(NODE, "output", "inject", match="webbridge3 enable", text="Some other line"),
            {},
            "prints lines that are not known as it starts: Some other line",
        ),
    ],
    ids=["failure", "failure, old pair stays", "silence", "wrong leaf", "certs ignored", "certs refused", "odd line"],
)
def test_it_goes_back_to_its_old_files_and_stops(
    lab: Lab, tmp_path: Path, fault: Fault, switches: dict[str, Any], why: str
) -> None:
    fleet = lab(deployment(), faults=[fault], **switches)
    before = in_use(fleet)
    report = renewed(fleet, tmp_path, "webbridge3")
    [edges] = report.clusters
    assert (edges.outcome, edges.code in (6, 7)) == (Ending.STOPPED, True)
    assert edges.reason is not None and why in edges.reason, edges.reason
    assert is_as_it_was(fleet, before) and fleet.links.down() == []
    assert units(report) == [
        (NODE, Ending.STOPPED, "it uses its old files again"),
        ("lon-edge-2", Ending.NOT_STARTED, "its turn did not come"),
    ]
    assert f"webbridge3 of {NODE} uses its old files again, and was proved with them." in edges.advice
    assert [line for line in told(fleet, "webbridge3") if line.startswith("lon-edge-2")] == []
    assert edges.by_hand is not None and (report.folder or tmp_path) / "by-hand.txt"
    # The cause is gone: the same run begins with it once more.
    fleet.faults.clear()
    again = resumed(fleet, tmp_path)
    assert [one.outcome for one in again.clusters] == [Ending.RENEWED], again.clusters[0].reason
    assert leaf_in_use(fleet, NODE, "webbridge3", "https") == new_leaf(fleet, NODE, "webbridge3", "https")
    assert fleet.links.down() == []


def test_a_service_that_cannot_even_go_back_is_named_for_a_person_and_finished_first(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment(), faults=[Fault(NODE, "service", "fail", match="webbridge3 enable", text="no", count=0)])
    before = in_use(fleet)
    edges = renewed(fleet, tmp_path, "webbridge3").clusters[0]
    assert (edges.outcome, edges.code) == (Ending.STOPPED, 7)
    assert edges.reason is not None and "what was to put it right did not end well either" in edges.reason
    assert [line for line in edges.advice if "MAY BE OFF" in line and f"`webbridge3 enable` on {NODE}" in line]
    assert next((one.node, one.outcome, one.more) for one in edges.units) == (NODE, Ending.STOPPED, 7)
    fleet.faults.clear()
    # What was begun to go back is finished; then somebody looks, and the next resume tries the new files again.
    edges = resumed(fleet, tmp_path).clusters[0]
    assert (edges.outcome, edges.code, is_as_it_was(fleet, before)) == (Ending.STOPPED, 6, True)
    assert edges.reason is not None and "has its old files again" in edges.reason
    edges = resumed(fleet, tmp_path).clusters[0]
    assert (edges.outcome, is_as_it_was(fleet, before)) == (Ending.RENEWED, False)
    assert fleet.links.down() == []
