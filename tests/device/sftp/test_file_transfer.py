"""Netmiko's `file_transfer` on the platform: over SFTP, proved by content."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from netmiko import ConnectHandler, file_transfer
from netmiko.ssh_dispatcher import FileTransfer
from nornir_netmiko.tasks import netmiko_file_transfer

from mmpctl.device.platform import register
from mmpctl.device.sftp.file_transfer import CiscoCmsFileTransfer
from mmpctl.errors import ConnectError, RefusedError, TransferError
from mmpctl.lab.fleet import Fleet
from tests.support.fleet import nornir
from tests.support.lab import Lab

NODE = "lon-1"
SENT = {"file_exists": True, "file_transferred": True, "file_verified": True}
THERE = SENT | {"file_transferred": False}


@pytest.fixture
def fleet(lab: Lab) -> Fleet:
    register()
    return lab("healthy")


def line(fleet: Fleet, device_type: str = "cisco_cms", **options: Any) -> Any:
    host = nornir(fleet).inventory.hosts[NODE]
    return ConnectHandler(
        device_type=device_type,
        host=host.hostname,
        port=host.port,
        username=fleet.username,
        password=fleet.password,
        alt_key_file=str(fleet.known_hosts),
        **options,
    )


@pytest.mark.parametrize("device_type", ["cisco_cms", "cisco_cms_ssh"])
def test_put_and_get(device_type: str, fleet: Fleet, tmp_path: Path) -> None:
    there = fleet.nodes[NODE].files
    source, home = tmp_path / "new.cer", tmp_path / "home.cer"
    source.write_bytes(b"one\n")
    seen: list[tuple[object, ...]] = []

    def progress(*arguments: object) -> None:
        seen.append(arguments)

    with line(fleet, device_type) as session:
        assert file_transfer(session, str(source), "new.cer", progress4=progress) == SENT
        assert (there / "new.cer").read_bytes() == b"one\n"
        assert seen == [(str(source).encode(), 4, 4, session.host)]
        assert file_transfer(session, str(source), "new.cer") == THERE
        source.write_bytes(b"two\n")
        with pytest.raises(ValueError, match="already exists and overwrite_file is disabled"):
            file_transfer(session, str(source), "new.cer")
        assert (there / "new.cer").read_bytes() == b"one\n"
        assert file_transfer(session, str(source), "/new.cer", file_system="/", overwrite_file=True) == SENT
        assert (there / "new.cer").read_bytes() == b"two\n"
        assert file_transfer(session, "new.cer", str(home), direction="get") == SENT
        assert home.read_bytes() == b"two\n"
        assert stat.S_IMODE(home.stat().st_mode) == 0o600
        assert file_transfer(session, "new.cer", str(home), direction="get") == THERE
        assert file_transfer(
            session, "new.cer", str(home), direction="get", overwrite_file=True, verify_file=False
        ) == {
            **SENT,
            "file_verified": False,
        }
        assert session.send_command("pki list")
        with FileTransfer(session, str(source), "new.cer") as transfer:
            assert isinstance(transfer, CiscoCmsFileTransfer)
            assert transfer.remote_md5() == transfer.file_md5(str(source))
            assert transfer.remote_file_size() == 4


def test_what_is_not_there_and_what_cannot_be(fleet: Fleet, tmp_path: Path) -> None:
    with line(fleet) as session:
        with pytest.raises((OSError, TransferError), match=r"none\.cer"):
            file_transfer(session, "none.cer", str(tmp_path / "none.cer"), direction="get")
        assert not list(tmp_path.glob("none*"))
        wrongs: list[tuple[dict[str, Any], str]] = [
            ({"direction": "both"}, "put or get"),
            ({"file_system": "flash:"}, "one folder /"),
        ]
        for wrong, said in wrongs:
            with pytest.raises(ValueError, match=said):
                file_transfer(session, __file__, "new.cer", **wrong)
        with pytest.raises(TransferError, match="not a valid file name on the device"):
            file_transfer(session, __file__, "../new.cer")


def test_a_session_that_only_reads_sends_nothing(fleet: Fleet, tmp_path: Path) -> None:
    with line(fleet, read_only=True) as session:
        with pytest.raises(RefusedError):
            file_transfer(session, __file__, "new.cer")
        assert file_transfer(session, "dbclusterca.cer", str(tmp_path / "ca.cer"), direction="get") == SENT
    assert not (fleet.nodes[NODE].files / "new.cer").exists()


def test_nornirs_task(fleet: Fleet, tmp_path: Path) -> None:
    source = tmp_path / "new.cer"
    source.write_bytes(b"one\n")
    nr = nornir(fleet).filter(role="slave")
    for changed in (True, False):
        results = nr.run(task=netmiko_file_transfer, source_file=str(source), dest_file="new.cer")
        assert {name: (one[0].result, one[0].changed) for name, one in results.items()} == {
            "lon-2": (True, changed),
            "lon-3": (True, changed),
        }


def test_the_host_key_is_checked_for_it_too(fleet: Fleet, tmp_path: Path) -> None:
    with line(fleet) as session:
        session.known_hosts = tmp_path / "empty"
        session.known_hosts.write_text("")
        session.key_policy._known_hosts = session.known_hosts
        with pytest.raises(ConnectError) as caught:
            file_transfer(session, __file__, "new.cer")
    assert caught.value.code == "host-key-unknown"
