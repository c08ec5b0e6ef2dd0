"""What is refused, and that nothing but reading was sent to any node then."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.renewal.jobs.database_cluster.operator_confirmation import KeeperWord
from mmpctl.runbooks.plan import PlanReport
from tests.support.fleet import CLUSTER, KEEPER, renewed
from tests.support.lab import Lab
from tests.support.pki import NOW

READING = (
    "database cluster status",
    "pki ",
    "backup list",
    "user list",
    "date",
    "version",
    "callbridge",
    "webadmin",
    "turn",
)


def untouched(fleet: Fleet) -> bool:
    """Every command that any node heard only reads, and no file was sent."""
    commands = [event.text for event in fleet.log.select("command")]
    return all(text.startswith(READING) for text in commands) and not fleet.log.select("sftp-put", "sftp-remove")


def refused(fleet: Fleet, tmp_path: Path, words: str, **options: object) -> None:
    report = renewed(fleet, tmp_path, **options)
    outcome = report.clusters[0]
    assert (report.code, report.run, outcome.outcome) == (5, None, "refused"), report
    assert words in (outcome.reason or ""), outcome.reason
    assert untouched(fleet)
    assert not (tmp_path / "runs").exists()


def test_expired_without_a_confirmed_keeper(lab: Lab, tmp_path: Path) -> None:
    refused(lab("expired"), tmp_path, f"--keeper {CLUSTER}={KEEPER}", keepers={})


def test_disabled_everywhere_without_a_confirmed_keeper(lab: Lab, tmp_path: Path) -> None:
    refused(lab("disabled"), tmp_path, "keeper is not certain", keepers={})


def test_another_keeper_than_the_inventory_says(lab: Lab, tmp_path: Path) -> None:
    refused(lab("expired"), tmp_path, "lon-2 was given as keeper", keepers={CLUSTER: "lon-2"})


def test_nodes_name_another_master_than_the_inventory(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy")
    hosts = fleet.inventory / "hosts.yaml"
    text = hosts.read_text()
    swapped = (
        text.replace("role: master", "role: -").replace("role: slave", "role: master", 1).replace(": -", ": slave")
    )
    hosts.write_text(swapped)
    refused(fleet, tmp_path, "the nodes show lon-1 as master, the inventory has lon-2", keepers={})


def test_a_node_does_not_answer(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[Fault("lon-3", "connect", "refuse", count=0)])
    refused(fleet, tmp_path, "lon-3 does not answer")


def test_the_keeper_cannot_be_left_out(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired", faults=[Fault(KEEPER, "connect", "refuse", count=0)])
    refused(fleet, tmp_path, "cannot be left out", leave_out=frozenset({KEEPER}))


def test_a_node_that_answers_is_not_left_out(lab: Lab, tmp_path: Path) -> None:
    refused(lab("expired"), tmp_path, "lon-3 is left out but answers", leave_out=frozenset({"lon-3"}))


def test_two_names_for_one_node(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired")
    two, three = (fleet.address(name) for name in ("lon-2", "lon-3"))
    hosts = fleet.inventory / "hosts.yaml"
    # Through a second name of loopback: the inventory's own check does not see that it is one node.
    hosts.write_text(
        hosts.read_text().replace(f"hostname: {three[0]}\n  port: {three[1]}", f"hostname: localhost\n  port: {two[1]}")
    )
    known = fleet.known_hosts.read_text()
    line = next(line for line in known.splitlines() if line.startswith(f"[{two[0]}]:{two[1]} "))
    fleet.known_hosts.write_text(known + line.replace(f"[{two[0]}]", "[localhost]") + "\n")
    refused(fleet, tmp_path, "show the same host key")


def test_swapped_addresses(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired")
    hosts = fleet.inventory / "hosts.yaml"
    addresses = {name: fleet.nodes[name].address for name in ("lon-2", "lon-3")}
    text = hosts.read_text().replace(addresses["lon-2"], "-").replace(addresses["lon-3"], addresses["lon-2"])
    hosts.write_text(text.replace("db_address: -", f"db_address: {addresses['lon-3']}"))
    refused(fleet, tmp_path, "as its own address")


def _without_client_key(folder: Path) -> None:
    (folder / "lon-2" / "client.key").unlink()


def _swapped_pairs(folder: Path) -> None:
    for kind in ("key", "cer"):
        server, client = folder / "lon-2" / f"server.{kind}", folder / "lon-2" / f"client.{kind}"
        text = server.read_bytes()
        server.write_bytes(client.read_bytes())
        client.write_bytes(text)


def _foreign_key(folder: Path) -> None:
    shutil.copy(folder / "lon-3" / "server.key", folder / "lon-2" / "server.key")


def _crlf(folder: Path) -> None:
    file = folder / "lon-4" / "client.cer"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))


def _garbage(folder: Path) -> None:
    (folder / "lon-1" / "ca.cer").write_bytes(b"not a certificate at all")


def _empty(folder: Path) -> None:
    (folder / "lon-1" / "server.cer").write_bytes(b"")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_without_client_key, "client.key"),
        (_swapped_pairs, "swapped"),
        (_foreign_key, "does not fit"),
        (_crlf, "client.cer"),
        (_garbage, "ca.cer"),
        (_empty, "is empty"),
    ],
)
def test_wrong_files(lab: Lab, tmp_path: Path, spoil: Callable[[Path], None], words: str) -> None:
    fleet = lab("expired")
    spoil(fleet.certificates / CLUSTER)
    refused(fleet, tmp_path, words)


def test_not_confirmed(lab: Lab, tmp_path: Path) -> None:
    refused(lab("expired"), tmp_path, "not confirmed", confirm=lambda report: None)


def test_a_keeper_that_was_typed_and_a_plan_that_was_declined(lab: Lab, tmp_path: Path) -> None:
    def said(report: PlanReport) -> PlanReport:
        named = tuple(one.confirm_keeper(KeeperWord(KEEPER, "newest backup", "me", NOW)) for one in report.clusters)
        return PlanReport(named, declined=True)

    refused(lab("expired"), tmp_path, "You did not say yes. Nothing was changed.", keepers={}, confirm=said)


def test_second_renewal_has_nothing_to_do(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("expired")
    assert renewed(fleet, tmp_path).code == 0
    heard = len(fleet.log.select("accepted"))
    report = renewed(fleet, tmp_path, keepers={})
    assert (report.code, report.run, report.clusters[0].outcome) == (0, None, "nothing to do"), report
    assert len(fleet.log.select("accepted")) == heard
    assert len(list((tmp_path / "runs").iterdir())) == 1
