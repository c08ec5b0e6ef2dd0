"""The guards: each permit is given when all holds, and refused when any one condition does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mmpctl.cluster.permit import (
    CertsPermit,
    ConnectPermit,
    InitializePermit,
    JoinPermit,
    Permit,
    RemovePermit,
)
from mmpctl.errors import RefusedError
from tests.cluster.scenes import (
    ALL,
    APART,
    CERTIFIED,
    CERTS,
    CERTS_CLIENT,
    CONNECT,
    INITIALIZE,
    JOIN,
    KEEPER_UP,
    READY,
    REMOVE_CLIENT,
    REMOVE_KEEPER,
    REMOVE_SLAVE,
    TAKEN_APART,
    TOGETHER,
    Scene,
    refused,
)

GRANTED = [
    pytest.param(REMOVE_SLAVE, RemovePermit, "database cluster remove", id="remove a slave"),
    pytest.param(REMOVE_CLIENT, RemovePermit, "database cluster remove", id="remove a client"),
    pytest.param(REMOVE_KEEPER, RemovePermit, "database cluster remove", id="remove the keeper"),
    pytest.param(CERTS, CertsPermit, "database cluster certs s.key s.cer c.key c.cer ca.cer", id="certs"),
    pytest.param(CERTS_CLIENT, CertsPermit, "database cluster certs c.key c.cer ca.cer", id="certs of a client"),
    pytest.param(INITIALIZE, InitializePermit, "database cluster initialize", id="initialize"),
    pytest.param(JOIN, JoinPermit, "database cluster join 10.1.0.1", id="join"),
    pytest.param(CONNECT, ConnectPermit, "database cluster connect 10.1.0.1", id="connect"),
]


@pytest.mark.parametrize(("scene", "kind", "command"), GRANTED)
def test_granted_when_all_holds(scene: Scene, kind: type[Permit], command: str) -> None:
    permit = scene.ask()
    assert type(permit) is kind
    assert (permit.node, permit.command) == (scene.node, command)
    assert permit.identity.host_key == f"SHA256:{scene.node}"


ALSO_GRANTED = [
    pytest.param(REMOVE_KEEPER.but("lon-4", "client | Enabled | lon-1 gone"), id="remove the keeper before a client"),
    pytest.param(REMOVE_SLAVE.but("lon-2", f"slave | Error | {ALL}"), id="remove a node in error"),
    pytest.param(replace(REMOVE_SLAVE, settled=[*READY, "remove lon-2"]), id="remove a node that went back by hand"),
    pytest.param(REMOVE_SLAVE.but("lon-2", "slave | Disabled | last="), id="remove a node that shows Disabled alone"),
    pytest.param(
        replace(REMOVE_KEEPER, settled=READY),
        id="remove the keeper after slaves that left by hand",
    ),
    pytest.param(
        replace(REMOVE_KEEPER.but("lon-3", "slave | silent"), goal={"left_out": ["lon-3"]}, backups={"lon-3": None}),
        id="remove the keeper without a dead slave",
    ),
    pytest.param(
        replace(REMOVE_SLAVE, nodes={**TOGETHER, "lon-1": "master | Enabled | lon-1 gone"}), id="nobody names a master"
    ),
    pytest.param(
        replace(INITIALIZE.but("lon-3", "slave | silent"), goal={"left_out": ["lon-3"]}),
        id="initialize without a dead slave",
    ),
    pytest.param(INITIALIZE.but("lon-4", "client | Enabled"), id="initialize while a client is not yet ready"),
    pytest.param(
        replace(JOIN, nodes={**KEEPER_UP, "lon-1": "master | Enabled | lon-1 primary, lon-3 slave"}),
        id="join beside another slave",
    ),
    pytest.param(replace(JOIN, settled=CERTIFIED), id="join after an initialize that only the device tells"),
    pytest.param(
        replace(
            JOIN,
            nodes={**KEEPER_UP, "lon-1": "master | Enabled | db1.example.com master | me=db1.example.com"},
            aliases={"db1.example.com": ["10.1.0.1"]},
        ),
        id="join a keeper that calls itself by name",
    ),
]


@pytest.mark.parametrize("scene", ALSO_GRANTED)
def test_granted_as_well(scene: Scene) -> None:
    assert scene.ask().node == scene.node


EVERY = (REMOVE_SLAVE, REMOVE_CLIENT, REMOVE_KEEPER, CERTS, INITIALIZE, JOIN, CONNECT)


@pytest.mark.parametrize("scene", EVERY, ids=lambda scene: f"{scene.permit} {scene.node}")
def test_refused_to_whom_the_plan_does_not_know(scene: Scene) -> None:
    refused(replace(scene, strangers=frozenset({scene.node})), scene.node, "the node takes no part in this run")


@pytest.mark.parametrize("scene", EVERY, ids=lambda scene: f"{scene.permit} {scene.node}")
def test_refused_to_a_node_that_is_left_out(scene: Scene) -> None:
    goal = {"left_out": [scene.node]}
    refused(replace(scene, goal=goal), scene.node, "the node takes no part in this run")


@pytest.mark.parametrize("scene", EVERY, ids=lambda scene: f"{scene.permit} {scene.node}")
def test_refused_while_an_operation_is_under_way(scene: Scene) -> None:
    role = scene.nodes[scene.node].split()[0]
    for status in ("Disabling | started=19", "Disabled | started=1", f"Enabled | {ALL} | started=1", "Recovering"):
        told = f"an operation is running ({status.split()[0]})"
        refused(scene.but(scene.node, f"{role} | {status}"), scene.node, told)


@pytest.mark.parametrize("scene", EVERY, ids=lambda scene: f"{scene.permit} {scene.node}")
def test_refused_to_a_node_that_was_not_seen(scene: Scene) -> None:
    role = scene.nodes[scene.node].split()[0]
    told = "the node does not answer: timed out"
    refused(scene.but(scene.node, f"{role} | silent"), scene.node, told, code="not-reachable")


@pytest.mark.parametrize("scene", EVERY, ids=lambda scene: f"{scene.permit} {scene.node}")
@pytest.mark.parametrize("keeper", [None, "lon-2"])
def test_refused_when_the_journal_does_not_name_the_keeper(scene: Scene, keeper: str | None) -> None:
    refused(replace(scene, keeper=keeper), scene.node, "the run's journal does not name the keeper")


_EMPTIED = "master | Disabled | last=database cluster join 10.1.0.2 | result=Failed"
_GONE = (
    "lon-1's last command is a join that did not succeed: it destroys the node's database first. Find out what it "
    "holds; restore its backup and type `database cluster remove` there, or make the node with the right database the "
    "master in the inventory"
)

REFUSED = [
    # a keeper that somebody emptied
    pytest.param(REMOVE_SLAVE.but("lon-1", _EMPTIED), f"lon-2: {_GONE}", id="remove: the keeper was emptied"),
    pytest.param(REMOVE_CLIENT.but("lon-1", _EMPTIED), f"lon-4: {_GONE}", id="remove a client: the keeper was emptied"),
    pytest.param(INITIALIZE.but("lon-1", _EMPTIED), f"lon-1: {_GONE}", id="initialize: the keeper was emptied"),
    # remove
    pytest.param(
        replace(REMOVE_SLAVE, settled=[*CERTIFIED, "initialize lon-1"]),
        "lon-2: this run has removed it and made the new cluster, and now it is in that cluster: somebody joined it",
        id="remove: is in the new cluster",
    ),
    pytest.param(
        REMOVE_SLAVE.but("lon-2", "slave | Disabled"),
        "lon-2: it has left its cluster already, and not because of this run: somebody else is working on it",
        id="remove: has left",
    ),
    pytest.param(
        replace(REMOVE_SLAVE.but("lon-2", "slave | Disabled | last="), settled=[*READY, "remove lon-2"]),
        "lon-2: it has left its cluster already",
        id="remove: left in this run",
    ),
    pytest.param(
        replace(REMOVE_KEEPER.but("lon-3", "slave | Disabled | last="), settled=[*READY, "remove lon-2"]),
        "lon-1: lon-3 has not left the cluster yet (Disabled)",
        id="remove the keeper: Disabled is no proof that a slave has left",
    ),
    pytest.param(
        REMOVE_KEEPER.but("lon-3", "slave | Enabled | lon-1 gone, lon-3 lagging"),
        "lon-1: lon-3 has not left the cluster yet (Enabled)",
        id="remove the keeper: a slave has not left",
    ),
    pytest.param(
        REMOVE_KEEPER.but("lon-3", "slave | Error"),
        "lon-1: lon-3 has not left the cluster yet (Error)",
        id="remove the keeper: a slave in error",
    ),
    pytest.param(
        REMOVE_KEEPER.but("lon-3", "slave | Disabling | started=3"),
        "lon-1: lon-3 has not left the cluster yet (Disabling)",
        id="remove the keeper: a slave is leaving",
    ),
    pytest.param(
        REMOVE_KEEPER.but("lon-3", "slave | silent"),
        "lon-1: lon-3 has not left the cluster yet (does not answer: timed out)",
        id="remove the keeper: a slave does not answer",
    ),
    pytest.param(
        REMOVE_SLAVE.but("lon-3", "slave | Enabled | lon-1 gone, lon-2 master, lon-3 slave"),
        "lon-2: lon-3 shows lon-2 as master, the keeper is lon-1: the master has changed, or somebody has made "
        "another one. Find out which database is the newest; then close this run (`mmpctl runs --close`) and "
        "start a new one",
        id="remove: the master changed",
    ),
    pytest.param(
        REMOVE_KEEPER.but("lon-1", "master | Enabled | lon-1 slave, 10.9.9.9 master"),
        "lon-1: lon-1 shows 10.9.9.9 as master, the keeper is lon-1: the master has changed, or somebody has "
        "made another one. Find out which database is the newest; then close this run (`mmpctl runs --close`) and "
        "start a new one",
        id="remove: a stranger is master",
    ),
    pytest.param(
        REMOVE_SLAVE.but("lon-4", "client | Enabled | lon-3 master"),
        "lon-2: lon-4 shows lon-3 as master, the keeper is lon-1: the master has changed, or somebody has made "
        "another one. Find out which database is the newest; then close this run (`mmpctl runs --close`) and "
        "start a new one",
        id="remove: the client uses another master",
    ),
    # certs
    pytest.param(
        CERTS.but("lon-2", "slave | Enabled | lon-2 slave"),
        "lon-2: the node shows Enabled, it must show Disabled",
        id="certs: not left",
    ),
    pytest.param(
        CERTS.but("lon-2", "slave | Error"), "lon-2: the node shows Error, it must show Disabled", id="certs: in error"
    ),
    pytest.param(
        replace(CERTS, settled=["backup *", "remove *", "upload lon-1", "upload lon-3"]),
        "lon-2: the new files were not verified on the node",
        id="certs: not uploaded",
    ),
    # initialize
    pytest.param(
        replace(INITIALIZE, node="lon-2"),
        "lon-2: only the keeper lon-1 may be initialized",
        id="initialize: not the keeper",
    ),
    pytest.param(
        replace(INITIALIZE, settled=[*CERTIFIED, "initialize lon-1"]),
        "lon-1: an initialize was sent in this run before",
        id="initialize: done before",
    ),
    pytest.param(
        replace(INITIALIZE, intended=["initialize lon-1"]),
        "lon-1: an initialize was sent in this run before",
        id="initialize: outcome not seen",
    ),
    pytest.param(
        INITIALIZE.but("lon-3", "slave | Enabled | lon-3 master"),
        "lon-3: the node shows Enabled, it must show Disabled",
        id="initialize: another database is up",
    ),
    pytest.param(
        INITIALIZE.but("lon-3", "slave | Error"),
        "lon-3: the node shows Error, it must show Disabled",
        id="initialize: another database in error",
    ),
    pytest.param(
        INITIALIZE.but("lon-3", "slave | silent"),
        "lon-3: the node shows does not answer: timed out, it must show Disabled",
        id="initialize: another database was not seen",
    ),
    pytest.param(
        INITIALIZE.but("lon-1", "master | Enabled | lon-1 master"),
        "lon-1: the node shows Enabled, it must show Disabled",
        id="initialize: is up",
    ),
    pytest.param(
        replace(INITIALIZE, settled=[*TAKEN_APART, "certs lon-2"]),
        "lon-1: the keeper does not have its new certificates yet",
        id="initialize: old certificates",
    ),
    # join
    pytest.param(
        replace(JOIN, node="lon-1"),
        "lon-1: the keeper never joins: its database is the one to keep",
        id="join: the keeper",
    ),
    pytest.param(
        replace(JOIN, node="lon-1", nodes=APART),
        "lon-1: the keeper never joins: its database is the one to keep",
        id="join: the keeper, while it is down",
    ),
    pytest.param(replace(JOIN, node="lon-4"), "lon-4: a client node has no database to join with", id="join: a client"),
    pytest.param(
        JOIN.but("lon-2", "slave | Enabled | lon-2 master"),
        "lon-2: the node shows Enabled, it must show Disabled",
        id="join: in a cluster already",
    ),
    pytest.param(
        JOIN.but("lon-2", "slave | Error"), "lon-2: the node shows Error, it must show Disabled", id="join: in error"
    ),
    pytest.param(
        replace(JOIN, settled=[*TAKEN_APART, "certs lon-1"]),
        "lon-2: the node does not have its new certificates yet",
        id="join: old certificates",
    ),
    # connect
    pytest.param(replace(CONNECT, node="lon-2"), "lon-2: only a client node is connected", id="connect: a slave"),
    pytest.param(replace(CONNECT, node="lon-1"), "lon-1: only a client node is connected", id="connect: the keeper"),
    pytest.param(
        CONNECT.but("lon-4", "client | Enabled | lon-1 master"),
        "lon-4: the node shows Enabled, it must show Disabled",
        id="connect: connected already",
    ),
    pytest.param(
        replace(CONNECT, settled=[*TAKEN_APART, "certs lon-1"]),
        "lon-4: the node does not have its new certificates yet",
        id="connect: old certificates",
    ),
]


@pytest.mark.parametrize(("scene", "told"), REFUSED)
def test_refused_when_a_condition_does_not_hold(scene: Scene, told: str) -> None:
    with pytest.raises(RefusedError) as caught:
        scene.ask()
    assert str(caught.value) == f"{told} · Nothing was sent to it."
    assert caught.value.code == "guard"


NOT_UP = {
    "it is down": ("master | Disabled", {}, "the keeper lon-1 is not seen as an enabled master (Disabled)"),
    "it does not answer": (
        "master | silent",
        {},
        "the keeper lon-1 is not seen as an enabled master (does not answer: timed out)",
    ),
    "it is in error": (
        "master | Error | lon-1 master",
        {},
        "the keeper lon-1 is not seen as an enabled master (Error)",
    ),
    "it is not there yet": (
        "master | Enabled | lon-1 master | started=3",
        {},
        "the keeper lon-1 is not seen as an enabled master (Enabled)",
    ),
    "another word": (
        "master | Initializing | lon-1 master",
        {},
        "the keeper lon-1 is not seen as an enabled master (Initializing)",
    ),
    "it shows no members": ("master | Enabled", {}, "the keeper lon-1 is not seen as an enabled master (Enabled)"),
    "it does not show itself": (
        "master | Enabled | 10.9.9.9 master, lon-3 slave | me=nobody",
        {},
        "the keeper lon-1 is not seen as an enabled master (Enabled)",
    ),
    "it does not mark itself, another master": (
        "master | Enabled | lon-1 slave, lon-3 master | me=nobody",
        {},
        "the keeper lon-1 is not seen as an enabled master (Enabled)",
    ),
    "it does not mark itself, two masters": (
        "master | Enabled | lon-1 master, lon-3 master | me=nobody",
        {},
        "the keeper's status does not show lon-1 as the only master",
    ),
    "its only line is another's": (
        "master | Enabled | lon-3 master | me=nobody",
        {},
        "the keeper lon-1 is not seen as an enabled master (Enabled)",
    ),
    "it calls itself a slave": (
        "master | Enabled | lon-1 slave",
        {},
        "the keeper lon-1 is not seen as an enabled master (Enabled)",
    ),
    "it calls itself a slave, another master": (
        "master | Enabled | lon-1 slave, lon-3 master",
        {},
        "the keeper lon-1 is not seen as an enabled master (Enabled)",
    ),
    "it is not alone as master": (
        "master | Enabled | lon-1 master, lon-3 master",
        {},
        "the keeper's status does not show lon-1 as the only master",
    ),
    "a stranger is master too": (
        "master | Enabled | lon-1 master, 10.9.9.9 master",
        {},
        "the keeper's status does not show lon-1 as the only master",
    ),
    "its only line is a stranger's": (
        "master | Enabled | 10.9.9.9 master | me=nobody",
        {},
        "the keeper's status shows it as 10.9.9.9, which is no address of one node of the inventory: correct "
        "db_address of lon-1",
    ),
    "its address is a stranger's": (
        "master | Enabled | 10.9.9.9 master | me=10.9.9.9",
        {},
        "the keeper's status shows it as 10.9.9.9, which is no address of one node of the inventory: correct "
        "db_address of lon-1",
    ),
    "its name belongs to two nodes": (
        "master | Enabled | db.example.com master | me=db.example.com",
        {"db.example.com": ["10.1.0.1", "10.1.0.3"]},
        "the keeper's status shows it as db.example.com, which is no address of one node of the inventory: "
        "correct db_address of lon-1",
    ),
}


@pytest.mark.parametrize("why", NOT_UP)
@pytest.mark.parametrize("scene", [JOIN, CONNECT], ids=["join", "connect"])
def test_nobody_joins_or_connects_unless_the_keeper_is_seen_as_the_only_master(scene: Scene, why: str) -> None:
    line, aliases, told = NOT_UP[why]
    refused(replace(scene.but("lon-1", line), aliases=aliases), scene.node, told)


@pytest.mark.parametrize("scene", [JOIN, CONNECT], ids=["join", "connect"])
def test_nobody_joins_or_connects_to_a_keeper_that_calls_itself_by_the_address_of_another(scene: Scene) -> None:
    told = (
        "the keeper lon-1 shows 10.1.0.3 as its own address, which is the address of lon-3: the addresses of the "
        "two are swapped in the inventory"
    )
    for members in ("lon-3 master", "lon-3 master, lon-1 gone"):
        swapped = scene.but("lon-1", f"master | Enabled | {members} | me=lon-3")
        refused(swapped, scene.node, told, code="swapped")


def test_a_keeper_need_not_mark_its_own_line() -> None:
    line = "master | Enabled | lon-1 master, lon-2 gone | me=nobody"
    assert JOIN.but("lon-1", line).ask().command == "database cluster join 10.1.0.1"


def test_the_command_names_the_address_that_was_seen_not_the_one_that_was_planned() -> None:
    line = "master | Enabled | 198.51.100.1 master | me=198.51.100.1 | known_as=198.51.100.1"
    assert JOIN.but("lon-1", line).ask().command == "database cluster join 198.51.100.1"
    assert CONNECT.but("lon-1", line).ask().command == "database cluster connect 198.51.100.1"


@pytest.mark.parametrize("scene", EVERY, ids=lambda scene: f"{scene.permit} {scene.node}")
def test_refused_to_a_node_that_shows_a_line_that_may_report_a_fault(scene: Scene) -> None:
    line = scene.nodes[scene.node]
    told = f"{scene.node}'s status shows a line that is not known and may report a fault: 'Replication FAILED'"
    refused(scene.but(scene.node, f"{line} | alarming=Replication FAILED"), scene.node, told)
    assert scene.but(scene.node, f"{line} | unknown=Sync OK").ask().node == scene.node


@pytest.mark.parametrize("scene", [JOIN, CONNECT], ids=lambda scene: scene.permit)
def test_refused_while_the_keeper_shows_a_line_that_may_report_a_fault(scene: Scene) -> None:
    told = "lon-1's status shows a line that is not known and may report a fault: 'FAILED'"
    refused(scene.but("lon-1", f"{scene.nodes['lon-1']} | alarming=FAILED"), scene.node, told)


@pytest.mark.parametrize("scene", EVERY, ids=lambda scene: f"{scene.permit} {scene.node}")
def test_a_node_that_answers_is_not_called_unreachable(scene: Scene) -> None:
    role = scene.nodes[scene.node].split()[0]
    told = "the node answers, but is not understood: it says xyz"
    refused(scene.but(scene.node, f"{role} | unclear"), scene.node, told)
