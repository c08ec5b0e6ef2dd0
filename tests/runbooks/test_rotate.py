"""The whole way with a private CA: each stop can be gone on from, and nothing is made twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mmpctl.authority.profile import KeyKind, LifeTimes
from mmpctl.authority.sealed_key import PassphraseError
from mmpctl.errors import UsageError
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import sample
from mmpctl.renewal.context import Watch
from mmpctl.renewal.jobs.database_cluster.renew_options import RenewOptions
from mmpctl.renewal.rollout import Rollout
from mmpctl.runbooks import csr, rotate, sign, stage
from mmpctl.runbooks.before_window import Issuing
from mmpctl.runbooks.rotate import RotateReport
from mmpctl.runs.lock import locked
from mmpctl.signing.sources import PrivateCa
from mmpctl.times import now_utc
from tests.support import schemas
from tests.support.fleet import CLUSTER, KEEPER, LIMITS, accepted, nornir, resumed
from tests.support.lab import Lab
from tests.support.private_ca import PASSPHRASE, cheap_passphrases, make_ca

CERTS = "new-certs"


@pytest.fixture(autouse=True)
def _cheap() -> Iterator[None]:
    with cheap_passphrases():
        yield


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    return make_ca(tmp_path / "ca").path


def rotated(fleet: Fleet, ca: Path, *, say_yes: bool = False, **more: Any) -> RotateReport:
    """Rotate with keys that are made here; the keeper is confirmed."""
    given = PrivateCa(ca, more.pop("passphrase", PASSPHRASE), more.pop("days", None))
    issuing = Issuing(lambda: given, KeyKind.P256 if more.pop("off_device", True) else None)
    place = ca.parent
    options = RenewOptions(keepers={CLUSTER: KEEPER}, runs=place / "runs")
    watch = Watch(limits=LIMITS, clock=more.pop("clock", now_utc))
    report = rotate.run(
        nornir(fleet),
        place / CERTS,
        issuing,
        replace(options, **more),
        confirm=(lambda plans: plans) if say_yes else None,
        watch=watch,
    )
    schemas.check(rotate.document(report))
    return report


def files_of(ca: Path) -> dict[Path, bytes]:
    """All requests and certificates, and what the CA has issued."""
    held = [*(ca.parent / CERTS).rglob("*"), ca / "issued.jsonl"]
    return {path: path.read_bytes() for path in held if path.is_file()}


def puts(fleet: Fleet) -> list[str]:
    return [f"{event.node} {event.text}" for event in fleet.log.select("sftp-put")]


def problems(report: RotateReport) -> set[tuple[str, str | None]]:
    return {(one.part, one.node) for cluster in report.clusters for one in cluster.problems}


def test_keys_that_stay_on_their_nodes_go_the_whole_way(lab: Lab, ca: Path) -> None:
    fleet = lab("expired")
    report = rotated(fleet, ca, say_yes=True, off_device=False)
    assert (report.code, report.clusters[0].outcome) == (0, "renewed")
    assert not [one for one in fleet.log.select("sftp-get", "sftp-put") if one.text.endswith(".key")]
    assert not list((ca.parent / CERTS).rglob("*.key"))
    assert rotated(fleet, ca, say_yes=True, off_device=False).clusters[0].outcome == "nothing to do"


@pytest.mark.gate
def test_it_ends_before_the_window_and_the_same_call_goes_on(lab: Lab, ca: Path) -> None:
    fleet = lab("expired")
    report = rotated(fleet, ca)
    (cluster,) = report.clusters
    assert (report.code, cluster.outcome, cluster.part) == (0, "ready", "plan")
    assert accepted(fleet) == [] and len(puts(fleet)) == 18
    before = files_of(ca)
    assert len((ca / "issued.jsonl").read_text().splitlines()) == 7
    assert rotated(fleet, ca).code == 0
    assert files_of(ca) == before and len(puts(fleet)) == 18
    done = rotated(fleet, ca, say_yes=True)
    assert (done.code, done.clusters[0].outcome, done.clusters[0].part) == (0, "renewed", "renew")
    assert files_of(ca) == before and len(puts(fleet)) == 18
    again = rotated(fleet, ca, say_yes=True)
    assert (again.code, again.clusters[0].outcome, again.renewal and again.renewal.run) == (0, "nothing to do", None)


@pytest.mark.parametrize("done", [1, pytest.param(2, marks=pytest.mark.gate), pytest.param(3, marks=pytest.mark.gate)])
def test_what_earlier_parts_have_left_is_taken(lab: Lab, ca: Path, done: int) -> None:
    """As after a stop behind each part: nothing that is there is made again."""
    fleet, place = lab("due"), ca.parent / CERTS
    csr.run(nornir(fleet), place, off_device=KeyKind.P256)
    if done > 1:
        sign.run(place, PrivateCa(ca, PASSPHRASE))
    if done > 2:
        stage.run(nornir(fleet), place)
    before, sent = files_of(ca), puts(fleet)
    assert rotated(fleet, ca).code == 0
    after = files_of(ca)
    assert {path: after[path] for path in before if done > 1 or path.suffix in (".csr", ".key")} == {
        path: content for path, content in before.items() if done > 1 or path.suffix in (".csr", ".key")
    }
    assert len(puts(fleet)) == 18 and (done < 3 or puts(fleet) == sent)


@pytest.mark.gate
def test_requests_of_one_node_alone_are_completed(lab: Lab, ca: Path) -> None:
    fleet, place = lab("due"), ca.parent / CERTS
    csr.run(nornir(fleet).filter(name="lon-2"), place, off_device=KeyKind.P256)
    before = (place / CLUSTER / "lon-2" / "server.csr").read_bytes()
    assert rotated(fleet, ca).code == 0
    assert (place / CLUSTER / "lon-2" / "server.csr").read_bytes() == before


def test_a_node_that_is_down_is_told_and_the_same_call_goes_on_when_it_is_back(lab: Lab, ca: Path) -> None:
    fleet = lab("due")
    fleet.take_down("lon-3")
    report = rotated(fleet, ca)
    assert (report.code, report.clusters[0].outcome, report.clusters[0].part) == (5, "refused", "stage")
    assert problems(report) == {("stage", "lon-3")}
    assert "lon-3" in (report.clusters[0].reason or "")
    before, sent = files_of(ca), puts(fleet)
    assert len(sent) == 13
    fleet.bring_up("lon-3")
    assert rotated(fleet, ca).code == 0
    assert files_of(ca) == before and puts(fleet)[:13] == sent and len(puts(fleet)) == 18


def test_a_dead_node_can_be_left_out(lab: Lab, ca: Path) -> None:
    fleet = lab("due")
    fleet.take_down("lon-3")
    report = rotated(fleet, ca, leave_out=frozenset({"lon-3"}))
    assert (report.code, report.clusters[0].outcome) == (0, "ready")
    assert not (ca.parent / CERTS / CLUSTER / "lon-3").exists()


def test_the_other_clusters_go_on(lab: Lab, ca: Path) -> None:
    fleet = lab(sample(), faults=[Fault("lon-2", "upload", "drop", count=0)])
    report = rotated(fleet, ca)
    assert report.code == 10 and problems(report) == {("stage", "lon-2")}
    assert {one.name: one.outcome for one in report.clusters if not one.problems} == {
        one.name: "ready" for one in report.clusters if one.name != CLUSTER
    }
    waits = rotated(fleet, ca, say_yes=True, rollout=Rollout((CLUSTER,)))
    assert waits.renewal is None and accepted(fleet) == []
    assert {one.outcome for one in waits.clusters if one.name != CLUSTER} == {"not started"}


def test_a_node_that_makes_no_request_is_told_with_its_cure(lab: Lab, ca: Path) -> None:
    fleet = lab("due", faults=[Fault("lon-2", "command", "refuse", match="pki csr", text="Entropy is missing")])
    report = rotated(fleet, ca, off_device=False)
    (cluster,) = report.clusters
    assert (cluster.outcome, cluster.part, cluster.code) == ("refused", "csr", 5)
    (problem,) = cluster.problems
    assert (problem.part, problem.node) == ("csr", "lon-2")
    assert "Entropy" in problem.message and "pki list" in problem.cure


def test_a_ca_that_cannot_sign_is_told_before_any_key_is_made(lab: Lab, ca: Path) -> None:
    fleet = lab("due")
    with pytest.raises(PassphraseError):
        rotated(fleet, ca, passphrase="wrong")
    with pytest.raises(UsageError, match="certificates of 1 day would be due at once"):
        rotated(fleet, ca, days=1)
    late = LifeTimes(issuing_days=50)
    with pytest.raises(UsageError, match=r"issuing-1\.cer of .* has expired"):
        rotated(fleet, make_ca(ca.parent / "old", now_utc() - timedelta(days=60), late).path)
    with pytest.raises(UsageError, match="all that it signs would be due at once") as caught:
        rotated(fleet, make_ca(ca.parent / "short", now_utc() - timedelta(days=30), late).path)
    assert "mmpctl ca renew" in caught.value.advice
    assert not (ca.parent / CERTS).exists() and fleet.log.select("command") == []


@pytest.mark.gate
def test_certificates_that_have_had_their_time_make_room_for_new_requests(lab: Lab, ca: Path) -> None:
    fleet = lab("due")
    assert rotated(fleet, ca, days=100).code == 0
    before = (ca.parent / CERTS / CLUSTER / "lon-1" / "server.csr").read_bytes()
    later = now_utc() + timedelta(days=90)
    report = rotated(fleet, ca, clock=lambda: later)
    assert (ca.parent / CERTS / CLUSTER / "lon-1" / "server.csr").read_bytes() != before
    (kept,) = (ca.parent / CERTS).glob(f".before-*/{CLUSTER}/lon-1/server.csr")
    assert kept.read_bytes() == before
    assert any(str(kept.parent) in note for note in report.clusters[0].notes)


def test_a_request_that_no_ca_may_see_holds_up_its_cluster(lab: Lab, ca: Path) -> None:
    fleet, place = lab("due"), ca.parent / CERTS
    csr.run(nornir(fleet), place, off_device=KeyKind.P256)
    wrong = place / CLUSTER / "lon-2"
    (wrong / "client.csr").write_bytes((wrong / "server.csr").read_bytes())
    report = rotated(fleet, ca)
    assert (report.code, problems(report)) == (5, {("sign", "lon-2")})
    assert puts(fleet) == []


def test_files_that_are_not_fit_are_not_sent(lab: Lab, ca: Path) -> None:
    fleet, place = lab("due"), ca.parent / CERTS
    csr.run(nornir(fleet), place, off_device=KeyKind.P256)
    sign.run(place, PrivateCa(ca, PASSPHRASE))
    (place / CLUSTER / "lon-2" / "client.key").write_bytes((place / CLUSTER / "lon-3" / "client.key").read_bytes())
    report = rotated(fleet, ca)
    assert (report.code, problems(report), report.clusters[0].part) == (5, {("check", "lon-2")}, "check")
    assert all(one.cure for one in report.clusters[0].problems)
    assert puts(fleet) == [] and fleet.log.select("command") == []


@pytest.mark.gate
def test_a_renewal_that_stopped_is_resumed_and_not_begun_again(lab: Lab, ca: Path) -> None:
    fleet = lab("due", faults=[Fault("lon-2", "command", "refuse", match="database cluster certs", count=0)])
    stopped = rotated(fleet, ca, say_yes=True)
    assert stopped.renewal is not None and stopped.code in (6, 7)
    done, sent = accepted(fleet), puts(fleet)
    again = rotated(fleet, ca, say_yes=True)
    assert (again.code, again.clusters[0].outcome, again.renewal) == (5, "refused", None)
    assert f"mmpctl resume {stopped.renewal.run}" in again.clusters[0].problems[0].cure
    assert (accepted(fleet), puts(fleet)) == (done, sent)
    fleet.faults.clear()
    assert resumed(fleet, stopped.renewal).code == 0
    assert rotated(fleet, ca, say_yes=True).clusters[0].outcome == "nothing to do"


def test_a_cluster_on_which_a_run_works_is_left_alone(lab: Lab, ca: Path) -> None:
    fleet = lab("due")
    host, port = fleet.address("lon-2")
    with locked([f"{host}:{port}"], {"pid": "4711"}):
        report = rotated(fleet, ca)
    assert (report.code, problems(report), puts(fleet)) == (9, {("stage", None)}, [])
