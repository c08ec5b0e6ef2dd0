"""Faults: each happens at its moment, as often as it says, and nowhere else."""

from __future__ import annotations

import io
import json

import paramiko
import pytest

from mmpctl.lab.fault import KINDS, Fault, FaultBook
from tests.support.lab import Lab
from tests.support.lab_client import Client, settled, states, until

LOST = (EOFError, OSError, paramiko.SSHException)
REMOVE = "database cluster remove"


def test_counts_moments() -> None:
    book = FaultBook(
        [Fault("a", "command", "drop", nth=2, count=2, match="remove"), Fault("*", "answer", "drop", count=0)]
    )
    taken = [book.take("a", "command", text) is not None for text in ("remove", "status", "remove", "remove", "remove")]
    assert taken == [False, False, True, True, False]
    assert book.take("b", "command", "remove") is None
    assert all(book.take("b", "answer") for _ in range(5))
    book.clear()
    assert book.take("b", "answer") is None


def test_a_fault_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="no fault 'hang' at 'command'"):
        Fault("a", "command", "hang")
    assert set(KINDS) == {
        "connect", "command", "question", "answer", "output", "operation", "ended", "sync", "status", "certs", "backup",
        "download", "upload", "delete", "shell", "list", "look", "service",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("when", "kind", "accepted"),
    [("command", "drop", False), ("question", "drop", False), ("answer", "drop", True), ("output", "drop", True)],
)
def test_the_connection_is_dropped(lab: Lab, when: str, kind: str, accepted: bool) -> None:
    fleet = lab(faults=[Fault("lon-2", when, kind, match=REMOVE)])  # type: ignore[arg-type]
    with Client(fleet, "lon-2") as client:
        shell = client.shell()
        shell.send(REMOVE + "\r")
        with pytest.raises(LOST):
            shell.read("procedure.\r\n")
            shell.send("Y")
            shell.read()
    until(lambda: not fleet.open_connections, "the connection's end")
    settled(fleet, "lon-2")
    assert bool(fleet.log.select("accepted")) is accepted
    assert bool(fleet.log.select("finished")) is accepted
    assert fleet.nodes["lon-2"].enabled is not accepted


def test_a_command_is_refused_once(lab: Lab) -> None:
    fleet = lab("disabled", faults=[Fault("lon-1", "command", "refuse", match="certs", text="ERROR: Not today")])
    command = "database cluster certs " + " ".join(
        ("dbclusterserver.key", "dbclusterserver.cer", "dbclusterclient.key", "dbclusterclient.cer", "dbclusterca.cer")
    )
    with Client(fleet, "lon-1") as client:
        assert client.run(command) == "ERROR: Not today\n"
        assert client.run(command) == "Certificates updated\n"


def test_operations_fail_or_never_end(lab: Lab) -> None:
    faults = [Fault("lon-2", "operation", "fail"), Fault("lon-3", "operation", "hang")]
    fleet = lab(faults=faults, remove_seconds=0.0)
    with Client(fleet, "lon-2") as client:
        client.run(REMOVE, b"Y")
        settled(fleet, "lon-2")
        status = client.run("database cluster status")
        assert "Last command           : 'database cluster remove' (Failed)" in status
        assert "Enabled" in status
    with Client(fleet, "lon-3") as client:
        client.run(REMOVE, b"Y")
        assert "Disabling (Started" in client.run("database cluster status")
        assert client.run(REMOVE) == "ERROR: Another operation is in progress\n"
    assert [event.node for event in fleet.log.select("failed")] == ["lon-2"]


def test_a_slave_never_gets_in_sync(lab: Lab) -> None:
    fleet = lab(faults=[Fault("lon-2", "sync", "hang")], sync_seconds=0.0)
    with Client(fleet, "lon-2") as client:
        client.run(REMOVE, b"Y")
        settled(fleet, "lon-2")
        client.run("database cluster join 127.77.1.11", b"Y")
        settled(fleet, "lon-2")
        assert states(client.run("database cluster status"))["127.77.1.12 (me)"] == "Connected Slave"


def test_the_prompt_is_late_but_the_operation_was_accepted(lab: Lab) -> None:
    fleet = lab(faults=[Fault("lon-2", "answer", "delay", seconds=0.3)])
    with Client(fleet, "lon-2") as client:
        shell = client.shell()
        shell.ask(REMOVE)
        shell.channel.settimeout(0.1)
        shell.send("Y")
        with pytest.raises(TimeoutError):
            shell.read()
        assert fleet.log.select("accepted")
        shell.channel.settimeout(10)
        assert shell.read().endswith("Remove started...\r\nlon-2> ")


def test_text_is_added(lab: Lab) -> None:
    faults = [
        Fault("lon-2", "question", "extra", text="All recordings will be deleted."),
        Fault("lon-2", "output", "inject", match="status", text="lon-2> "),
        Fault("lon-2", "output", "split", match="pki list"),
    ]
    fleet = lab(faults=faults)
    with Client(fleet, "lon-2") as client:
        assert client.run(REMOVE).endswith("procedure.\nAll recordings will be deleted.\n")
        assert client.run(REMOVE).endswith("procedure.\n")
        status = client.run("database cluster status")
        assert "\nlon-2> \n" in status
        assert client.run("database cluster status") == status.replace("\nlon-2> \n", "\n")
        assert client.run("pki list").startswith("User supplied certificates and keys:\ncore.cer\n")


def test_transfers_are_cut(lab: Lab) -> None:
    faults = [Fault("lon-1", "download", "drop", nth=2, match="x.bak"), Fault("lon-1", "upload", "drop", nth=2)]
    fleet = lab(faults=faults)
    with Client(fleet, "lon-1") as client:
        client.run("backup snapshot x")
        with pytest.raises(LOST):
            client.ssh.open_sftp().getfo("/x.bak", io.BytesIO())
    with Client(fleet, "lon-1") as client, pytest.raises(LOST):
        client.ssh.open_sftp().putfo(io.BytesIO(b"x" * 100_000), "/new.cer")
    assert 0 < (fleet.nodes["lon-1"].files / "new.cer").stat().st_size < 100_000
    with Client(fleet, "lon-1") as client:
        content = client.ssh.open_sftp().open("/x.bak").read()
    assert json.loads(content.splitlines()[0])["node"] == "lon-1"
    until(lambda: not fleet.open_connections, "the connections' end")
    assert not fleet.log.select("sftp-put")


def test_connections_are_refused_reset_or_met_by_an_impostor(lab: Lab) -> None:
    faults = [
        Fault("lon-1", "connect", "refuse"),
        Fault("lon-2", "connect", "wrong-host-key", nth=2),
        Fault("lon-3", "connect", "reset"),
    ]
    fleet = lab(faults=faults)
    with pytest.raises(ConnectionRefusedError):
        Client(fleet, "lon-1")
    fleet.bring_up("lon-1")
    Client(fleet, "lon-1").ssh.close()
    Client(fleet, "lon-2").ssh.close()
    with pytest.raises(paramiko.BadHostKeyException):
        Client(fleet, "lon-2")
    Client(fleet, "lon-2").ssh.close()
    with pytest.raises((paramiko.SSHException, OSError, EOFError)):
        Client(fleet, "lon-3")
    Client(fleet, "lon-3").ssh.close()


def test_a_node_goes_down_and_comes_back_at_the_same_place(lab: Lab) -> None:
    fleet = lab()
    client = Client(fleet, "lon-1")
    address = fleet.address("lon-1")
    fleet.take_down("lon-1")
    until(lambda: not client.ssh.get_transport().is_active(), "the connection's end")  # type: ignore[union-attr]
    client.ssh.close()
    with pytest.raises(ConnectionRefusedError):
        Client(fleet, "lon-1")
    fleet.bring_up("lon-1")
    assert fleet.address("lon-1") == address
    with Client(fleet, "lon-1") as again:
        assert again.run("hostname") == "lon-1\n"
