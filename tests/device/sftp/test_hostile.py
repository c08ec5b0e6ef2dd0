"""A node that lies about its files, or never ends telling of them, over real SFTP of the lab."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import paramiko
import pytest

from mmpctl.device.bounds import Bounds, in_words
from mmpctl.device.platform import CiscoCms
from mmpctl.device.sftp.client import SftpClient, attributes_of
from mmpctl.device.sftp.mmp_sftp import MmpSftp
from mmpctl.device.sftp.several_files import LARGEST
from mmpctl.device.sftp.transfer import SftpSession
from mmpctl.errors import ConnectError, TransferError
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from tests.support.lab import Lab

NODE, OTHER = "lon-1", "lon-2"
TERABYTE = 1024**4
BEGIN = b"-----BEGIN CERTIFICATE-----"


@contextmanager
def session(fleet: Fleet, node: str = NODE, **bounds: Any) -> Iterator[SftpSession]:
    """SFTP with a node of the lab."""
    host, port = fleet.address(node)
    plugin = MmpSftp()
    plugin.open(host, fleet.username, fleet.password, port, "cisco_cms", {"alt_key_file": str(fleet.known_hosts)})
    try:
        plugin.connection.bounds = Bounds(**bounds)
        yield plugin.connection
    finally:
        plugin.close()


def test_small_files_are_read_at_once_however_many_they_are(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = lab("healthy")
    names = ["dbclusterserver.cer", "dbclusterclient.cer", "dbclusterca.cer", "core.cer"]
    trips: list[int] = []
    together = SftpClient.together

    def counting(client: SftpClient, requests: Any) -> Any:
        trips.append(len(requests))
        return together(client, requests)

    monkeypatch.setattr(SftpClient, "together", counting)
    with session(fleet) as sftp:
        for wanted in (names[:1], names):
            trips.clear()
            assert sftp.read_several(wanted, [BEGIN]) == {
                name: (fleet.nodes[NODE].files / name).read_bytes() for name in wanted
            }
            assert len(trips) == 4
        assert {name: sftp.read(name) for name in names} == sftp.read_several(names, [BEGIN])


def test_of_several_files_those_that_are_odd_are_left_out(lab: Lab) -> None:
    fleet = lab("healthy")
    files = fleet.nodes[NODE].files
    good = (files / "core.cer").read_bytes()
    (files / "hidden.cer").write_bytes((files / "core.key").read_bytes())
    (files / "large.cer").write_bytes(good + b"\n" * LARGEST)
    (files / "empty.cer").write_bytes(b"")
    (files / "short.cer").write_bytes(BEGIN)
    fleet.faults.add(Fault(NODE, "look", "claim", count=0, match="dbclusterca.cer", size=TERABYTE))
    fleet.faults.add(Fault(NODE, "download", "cut", count=0, match="dbclusterclient.cer"))
    odd = [
        "hidden.cer",
        "large.cer",
        "empty.cer",
        "none.cer",
        "../../etc/passwd",
        "dbclusterca.cer",
        "dbclusterclient.cer",
    ]
    with session(fleet) as sftp:
        assert sftp.read_several([*odd, "core.cer", "short.cer"], [BEGIN]) == {"core.cer": good, "short.cer": BEGIN}
        assert sftp.read_several(odd, [BEGIN]) == {}
        assert sftp.read_several([], [BEGIN]) == {}
    # The lab records a file as fetched if it was read whole.
    assert {event.text for event in fleet.log.select("sftp-get", node=NODE)} <= {"core.cer", "short.cer", "empty.cer"}


def test_several_files_are_not_waited_for_without_end(lab: Lab) -> None:
    fleet = lab("healthy", faults=[Fault(NODE, "download", "freeze", count=0)])
    with session(fleet, listing_seconds=0.5) as sftp, pytest.raises(TransferError) as caught:
        sftp.read_several(["core.cer"], [BEGIN])
    assert caught.value.code == "too-slow"


def put(fleet: Fleet, name: str, content: bytes = b"content") -> None:
    with session(fleet) as sftp:
        sftp.store(content, name)


@pytest.mark.parametrize(
    ("fault", "bounds", "code"),
    [
        (Fault(NODE, "list", "endless", count=0), {}, "too-many-files"),
        (Fault(NODE, "list", "long", times=60), {"entries": 50}, "too-many-files"),
        (Fault(NODE, "list", "crawl", seconds=0.01, count=0), {"listing_seconds": 1.0}, "too-slow"),
    ],
    ids=["endless", "long", "crawl"],
)
def test_a_list_without_end_is_ended(fault: Fault, bounds: dict[str, Any], code: str, lab: Lab) -> None:
    fleet = lab("healthy", faults=[fault])
    with session(fleet, **bounds) as sftp, pytest.raises(TransferError) as caught:
        sftp.files()
    assert caught.value.code == code
    with session(fleet, OTHER) as sftp:
        assert sftp.files()


def test_a_long_list_that_a_node_may_have_is_read(lab: Lab) -> None:
    fleet = lab("healthy", faults=[Fault(NODE, "list", "long", times=3000)])
    with session(fleet) as sftp:
        assert len(sftp.files()) > 3000


def test_a_backup_that_no_node_has_is_refused_before_a_byte_is_fetched(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy")
    put(fleet, "cms.bak")
    before = fleet.log.select("sftp-get")
    fleet.faults.add(Fault(NODE, "look", "claim", count=0, match="cms.bak", size=TERABYTE))
    with session(fleet) as sftp, pytest.raises(TransferError) as caught:
        sftp.fetch("cms.bak", tmp_path / "cms.bak")
    assert caught.value.code == "too-large"
    assert "1.0 TiB" in caught.value.message
    assert "cms.bak" in caught.value.message
    assert list(tmp_path.glob("cms.bak*")) == []
    assert fleet.log.select("sftp-get") == before


def test_the_room_on_the_disk_is_looked_at_before_a_fetch(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = lab("healthy")
    put(fleet, "cms.bak", b"x" * 5000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=1, used=1, free=4999))
    with session(fleet) as sftp:
        with pytest.raises(TransferError) as caught:
            sftp.fetch("cms.bak", tmp_path / "cms.bak")
        assert caught.value.code == "local-disk"
        assert "4.9 KiB are free" in caught.value.message
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=1, used=1, free=5000))
        assert sftp.fetch("cms.bak", tmp_path / "cms.bak").size == 5000


def test_a_file_that_is_smaller_than_claimed_does_not_count_as_fetched(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy")
    put(fleet, "cms.bak")
    fleet.faults.add(Fault(NODE, "look", "claim", count=0, match="cms.bak", size=10_000_000))
    with session(fleet) as sftp, pytest.raises(TransferError) as caught:
        sftp.fetch("cms.bak", tmp_path / "cms.bak")
    assert caught.value.code == "incomplete"
    assert list(tmp_path.glob("cms.bak*")) == []


def test_a_fetch_that_crawls_is_ended(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy")
    put(fleet, "cms.bak", b"x" * 2_000_000)
    fleet.faults.add(Fault(NODE, "download", "crawl", count=0, seconds=0.2))
    with (
        session(fleet, start_seconds=1.0, least_bytes_a_second=10_000_000) as sftp,
        pytest.raises(TransferError) as caught,
    ):
        sftp.fetch("cms.bak", tmp_path / "cms.bak")
    assert caught.value.code == "too-slow"
    assert list(tmp_path.glob("cms.bak*")) == []


def test_an_account_without_a_shell_is_told_with_the_nodes_words(lab: Lab) -> None:
    fleet = lab("healthy", faults=[Fault(NODE, "shell", "refuse", text="This account is for file transfer only.")])
    host, port = fleet.address(NODE)
    login: dict[str, Any] = {
        "username": fleet.username,
        "password": fleet.password,
        "alt_key_file": str(fleet.known_hosts),
    }
    with pytest.raises(ConnectError) as caught:
        CiscoCms(host=host, port=port, **login)
    assert caught.value.code == "no-shell"
    assert "This account is for file transfer only." in caught.value.message


class Line:
    """The other end of a client, which plays bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def recv(self, size: int) -> bytes:
        piece, self.data = self.data[:size], self.data[size:]
        return piece

    def settimeout(self, seconds: float) -> None:
        assert seconds > 0


def _client(data: bytes) -> SftpClient:
    client = SftpClient.__new__(SftpClient)
    client._seconds, client._until, client.sock = 1.0, float("inf"), cast(paramiko.Channel, Line(data))
    return client


@pytest.mark.parametrize("size", [0, 1024 * 1024 + 1, 16 * 1024 * 1024, 2**32 - 1])
def test_a_packet_of_an_impossible_size_is_not_waited_for(size: int) -> None:
    with pytest.raises(paramiko.SFTPError):
        _client(size.to_bytes(4, "big") + b"x" * 100)._read_packet()


@pytest.mark.parametrize("flags", [0x80000000, 0x8000000F])
def test_attributes_that_claim_more_than_there_is_are_refused(flags: int) -> None:
    message = paramiko.Message(flags.to_bytes(4, "big") + b"\0" * (28 if flags & 15 else 0) + b"\xff" * 4)
    with pytest.raises(paramiko.SFTPError):
        attributes_of(message, "x")


def test_sizes_are_told_in_words() -> None:
    told: Callable[[int], str] = in_words
    assert [told(size) for size in (0, 1023, 1024, 1536, TERABYTE, 2**64)] == [
        "0 bytes",
        "1023 bytes",
        "1.0 KiB",
        "1.5 KiB",
        "1.0 TiB",
        "16.0 EiB",
    ]
