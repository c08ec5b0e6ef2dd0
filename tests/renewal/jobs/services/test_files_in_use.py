"""A service is switched off only if it could start again with all that it has: with old files, and with what stays."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mmpctl.cluster.step import Step
from mmpctl.display.events import Silent
from mmpctl.errors import MmpError
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import deployment
from mmpctl.renewal.context import Watch
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.runs.ending import Ending
from tests.support.lab import Lab
from tests.support.lab_client import Client
from tests.support.service_runs import LIMITS, leaf_in_use, renewed, told

NODE = "lon-edge-1"
HTTPS, C2W = "webbridge3-https", "webbridge3-c2w"


class Uploaded(Silent):
    """Does something once the new files are on the nodes."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act

    def ends(self, unit: str, step: Step, error: MmpError | None) -> None:
        if step.action == "upload":
            self._act()


def ended(fleet: Fleet, place: Path, watch: Watch | None = None) -> UnitOutcome:
    """Only the certificate for browsers is renewed; the other pair stays as it is."""
    shutil.copytree(fleet.service_certificates / NODE / "webbridge3/https", place / f"certs/{NODE}/webbridge3/https")
    more = {} if watch is None else {"watch": watch}
    [group] = renewed(fleet, place, "webbridge3", certs=place / "certs", **more).clusters
    return group


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda files: (files / f"{C2W}.cer").write_text("no certificate\n"), f"{C2W}.cer of {NODE} cannot be read"),
        (lambda files: (files / f"{C2W}.cer").unlink(), f"is set to use {C2W}.cer, which is not on {NODE} any more"),
        (lambda files: (files / f"{HTTPS}.key").unlink(), f"is set to use {HTTPS}.key, which is not on {NODE} any"),
        (
            lambda files: shutil.copy(files / f"{C2W}.key", files / f"{HTTPS}.key"),
            f"is set to use {HTTPS}.key and {HTTPS}.cer, and {NODE} reports that they do not match",
        ),
        (
            lambda files: shutil.copy(files / f"{HTTPS}.key", files / f"{C2W}.key"),
            f"is set to use {C2W}.key and {C2W}.cer, and {NODE} reports that they do not match",
        ),
        (
            lambda files: [shutil.copy(files / f"{HTTPS}.{end}", files / f"{C2W}.{end}") for end in ("key", "cer")],
            f"webbridge3 c2w of {NODE} presents another certificate than the one that it is configured with",
        ),
        (lambda files: (files / "services-ca.cer").unlink(), f"is set to use services-ca.cer, which is not on {NODE}"),
    ],
    ids=["garbled", "gone", "old key gone", "old key replaced", "key replaced", "pair replaced", "trust gone"],
)
def test_files_that_were_replaced_under_it_keep_it_on(
    lab: Lab, tmp_path: Path, spoil: Callable[[Path], object], why: str
) -> None:
    fleet = lab(deployment())
    spoil(fleet.nodes[NODE].files)
    group = ended(fleet, tmp_path)
    assert (group.outcome, told(fleet, "webbridge3")) == (Ending.REFUSED, [])
    assert group.reason is not None and why in group.reason, group.reason


@pytest.mark.parametrize("base", [HTTPS, C2W])
def test_a_key_that_is_replaced_after_the_plan_keeps_it_on(lab: Lab, tmp_path: Path, base: str) -> None:
    fleet = lab(deployment())
    files = fleet.nodes[NODE].files
    watch = Watch(Uploaded(lambda: shutil.copy(files / "turn.key", files / f"{base}.key")), limits=LIMITS)
    group = ended(fleet, tmp_path, watch)
    assert (group.outcome, told(fleet, "webbridge3")) == (Ending.STOPPED, [])
    assert group.reason is not None and f"{base}.key and {base}.cer, which are in use, do not match" in group.reason


def test_the_pair_that_stays_is_proved_as_well(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    before = leaf_in_use(fleet, NODE, "webbridge3", "c2w")
    group = ended(fleet, tmp_path)
    assert (group.outcome, leaf_in_use(fleet, NODE, "webbridge3", "c2w")) == (Ending.RENEWED, before), group.reason


def set_by_hand(fleet: Fleet, node: str, service: str) -> None:
    """Somebody has set the new files, and never let the service start with them."""
    for name in ("key.key", "cert.cer", "bundle.cer"):
        shutil.copy(fleet.service_certificates / node / service / name, fleet.nodes[node].files / f"by-hand-{name}")
    with Client(fleet, node) as client:
        client.run(f"{service} certs by-hand-key.key by-hand-cert.cer by-hand-bundle.cer")


def test_what_was_set_and_never_taken_into_use_is_not_called_renewed(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    set_by_hand(fleet, "lon-1", "callbridge")
    [group] = renewed(fleet, tmp_path, "callbridge", drop_calls=frozenset({"lon-1", "lon-2"})).clusters
    assert (group.outcome, told(fleet, "callbridge")[1:]) == (Ending.REFUSED, [])
    assert group.reason is not None
    assert "callbridge of lon-1 is set to this certificate already, and presents another one" in group.reason


@pytest.mark.gate
def test_a_certificate_that_is_presented_still_is_due(lab: Lab, tmp_path: Path) -> None:
    first, *others = deployment().others
    fleet = lab(replace(deployment(), others=(replace(first, days=(("webadmin", 9.0),)), *others)))
    set_by_hand(fleet, NODE, "webadmin")
    [group] = renewed(fleet, tmp_path, "webadmin", if_due=30).clusters
    assert (group.outcome, told(fleet, "webadmin")[1:]) == (Ending.REFUSED, [])
    assert group.reason is not None and f"webadmin of {NODE} is set to this certificate already" in group.reason
