"""One node's word on its cluster: masters, members, settled, finished; roles and backups beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mmpctl.cluster.backups import Backup, BackupFile
from mmpctl.cluster.role import ROLE_WORDS, Role, role_of
from mmpctl.cluster.status import CertificateFiles, DatabaseStatus, Member
from mmpctl.cluster.step_kinds import CERTS
from tests.cluster.cases import CLIENT_FILES, DATABASE_FILES, DIGESTS, make_cluster, make_goal


@pytest.mark.parametrize(
    ("state", "master", "in_sync"),
    [
        ("Connected Master", True, False),
        ("Connected Primary", True, False),
        ("connected  MASTER", True, False),
        ("Connected Slave ( In Sync )", False, True),
        ("Connected Replica (In Sync)", False, True),
        ("Connected Slave", False, False),
        ("Connected Replica", False, False),
        ("Connected Slave ( Not In Sync )", False, False),
        ("Connected Slave ( In Sync", False, False),
        ("Disconnected Master", False, False),
        ("Connected Master ( Recovering )", False, False),
        ("Not Connected Master", False, False),
        ("Disconnected", False, False),
        ("", False, False),
    ],
)
def test_states_of_a_member(state: str, master: bool, in_sync: bool) -> None:
    member = Member("10.1.0.1", False, state)
    assert (member.is_master, member.in_sync, member.healthy) == (master, in_sync, master or in_sync)


def test_me_and_masters() -> None:
    status = DatabaseStatus(
        "Enabled",
        nodes=(Member("10.1.0.1", False, "Connected Master"), Member("10.1.0.2", True, "Connected Primary")),
    )
    assert status.me == status.nodes[1]
    assert status.masters == ("10.1.0.1", "10.1.0.2")
    assert DatabaseStatus("Disabled").me is None


def test_a_status_names_members_and_the_node_that_was_joined() -> None:
    members = (Member("10.1.0.1", False, "Connected Master"), Member("lon-2", True, "Connected Slave"))
    assert DatabaseStatus("Enabled", nodes=members).named == {"10.1.0.1", "lon-2"}
    joined = DatabaseStatus("Enabled", nodes=members, last_command="database cluster join lon-3")
    assert joined.named == {"10.1.0.1", "lon-2", "lon-3"}
    assert DatabaseStatus("Disabled", last_command="database cluster remove").named == frozenset()


@pytest.mark.parametrize(
    ("word", "seconds", "settled"),
    [
        ("Disabled", None, True),
        ("Enabled", None, True),
        ("Error", None, True),
        ("Disabling", 19, False),
        ("Enabled", 0, False),
        ("Recovering", None, False),
        ("disabled", None, False),
    ],
)
def test_settled(word: str, seconds: int | None, settled: bool) -> None:
    assert DatabaseStatus(word, started_seconds=seconds).settled is settled


@pytest.mark.parametrize(
    ("last", "result", "finished"),
    [
        ("database cluster join 10.1.0.1", "Success", True),
        ("database  cluster join  10.1.0.1", "Success", True),
        ("database cluster join 10.1.0.1", "Failed", False),
        ("database cluster join 10.1.0.1", None, None),
        ("database cluster join 10.1.0.1", "Running", None),
        ("database cluster join 10.1.0.2", "Success", None),
        ("database cluster join 10.1.0.11", "Success", None),
        ("database cluster join", "Success", None),
        ("database cluster remove", "Success", None),
        (None, None, None),
    ],
)
def test_finished(last: str | None, result: str | None, finished: bool | None) -> None:
    status = DatabaseStatus("Enabled", last_command=last, last_result=result)
    assert status.finished("database cluster join 10.1.0.1") is finished


def test_names_of_files_are_in_the_order_of_the_command() -> None:
    assert DATABASE_FILES.names() == ("s.key", "s.cer", "c.key", "c.cer", "ca.cer")
    assert CLIENT_FILES.names() == ("c.key", "c.cer", "ca.cer")
    assert CertificateFiles().names() == ()


def test_wanted_files_give_the_command_and_the_digests_of_certificates_only() -> None:
    goal = make_goal(make_cluster({"lon-1": "master | Disabled", "lon-4": "client | Disabled"}))
    assert CERTS.command(*goal.wanted["lon-1"].names.names()) == "database cluster certs s.key s.cer c.key c.cer ca.cer"
    assert CERTS.command(*goal.wanted["lon-4"].names.names()) == "database cluster certs c.key c.cer ca.cer"
    assert goal.wanted["lon-1"].certificate_digests() == tuple(DIGESTS[name] for name in ("s.cer", "c.cer", "ca.cer"))
    assert goal.wanted["lon-4"].certificate_digests() == tuple(DIGESTS[name] for name in ("c.cer", "ca.cer"))


def test_roles() -> None:
    assert {word: role_of(word) for word in ROLE_WORDS} == {
        "master": Role.MASTER,
        "primary": Role.MASTER,
        "slave": Role.SLAVE,
        "replica": Role.SLAVE,
        "client": Role.CLIENT,
    }
    with pytest.raises(KeyError):
        role_of("Master")
    assert [role.has_database for role in (Role.MASTER, Role.SLAVE, Role.CLIENT)] == [True, True, False]


GOOD = BackupFile("pre-run.bak", "backups/lon-1/pre-run.bak", 100, "0" * 64, True)
SIDE = replace(GOOD, name="live.json", path="backups/lon-1/live.json")


@pytest.mark.parametrize(
    ("files", "verified"),
    [
        pytest.param((GOOD,), True, id="the .bak alone"),
        pytest.param((GOOD, SIDE), True, id="with the .json"),
        pytest.param((), False, id="no file"),
        pytest.param((SIDE,), False, id="no .bak"),
        pytest.param((replace(GOOD, bytes=0),), False, id="empty"),
        pytest.param((replace(GOOD, fetched_twice=False),), False, id="fetched once"),
        pytest.param((replace(GOOD, sha256="0" * 63),), False, id="no hash"),
        pytest.param((GOOD, replace(SIDE, bytes=0)), False, id="the .json is empty"),
        pytest.param((GOOD, replace(SIDE, fetched_twice=False)), True, id="the .json never stood still"),
    ],
)
def test_a_backup_is_verified(files: tuple[BackupFile, ...], verified: bool) -> None:
    assert Backup("lon-1", files).verified is verified


def test_a_server_pair_counts_only_where_one_is_wanted() -> None:
    assert DATABASE_FILES.in_places_of(CLIENT_FILES) == CLIENT_FILES
    assert DATABASE_FILES.in_places_of(DATABASE_FILES) == DATABASE_FILES
    assert CLIENT_FILES.in_places_of(DATABASE_FILES) == CLIENT_FILES
    assert DATABASE_FILES.in_places_of(CertificateFiles()) == CertificateFiles()


@pytest.mark.parametrize(
    ("state", "database", "disconnected"),
    [
        ("Connected Master", True, False),
        ("Connected Slave", True, False),
        ("Connected replica", True, False),
        ("Connected Replica ( In Sync )", True, False),
        ("Disconnected", False, True),
        ("Connected Client", False, False),
    ],
)
def test_what_a_state_tells_of_a_member(state: str, database: bool, disconnected: bool) -> None:
    member = Member("10.1.0.1", False, state)
    assert (member.has_database, member.is_disconnected) == (database, disconnected)
