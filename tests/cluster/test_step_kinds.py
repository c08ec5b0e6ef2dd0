"""Where each operation leads, and what is said after it has failed."""

from __future__ import annotations

import pytest

from mmpctl.cluster.expected import Expected
from mmpctl.cluster.status import DatabaseStatus, Member
from mmpctl.cluster.step import Step
from mmpctl.cluster.step_kinds import CONNECT, INITIALIZE, JOIN, KINDS, REMOVE, ActionName, OperationKind

INITIALIZE_COMMAND = "database cluster initialize"
MASTER = Member("10.1.0.1", True, "Connected Master")
SLAVE = Member("10.1.0.2", True, "Connected Slave ( In Sync )")
LAGGING = Member("10.1.0.2", True, "Connected Slave")
OTHER_MASTER = Member("10.1.0.1", False, "Connected Master")
OTHER_SLAVE = Member("10.1.0.2", False, "Connected Slave ( In Sync )")
GONE = Member("10.1.0.3", False, "Disconnected")


@pytest.mark.parametrize(
    ("kind", "word", "members", "seconds", "there"),
    [
        (REMOVE, "Disabled", (), None, True),
        (REMOVE, "Enabled", (), None, False),
        (REMOVE, "Disabled", (), 3, False),
        (INITIALIZE, "Enabled", (MASTER,), None, True),
        (INITIALIZE, "Enabled", (MASTER,), 3, False),
        (INITIALIZE, "Disabled", (MASTER,), None, False),
        (INITIALIZE, "Enabled", (SLAVE,), None, False),
        # Without a line of its own: one member, who is the master.
        (INITIALIZE, "Enabled", (OTHER_MASTER,), None, True),
        (INITIALIZE, "Enabled", (OTHER_SLAVE,), None, False),
        (INITIALIZE, "Enabled", (OTHER_MASTER, OTHER_SLAVE), None, False),
        (INITIALIZE, "Enabled", (), None, False),
        (JOIN, "Enabled", (OTHER_MASTER, SLAVE), None, True),
        (JOIN, "Enabled", (OTHER_MASTER, LAGGING), None, False),
        (JOIN, "Enabled", (OTHER_MASTER, SLAVE), 3, False),
        (JOIN, "Disabled", (OTHER_MASTER, SLAVE), None, False),
        # Without a line of its own: several members, all of them healthy.
        (JOIN, "Enabled", (OTHER_MASTER, OTHER_SLAVE), None, True),
        (JOIN, "Enabled", (OTHER_MASTER,), None, False),
        (JOIN, "Enabled", (OTHER_MASTER, GONE), None, False),
        (CONNECT, "Enabled", (), None, True),
        (CONNECT, "Connected to database", (), None, True),
        (CONNECT, "Disabled", (), None, False),
        (CONNECT, "Error", (), None, False),
        (CONNECT, "Connecting", (), None, False),
        (CONNECT, "Enabled", (), 3, False),
    ],
)
def test_where_an_operation_leads(
    kind: OperationKind, word: str, members: tuple[Member, ...], seconds: int | None, there: bool
) -> None:
    assert kind.at_target(DatabaseStatus(word, started_seconds=seconds, nodes=members)) is there


def test_after_a_failure() -> None:
    resume = "Look at the node's log, then resume"
    assert REMOVE.after_failure(True) == REMOVE.after_failure(False) == f"Its database is untouched. {resume}."
    assert (
        INITIALIZE.after_failure(True)
        == INITIALIZE.after_failure(False)
        == (
            "Its database is as the device left it, and its backup is on this machine. Look at the node's log. After a "
            "failed initialize, no run sends it again: when the cause is removed, type it by hand, then resume."
        )
    )
    joined = (
        "Its own database is gone, as with every join; the good copy is the keeper's. "
        f"{resume}: the node is joined again."
    )
    connected = f"It has no database of its own, so nothing is lost. {resume}: the node is connected again."
    out = " Type `database cluster remove` on it first, since it does not show Disabled."
    assert (JOIN.after_failure(True), JOIN.after_failure(False)) == (joined, joined + out)
    assert (CONNECT.after_failure(True), CONNECT.after_failure(False)) == (connected, connected + out)


def test_what_may_be_repeated_and_what_proves_an_end() -> None:
    kinds = [kind for kind in KINDS.values() if isinstance(kind, OperationKind)]
    assert kinds == [REMOVE, INITIALIZE, JOIN, CONNECT]
    assert [kind.may_be_repeated for kind in kinds] == [True, False, True, True]
    assert [kind.fails_clearly for kind in kinds] == [True, False, False, False]
    assert [kind.lasting_is_enough for kind in kinds] == [False, False, False, True]


@pytest.mark.parametrize(
    ("name", "verb", "doing", "expected"),
    [
        ("backup", "backup snapshot", "backing up {nodes}", Expected(30, None, "the database")),
        ("upload", "sftp put", "sending the new files to {nodes}", Expected(2, 20)),
        ("remove", "database cluster remove", "removing {nodes} from the cluster", Expected(20, 120)),
        ("certs", "database cluster certs", "setting the new certificates on {nodes}", Expected(2, 20)),
        (
            "initialize",
            "database cluster initialize",
            "making {nodes} the master of the new cluster",
            Expected(20, 120),
        ),
        (
            "join",
            "database cluster join",
            "joining {nodes}: a copy of the keeper's database",
            Expected(60, None, "the database"),
        ),
        ("connect", "database cluster connect", "connecting {nodes}", Expected(20, 120)),
        ("verify", "database cluster status", "verifying from every node", Expected(2, 120)),
    ],
)
def test_each_kind_has_its_command_its_words_and_its_time(name: str, verb: str, doing: str, expected: Expected) -> None:
    kind = KINDS[name]
    assert (kind.name, kind.verb, kind.doing, kind.expected) == (name, verb, doing, expected)
    assert Step(1, 1, "lon-1", kind, ("a", "b")).command == f"{verb} a b"


def test_what_touches_the_cluster_what_waits_outside_and_what_destroys() -> None:
    names = [name for name in ActionName if KINDS[name].touches]
    assert names == ["remove", "certs", "initialize", "join", "connect"]
    assert [name for name in ActionName if KINDS[name].returns] == ["initialize", "join", "connect"]
    assert [name for name in ActionName if KINDS[name].destroys] == ["join"]
    assert [name for name in ActionName if KINDS[name].is_check] == ["verify"]
