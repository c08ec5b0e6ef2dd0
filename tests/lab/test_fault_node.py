"""Faults of whole nodes, of their databases, backups and files."""

from __future__ import annotations

import io

import paramiko
import pytest

from mmpctl.lab.fault import Fault
from tests.support.lab import Lab
from tests.support.lab_client import Client, settled, states, until

LOST = (EOFError, OSError, paramiko.SSHException)
REMOVE, STATUS = "database cluster remove", "database cluster status"
CERTS = (
    "database cluster certs "
    "dbclusterserver.key dbclusterserver.cer dbclusterclient.key dbclusterclient.cer dbclusterca.cer"
)


@pytest.mark.parametrize(
    ("ends", "shown"),
    [
        ("done", f"'{REMOVE}' (Success)"),
        ("failed", f"'{REMOVE}' (Failed)"),
        ("lost", "CA Certificate"),
    ],
)
def test_a_node_reboots_during_a_remove(lab: Lab, ends: str, shown: str) -> None:
    # It does not come up by itself: the others are looked at in time, however long that takes.
    fleet = lab(faults=[Fault("lon-2", "operation", "reboot", seconds=3600, ends=ends)])  # type: ignore[arg-type]
    client = Client(fleet, "lon-2")
    client.run(REMOVE, b"Y")
    until(lambda: not client.ssh.get_transport().is_active(), "the connection's end")  # type: ignore[union-attr]
    client.ssh.close()
    with Client(fleet, "lon-1") as other:
        assert states(other.run(STATUS))["127.77.1.12"] == "Disconnected"
    fleet.bring_up("lon-2")
    settled(fleet, "lon-2")
    with Client(fleet, "lon-2") as again:
        assert again.run(STATUS).strip().splitlines()[-1].endswith(shown) or shown in again.run(STATUS)
    assert fleet.nodes["lon-2"].enabled is (ends != "done")


def test_a_node_dies_when_it_hears_a_command_elsewhere(lab: Lab) -> None:
    fleet = lab(faults=[Fault("lon-2", "command", "die", match="pki", on="lon-3")])
    with Client(fleet, "lon-2") as client:
        assert client.run("pki list")
        with pytest.raises(ConnectionRefusedError):
            Client(fleet, "lon-3")
        fleet.bring_up("lon-3")
        Client(fleet, "lon-3").ssh.close()


def test_a_slave_takes_over_from_a_dead_master_which_follows_it_when_it_is_back(lab: Lab) -> None:
    fleet = lab()
    fleet.take_down("lon-1")
    assert [event.node for event in fleet.log.select("promoted")] == ["lon-2"]
    fleet.write("lon-2", "space-new")
    fleet.bring_up("lon-1")
    with Client(fleet, "lon-1") as client:
        shown = states(client.run(STATUS))
    assert shown["127.77.1.12"] == "Connected Master"
    assert shown["127.77.1.11 (me)"] == "Connected Slave ( In Sync )"
    assert fleet.nodes["lon-1"].rows == fleet.nodes["lon-2"].rows


def test_nobody_takes_over_without_a_majority(lab: Lab) -> None:
    fleet = lab()
    fleet.cut_off("lon-1", "lon-2", "lon-3")
    assert not fleet.log.select("promoted")


def test_somebody_types_by_hand(lab: Lab) -> None:
    fleet = lab(faults=[Fault("lon-2", "ended", "by-hand", match="remove", on="lon-3", text=REMOVE)])
    with Client(fleet, "lon-2") as client:
        client.run(REMOVE, b"Y")
    until(lambda: bool(fleet.log.select("by-hand", node="lon-3")), "the other's remove")
    settled(fleet, "lon-2", "lon-3")
    assert [event.node for event in fleet.log.select("accepted")] == ["lon-2"]
    assert not fleet.nodes["lon-3"].enabled


def test_a_status_shows_an_error_or_a_slave_that_fell_behind(lab: Lab) -> None:
    faults = [
        Fault("lon-2", "status", "lapse", nth=2, count=2),
        Fault("lon-3", "status", "error", text="No space left on device"),
    ]
    fleet = lab(faults=faults)
    with Client(fleet, "lon-2") as client:
        shown = [states(client.run(STATUS))["127.77.1.12 (me)"] for _ in range(4)]
    assert shown == ["Connected Slave ( In Sync )", "Connected Slave", "Connected Slave", "Connected Slave ( In Sync )"]
    with Client(fleet, "lon-3") as client:
        lines = client.run(STATUS).splitlines()
    assert [line.split(":")[1].strip() for line in lines[:2]] == ["No space left on device", "Error"]


def test_an_operation_ends_in_an_error(lab: Lab) -> None:
    fleet = lab("disabled", faults=[Fault("lon-1", "operation", "fail", text="Could not start")])
    with Client(fleet, "lon-1") as client:
        client.run("database cluster initialize", b"Y")
        settled(fleet, "lon-1")
        assert "Could not start" in client.run(STATUS)


def test_certificates_that_were_taken_are_not_there(lab: Lab) -> None:
    fleet = lab("disabled", faults=[Fault("lon-1", "certs", "ignore")])
    with Client(fleet, "lon-1") as client:
        client.ssh.open_sftp().putfo(io.BytesIO(b"x"), "/new.cer")
        other = CERTS.replace("dbclusterca.cer", "new.cer")
        assert client.run(other) == "Certificates updated\n"
        assert "new.cer" not in client.run(STATUS)
        client.run(other)
        assert "new.cer" in client.run(STATUS)


def test_backups_are_empty_or_missing(lab: Lab) -> None:
    faults = [Fault("lon-1", "backup", "empty", match="one"), Fault("lon-1", "backup", "missing", match="two")]
    fleet = lab(faults=faults)
    with Client(fleet, "lon-1") as client:
        assert client.run("backup snapshot one") == "one.bak ready for download\n"
        assert client.run("backup snapshot two") == "two.bak ready for download\n"
        assert client.run("backup list") == "one.bak\n"
    assert (fleet.nodes["lon-1"].files / "one.bak").stat().st_size == 0


def test_files_are_damaged_on_their_way(lab: Lab) -> None:
    faults = [
        Fault("lon-1", "download", "flip", match="x.bak"),
        Fault("lon-1", "upload", "flip", match="new.cer"),
        Fault("lon-1", "upload", "cut", nth=2, match="cut.cer"),
        Fault("lon-1", "download", "cut", nth=2, match="cut.cer"),
    ]
    fleet = lab(faults=faults)
    sent = bytes(100_000)
    with Client(fleet, "lon-1") as client:
        client.run("backup snapshot x")
        sftp = client.ssh.open_sftp()
        first, second = (sftp.open("/x.bak").read() for _ in range(2))
        assert first != second and len(first) == len(second)
        sftp.putfo(io.BytesIO(sent), "/new.cer")
        arrived = (fleet.nodes["lon-1"].files / "new.cer").read_bytes()
        assert arrived[0] == 1 and arrived[1:] == sent[1:]
        sftp.putfo(io.BytesIO(sent), "/cut.cer", confirm=False)
        there = (fleet.nodes["lon-1"].files / "cut.cer").stat().st_size
        assert 0 < there < 100_000
        (fleet.nodes["lon-1"].files / "cut.cer").write_bytes(sent)
        assert 0 < len(sftp.open("/cut.cer").read()) < 100_000


def test_another_node_becomes_the_master(lab: Lab) -> None:
    fleet = lab(faults=[Fault("lon-3", "command", "failover", match="backup", on="lon-2")])
    with Client(fleet, "lon-3") as client:
        client.run("backup snapshot x")
        shown = states(client.run(STATUS))
    assert shown["127.77.1.12"] == "Connected Master"
    assert shown["127.77.1.11"] == "Connected Slave ( In Sync )"
