"""The platform and SFTP against the lab's nodes: two readings of the same device must agree, whichever way it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mmpctl.device.platform import CiscoCms
from mmpctl.device.sftp.mmp_sftp import MmpSftp
from mmpctl.errors import CommandRefused, ConnectionLost, OutcomeUnknown, UnknownQuestion
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from tests.support.lab import Lab

MASTER, SLAVE, CLIENT = "lon-1", "lon-2", "lon-4"


def connect(fleet: Fleet, node: str, **options: Any) -> CiscoCms:
    host, port = fleet.address(node)
    login: dict[str, Any] = {
        "username": fleet.username,
        "password": fleet.password,
        "alt_key_file": str(fleet.known_hosts),
    }
    return CiscoCms(host=host, port=port, **login, quiet_seconds=0.1, **options)


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"vocabulary": "primary"},
        {"enter_after_y": True},
        {"echo_y": False},
        {"enter_after_y": True, "echo_y": False, "after_y": "nothing"},
        {"after_y": "started"},
        {"ansi": True},
        {"wrap": "always"},
        {"wrap": "never", "line_end": "\n"},
        {"greeting": "Welcome\nhere> is no prompt (Y/n)\n", "banner": "Authorised use only\n"},
        {"domain": ".example.com"},
        {"columns": "moving", "indent": 4},
        {"channel_gap": 0.05},
        {"connect_question": "short", "client_remove_question": "short"},
    ],
    ids=str,
)
def test_operations_are_confirmed_whatever_the_lab_plays(switches: dict[str, Any], lab: Lab) -> None:
    fleet = lab("healthy", **switches)
    with connect(fleet, SLAVE) as slave:
        assert slave.device_name.startswith(SLAVE)
        assert "Enabled" in slave.command("database cluster status")
        slave.ask("database cluster remove", "remove")
        assert "Disabl" in slave.command("database cluster status")
    with connect(fleet, CLIENT) as client:
        client.ask("database cluster remove", "remove", client=True)
        assert "Disabl" in client.command("database cluster status")
    assert len(fleet.log.select("accepted")) == 2
    with connect(fleet, MASTER) as master:
        with pytest.raises(CommandRefused) as caught:
            master.command("database cluster certs a.key a.cer b.key b.cer c.cer")
        assert "Disable clustering" in caught.value.text
        with pytest.raises(CommandRefused):
            master.command("no such thing")


def test_the_note_of_a_node_that_is_already_in_a_cluster_is_never_answered(lab: Lab) -> None:
    fleet = lab("healthy")
    with connect(fleet, SLAVE) as slave, pytest.raises(UnknownQuestion) as caught:
        slave.ask("database cluster join 10.1.1.1", "join")
    assert "already in a cluster" in caught.value.message
    with connect(fleet, SLAVE) as slave:
        assert "join" not in slave.command("database cluster status")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(SLAVE, "question", "extra", text="All recordings will be deleted."), UnknownQuestion),
        (Fault(SLAVE, "question", "drop"), ConnectionLost),
        (Fault(SLAVE, "answer", "drop"), OutcomeUnknown),
        (Fault(SLAVE, "command", "drop", match="remove"), ConnectionLost),
    ],
)
def test_faults_of_the_lab(fault: Fault, error: type[Exception], lab: Lab) -> None:
    fleet = lab("healthy", faults=[fault])
    with connect(fleet, SLAVE) as slave, pytest.raises(error) as caught:
        slave.ask("database cluster remove", "remove")
    if error is ConnectionLost:
        assert getattr(caught.value, "code", "") == "lost-before-answer"
    assert bool(fleet.log.select("accepted", node=SLAVE)) == (error is OutcomeUnknown)


def test_the_lab_s_files_by_sftp(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy")
    host, port = fleet.address(MASTER)
    plugin = MmpSftp()
    plugin.open(host, fleet.username, fleet.password, port, None, {"alt_key_file": str(fleet.known_hosts)})
    with connect(fleet, MASTER) as line:
        line.command("backup snapshot before")
        sftp = plugin.connection
        assert sftp.host_key == line.host_key
        digest = sftp.fetch("before.bak", tmp_path / "before.bak")
        assert digest.size == (tmp_path / "before.bak").stat().st_size > 0
        sftp.store(b"content", "new.cer")
        assert "new.cer" in line.command("pki list")
        assert sftp.read("new.cer") == b"content"
    plugin.close()
