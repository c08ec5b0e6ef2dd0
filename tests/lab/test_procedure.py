"""The manual renewal, and how data gets lost in the lab as on the device."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmpctl.lab.fleet import Fleet
from mmpctl.lab.switches import Switches
from tests.support.lab import Lab
from tests.support.lab_client import Client, settled, states, until

FULL = ("server.key", "server.cer", "client.key", "client.cer", "ca.cer")
MASTER = "127.77.1.11"


def upload(fleet: Fleet, node: str, folder: Path | None = None) -> str:
    """Upload a node's new files; the `certs` command for them."""
    folder = folder or fleet.certificates / "lon-prod" / node
    names = [name for name in FULL if (folder / name).exists()]
    with Client(fleet, node) as client:
        sftp = client.ssh.open_sftp()
        for name in names:
            sftp.put(str(folder / name), f"/new-{name}")
    return " ".join(["database cluster certs", *(f"new-{name}" for name in names)])


def do(fleet: Fleet, node: str, command: str) -> str:
    """Run an operation on the exec channel with ``Y``, wait for its end; the status then."""
    with Client(fleet, node) as client:
        client.run(command, b"Y")
        settled(fleet, node)
        return client.run("database cluster status")


def plain(fleet: Fleet, node: str, command: str) -> str:
    with Client(fleet, node) as client:
        return client.run(command)


def in_sync(fleet: Fleet, node: str) -> Callable[[], bool]:
    return lambda: fleet.nodes[node].database.in_sync


def renew(fleet: Fleet) -> None:
    """The whole procedure by hand."""
    for node in ("lon-2", "lon-3", "lon-4", "lon-1"):
        assert "'database cluster remove' (Success)" in do(fleet, node, "database cluster remove")
    for node in fleet.nodes:
        assert plain(fleet, node, upload(fleet, node)) == "Certificates updated\n"
    assert "'database cluster initialize' (Success)" in do(fleet, "lon-1", "database cluster initialize")
    for node in ("lon-2", "lon-3"):
        assert "(Success)" in do(fleet, node, f"database cluster join {MASTER}")
        until(in_sync(fleet, node), f"{node} in sync")
    assert "(Success)" in do(fleet, "lon-4", f"database cluster connect {MASTER}")


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"expired_shows": "disabled"},
        {"connect_question": "none", "client_remove_question": "none"},
        {"enter_after_y": True},
    ],
)
def test_the_manual_procedure_keeps_the_masters_rows(lab: Lab, switches: dict[str, Any]) -> None:
    fleet = lab("expired", **switches)
    rows = fleet.nodes["lon-1"].rows
    assert fleet.nodes["lon-2"].rows == rows[:-1]
    renew(fleet)
    for node in ("lon-1", "lon-2", "lon-3"):
        status = plain(fleet, node, "database cluster status")
        mine = fleet.nodes[node].address
        assert states(status) == {
            address + (" (me)" if address == mine else ""): "Connected Master"
            if address == MASTER
            else "Connected Slave ( In Sync )"
            for address in (MASTER, "127.77.1.12", "127.77.1.13")
        }
        assert "(expired)" not in status
        assert "Server Certificate   : new-server.cer\n" in status
        assert fleet.nodes[node].rows == rows
    client = plain(fleet, "lon-4", "database cluster status")
    assert "Server" not in client
    assert f"Node in use           : {MASTER}\n" in client
    fleet.write("lon-1", "after")
    assert all(fleet.nodes[node].rows == (*rows, "after") for node in ("lon-1", "lon-2", "lon-3"))


def test_join_in_the_wrong_direction_loses_the_keepers_rows(lab: Lab) -> None:
    fleet = lab("disabled")
    for node in ("lon-1", "lon-2"):
        plain(fleet, node, upload(fleet, node))
    stale = fleet.nodes["lon-2"].rows
    do(fleet, "lon-2", "database cluster initialize")
    assert "(Success)" in do(fleet, "lon-1", "database cluster join 127.77.1.12")
    until(in_sync(fleet, "lon-1"), "lon-1 in sync")
    assert fleet.nodes["lon-1"].rows == stale


def test_a_failed_join_has_emptied_the_database(lab: Lab) -> None:
    fleet = lab("disabled", failed_status="error")
    for node in ("lon-1", "lon-2"):
        plain(fleet, node, upload(fleet, node))
    status = do(fleet, "lon-2", f"database cluster join {MASTER}")
    assert status.startswith("ERROR                 : Could not join\nStatus                : Error\n")
    assert f"'database cluster join {MASTER}' (Failed)" in status
    assert fleet.nodes["lon-2"].rows == ()


def test_certificates_decide_whether_a_join_works(lab: Lab) -> None:
    fleet = lab("disabled")
    plain(fleet, "lon-1", upload(fleet, "lon-1"))
    do(fleet, "lon-1", "database cluster initialize")
    # lon-2 still has the expired ones of the old authority.
    assert "(Failed)" in do(fleet, "lon-2", f"database cluster join {MASTER}")
    # lon-3 has a client certificate that is not postgres's.
    folder = fleet.certificates / "lon-prod" / "lon-3"
    (folder / "client.cer").write_bytes((folder / "server.cer").read_bytes())
    (folder / "client.key").write_bytes((folder / "server.key").read_bytes())
    plain(fleet, "lon-3", upload(fleet, "lon-3"))
    assert "(Failed)" in do(fleet, "lon-3", f"database cluster join {MASTER}")


def test_a_slave_is_bare_until_it_is_in_sync(lab: Lab) -> None:
    fleet = lab("healthy", sync_seconds=0.4)
    rows = fleet.nodes["lon-1"].rows
    do(fleet, "lon-2", "database cluster remove")
    assert "127.77.1.12" not in plain(fleet, "lon-1", "database cluster status")
    assert fleet.nodes["lon-2"].rows == rows
    status = do(fleet, "lon-2", f"database cluster join {MASTER}")
    assert states(status)["127.77.1.12 (me)"] == "Connected Slave"
    assert fleet.nodes["lon-2"].rows == ()
    until(in_sync(fleet, "lon-2"), "lon-2 in sync")
    assert fleet.nodes["lon-2"].rows == rows
    assert [event.node for event in fleet.log.select("synced")] == ["lon-2"]


def test_join_while_in_a_cluster_says_so(lab: Lab) -> None:
    question = plain(lab(), "lon-2", f"database cluster join {MASTER}")
    assert question.endswith(
        "NOTE: This node is already in a cluster.\nKnowledge of all nodes in the old cluster will be removed\n"
    )


@pytest.mark.parametrize(("when", "text"), [("ask", "WARNING!!!"), ("error", "ERROR: This node is not in a cluster")])
def test_remove_on_a_node_in_no_cluster(lab: Lab, when: str, text: str) -> None:
    assert plain(lab("disabled", remove_when_disabled=when), "lon-2", "database cluster remove").startswith(text)


def test_certs_wants_files_that_are_there_and_a_node_that_has_left(lab: Lab) -> None:
    fleet = lab("disabled")
    assert plain(fleet, "lon-1", "database cluster certs a.key a.cer b.key b.cer ca.cer") == (
        "ERROR: File a.key not found\n"
    )
    healthy = lab()
    assert plain(healthy, "lon-1", "database cluster certs a.key a.cer b.key b.cer ca.cer") == (
        "ERROR: Cannot change certificates when clustering enabled.\n  Disable clustering on this node first\n"
    )
    assert plain(healthy, "lon-1", "database cluster initialize").startswith("ERROR: Cannot initialize")


def test_writes_reach_the_slaves_that_hear_the_master(lab: Lab) -> None:
    fleet = lab("isolated")
    rows = fleet.nodes["lon-1"].rows
    fleet.write("lon-1", "new")
    assert fleet.nodes["lon-2"].rows == (*rows, "new")
    assert fleet.nodes["lon-3"].rows == rows[:-1]
    fleet.cut_off()
    assert fleet.nodes["lon-3"].rows == (*rows, "new")
    with pytest.raises(ValueError, match="slave"):
        fleet.write("lon-2", "no")


def test_default_durations_are_those_of_a_demonstration() -> None:
    assert Switches().remove_seconds == Switches().join_seconds == 3.0
