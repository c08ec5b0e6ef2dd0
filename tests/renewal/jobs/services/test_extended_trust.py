"""Stores that would refuse a new certificate hold more before it is used: no link is down for want of trust."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mmpctl.cluster.step import Step
from mmpctl.display.events import Silent
from mmpctl.errors import MmpError, UsageError
from mmpctl.lab.authority import Authority
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import FleetSpec, deployment
from mmpctl.renewal.context import Watch
from mmpctl.runs.ending import Ending
from tests.proof.boundaries import AFTER, BEFORE, Point
from tests.proof.death import Death, Mortal
from tests.support.gate import some
from tests.support.lab import Lab
from tests.support.lab_client import Client
from tests.support.service_runs import LIMITS, leaf_in_use, new_leaf, renewed, resumed, told

CALLS = frozenset({"lon-1", "lon-2"})
EDGES = ("lon-edge-1", "lon-edge-2")
OUTSIDE = frozenset({"CUCM", "CMM", "TMS", "Expressway", "SIP"})


class LinksWatched(Silent):
    """Looks at all links whenever a service was proved: then every service is on."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.proved: list[str] = []
        self.down: list[str] = []

    def ends(self, unit: str, step: Step, error: MmpError | None) -> None:
        """Note which links do not work."""
        if step.action == "prove" and error is None:
            self.proved.append(f"{step.part} of {step.node}")
            self.down += [f"{self.proved[-1]}: {link}" for link in self.fleet.links.down()]


def files_of(fleet: Fleet) -> dict[tuple[str, str], bytes]:
    return {
        (name, path.name): path.read_bytes() for name, node in fleet.nodes.items() for path in node.files.glob("*.cer")
    }


def of_another_ca(fleet: Fleet, folder: Path) -> Path:
    """New files for all services, of a CA that nobody here knows."""
    now = dt.datetime.now(dt.timezone.utc)
    [services] = fleet.deployments.values()
    services.authority = Authority("another CA", now - dt.timedelta(days=1), now + dt.timedelta(days=3000), "ec")
    services.renewed(folder)
    return folder


def test_lists_of_certificates_get_the_new_ones_before_a_web_bridge_presents_them(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment("leafs"))
    before, watched = files_of(fleet), LinksWatched(fleet)
    watch = Watch(watched, limits=LIMITS)
    report = renewed(fleet, tmp_path, "webbridge3", drop_calls=CALLS, watch=watch)
    assert [(one.name, one.outcome, one.reason) for one in report.clusters] == [("lon-prod", Ending.RENEWED, None)]
    lines = [line.split() for line in told(fleet, "webbridge3", "callbridge", "scheduler")]
    assert [" ".join(line[:4]) for line in lines if "trust" in line] == [
        "lon-1 scheduler c2w trust",
        "lon-2 scheduler c2w trust",
        "lon-1 callbridge trust c2w",
        "lon-2 callbridge trust c2w",
    ]
    # Nobody presents anything new before all of them accept it.
    first = next(number for number, line in enumerate(lines) if "certs" in line)
    assert all("trust" not in line and "restart" not in line for line in lines[first:])
    assert watched.proved == [
        *(f"{service}-trust of {node}" for service in ("scheduler", "callbridge") for node in sorted(CALLS)),
        *(f"webbridge3 of {node}" for node in EDGES),
    ]
    assert watched.down == []
    for node in EDGES:
        assert leaf_in_use(fleet, node, "webbridge3", "c2w") == new_leaf(fleet, node, "webbridge3", "c2w")
    # Nothing was overwritten, and what was trusted before is trusted still.
    after = files_of(fleet)
    assert {place: after[place] for place in before} == before
    for node in CALLS:
        store = fleet.nodes[node].services["callbridge"].running["c2w trust"]  # type: ignore[index]
        assert store.startswith(before[node, "callbridge-c2w-trust.cer"])
        assert store.count(b"BEGIN CERTIFICATE") == 5  # two before, two new, and their CA


@pytest.mark.gate
def test_a_call_bridge_of_another_ca_is_accepted_by_all_before_it_presents_it(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    certs, watched = of_another_ca(fleet, tmp_path / "certs"), LinksWatched(fleet)
    options = {"drop_calls": CALLS, "certs": certs, "done": OUTSIDE, "watch": Watch(watched, limits=LIMITS)}
    report = renewed(fleet, tmp_path, "callbridge", **options)
    assert [(one.name, one.outcome, one.reason) for one in report.clusters] == [("lon-prod", Ending.RENEWED, None)]
    assert watched.down == []
    assert watched.proved == [
        *(f"webbridge3-trust of {node}" for node in EDGES),
        "recorder-trust of lon-media",
        "streamer-trust of lon-media",
        *(f"callbridge-trust of {node}" for node in sorted(CALLS)),
        *(f"callbridge of {node}" for node in sorted(CALLS)),
    ]
    for node in CALLS:
        assert leaf_in_use(fleet, node, "callbridge") == (certs / node / "callbridge" / "cert.cer").read_bytes()
    again = renewed(fleet, tmp_path, "callbridge", drop_calls=CALLS, certs=certs, done=OUTSIDE)
    assert {one.outcome for one in again.clusters} == {Ending.NOTHING_TO_DO}


@pytest.mark.gate
def test_a_recorder_that_is_renewed_is_given_whom_to_trust_with_its_own_files(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    certs, watched = of_another_ca(fleet, tmp_path / "certs"), LinksWatched(fleet)
    services = ("recorder", "streamer", "webadmin", "callbridge")
    options = {"drop_calls": CALLS, "certs": certs, "done": OUTSIDE, "watch": Watch(watched, limits=LIMITS)}
    report = renewed(fleet, tmp_path, *services, **options)
    assert [(one.name, one.outcome, one.reason) for one in report.clusters] == [("lon-prod", Ending.RENEWED, None)]
    assert watched.down == [] and "recorder-trust of lon-media" not in watched.proved


def typed(fleet: Fleet, *commands: str) -> None:
    with Client(fleet, "lon-media") as client:
        for command in commands:
            client.run(command)


def test_no_renewal_brings_the_first_file_of_whom_a_recorder_trusts(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    typed(fleet, "recorder disable", "recorder sip certs recorder-sip.key recorder-sip.cer", "recorder enable")
    certs = of_another_ca(fleet, tmp_path / "certs")
    report = renewed(fleet, tmp_path, "recorder", certs=certs)
    assert [(one.outcome, one.reason) for one in report.clusters] == [(Ending.RENEWED, None)]
    # With a list of its own it would refuse the Call Bridges, which are of another CA.
    assert fleet.links.down() == []
    assert report.folder is not None
    [planned] = json.loads((report.folder / "plan.json").read_text())["clusters"]
    assert [note for note in planned["notes"] if "bundle.cer is not sent: recorder of lon-media has no file" in note]


@pytest.mark.gate
@pytest.mark.parametrize("spoil", [lambda held: held + b"-----BEGIN CERTIFICATE-----\nAAAA\n", lambda held: b"none\n"])
def test_a_list_that_is_not_read_whole_is_not_replaced(
    lab: Lab, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    fleet = lab(deployment())
    file = fleet.nodes["lon-media"].files / "services-ca.cer"
    file.write_bytes(spoil(file.read_bytes()))
    [group] = renewed(fleet, tmp_path, "recorder", certs=of_another_ca(fleet, tmp_path / "certs")).clusters
    assert (group.outcome, told(fleet, "recorder")) == (Ending.REFUSED, []), group.reason
    assert group.reason is not None and "services-ca.cer of lon-media says whom recorder trusts" in group.reason


def test_a_service_that_does_not_start_with_more_trust_gets_its_old_file_again(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment("leafs"), faults=[Fault("lon-1", "service", "fail", match="callbridge restart", text="no")])
    before = {node: fleet.nodes[node].services["callbridge"].names["c2w trust"] for node in CALLS}
    [group] = renewed(fleet, tmp_path, "webbridge3", drop_calls=CALLS).clusters
    assert (group.outcome, group.code) == (Ending.STOPPED, 7), group.reason
    assert [f"{one.part} {one.outcome}" for one in group.units if one.node in ("lon-1", EDGES[0])] == [
        "scheduler-trust renewed",
        "callbridge-trust stopped",
        "webbridge3 not started",
    ]
    assert {node: fleet.nodes[node].services["callbridge"].names["c2w trust"] for node in CALLS} == before
    assert told(fleet, "webbridge3") == [] and fleet.links.down() == []
    fleet.faults.clear()
    assert [one.outcome for one in resumed(fleet, tmp_path).clusters] == [Ending.RENEWED]
    assert fleet.links.down() == []


@pytest.mark.parametrize(
    "what",
    some(
        [
            "intent upload:lon-1",
            "intent trust:lon-1/callbridge-trust trust c2w",
            "outcome trust:lon-1/callbridge-trust trust c2w done",
            "intent restart:lon-1/callbridge-trust",
            "outcome restart:lon-1/callbridge-trust done",
            "outcome prove:lon-1/callbridge-trust done",
            "intent trust:lon-2/scheduler-trust c2w trust",
            "intent enable:lon-2/scheduler-trust",
            "outcome prove:lon-2/callbridge-trust done",
        ],
        every=5,
    ),
)
def test_a_run_that_died_on_the_way_extends_what_is_left(lab: Lab, tmp_path: Path, what: str) -> None:
    fleet = lab(deployment("leafs"))
    point = Point(what, AFTER if what.startswith("outcome") else BEFORE)
    with pytest.raises(Death), Mortal(point, fleet.folder / "lab.log").living():
        renewed(fleet, tmp_path, "webbridge3", drop_calls=CALLS)
    watched = LinksWatched(fleet)
    report = resumed(fleet, tmp_path, watch=Watch(watched, limits=LIMITS))
    assert [(one.name, one.outcome, one.reason) for one in report.clusters] == [("lon-prod", Ending.RENEWED, None)]
    assert watched.down == [] and watched.proved[-1] == f"webbridge3 of {EDGES[1]}"
    assert fleet.links.down() == []


def with_uploader() -> FleetSpec:
    """The deployment whose recorder's server uploads what it records."""
    fleet = deployment("leafs")
    *edges, media = fleet.others
    return replace(fleet, others=(*edges, replace(media, services=(*(media.services or ()), "uploader"))))


@pytest.mark.gate
def test_an_uploader_trusts_the_new_certificate_before_web_admin_presents_it(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(with_uploader())
    watched = LinksWatched(fleet)
    report = renewed(fleet, tmp_path, "webadmin", watch=Watch(watched, limits=LIMITS), drop_calls=CALLS, done=OUTSIDE)
    assert [one.outcome for one in report.clusters] == [Ending.RENEWED], report.clusters[0].reason
    assert watched.down == [] and fleet.links.down() == []
    assert [line.split()[2] for line in told(fleet, "uploader")] == ["disable", "cms", "enable"]
    assert watched.proved.index("uploader-trust of lon-media") < watched.proved.index("webadmin of lon-media")
    assert fleet.nodes["lon-media"].services["uploader"].running is not None
    # It has no certificate: nobody can have it renewed.
    with pytest.raises(UsageError, match="--service uploader: no such service can be renewed"):
        renewed(fleet, tmp_path, "uploader")


@pytest.mark.gate
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_store_that_was_changed_since_the_run_began_is_judged_again(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    point = Point("intent upload:lon-edge-1", BEFORE)
    with pytest.raises(Death), Mortal(point, fleet.folder / "lab.log").living():
        renewed(fleet, tmp_path, "webbridge3")
    # Somebody makes a list of the present certificates of what was a CA.
    core, edge = (fleet.nodes[name].files for name in ("lon-1", "lon-edge-1"))
    leafs = (edge / "webbridge3-c2w.cer").read_text().partition("-----END CERTIFICATE-----\n")
    (core / "by-hand.cer").write_text("".join(leafs[:2]))
    with Client(fleet, "lon-1") as client:
        client.run("callbridge trust c2w by-hand.cer")
    [group] = resumed(fleet, tmp_path).clusters
    assert (group.outcome, told(fleet, "webbridge3")) == (Ending.REFUSED, []), group.reason
    assert group.reason is not None and "by-hand.cer on lon-1" in group.reason, group.reason
