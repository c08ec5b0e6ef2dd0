"""Files by SFTP, over real SSH: what arrived in part never counts as arrived."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import timezone
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from nornir.core import Nornir
from nornir.core.inventory import ConnectionOptions, Defaults, Groups, Host, Hosts, Inventory
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.task import Result, Task
from nornir.plugins.runners import SerialRunner

from mmpctl.device.sftp.mmp_sftp import CONNECTION_NAME, MmpSftp, RemoteFile, SftpSession
from mmpctl.errors import ConnectionLost, HostKeyError, TransferError
from tests.support.scripted import HOST, PASSWORD, USER, Scripted

LARGE = bytes(range(256)) * 4096 * 5 + b"the end"


class Root(asyncssh.SFTPServer):
    """The node's SFTP root, in a folder; faults are the class's."""

    folder: Path
    cut_after = 0
    shrink_after = 0
    flip = False
    full = False
    moved = 0
    restless = False
    typeless = False
    sizes_listed = True
    says_missing = True

    def __init__(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        super().__init__(chan, chroot=bytes(self.folder))

    def read(self, file_obj: Any, offset: int, size: int) -> bytes:
        self._count(size)
        data = super().read(file_obj, offset, size)
        assert isinstance(data, bytes)
        if self.shrink_after and self.moved > self.shrink_after:
            return b""
        return bytes([data[0] ^ 1]) + data[1:] if self.flip and data else data

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        async for name in super().scandir(path):
            if self.typeless and name.attrs.permissions is not None:
                name.attrs.permissions &= 0o7777
                name.attrs.type = asyncssh.FILEXFER_TYPE_UNKNOWN
            if not self.sizes_listed:
                name.attrs.size = None
            yield name

    def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        try:
            found = super().stat(path)
        except FileNotFoundError:
            if self.says_missing:
                raise
            raise asyncssh.SFTPFailure("Failure") from None
        assert isinstance(found, os.stat_result)
        attributes = asyncssh.SFTPAttrs.from_local(found)
        if self.restless and attributes.mtime is not None:
            type(self).moved += 1
            attributes.mtime += self.moved
        return attributes

    def write(self, file_obj: Any, offset: int, data: bytes) -> int:
        if self.full:
            raise asyncssh.SFTPFailure("No space left on device")
        self._count(len(data))
        written = super().write(file_obj, offset, data)
        assert isinstance(written, int)
        return written

    def _count(self, size: int) -> None:
        type(self).moved += size
        if self.cut_after and self.moved > self.cut_after:
            self.channel.get_connection().abort()
            raise asyncssh.SFTPConnectionLost("cut")


class Node:
    """A node with an SFTP root, and the folder that it shows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "root"
        self.folder.mkdir()

        class OneRoot(Root):
            """This node's."""

        OneRoot.folder = self.folder
        self.root = OneRoot
        self.server = Scripted(None, folder, sftp_factory=self.root)

    @contextmanager
    def session(self, **changes: Any) -> Iterator[SftpSession]:
        """An open session."""
        plugin = MmpSftp()
        extras = {"alt_key_file": str(self.server.known_hosts), "session_log": "unused", "quiet_seconds": 1} | changes
        plugin.open(HOST, USER, PASSWORD, self.server.port, "cisco_cms", extras)
        try:
            yield plugin.connection
        finally:
            plugin.close()


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    one = Node(tmp_path)
    with one.server:
        yield one


def left_behind(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_are_listed_with_their_sizes_and_times(node: Node) -> None:
    (node.folder / "b.bak").write_bytes(b"12345")
    (node.folder / "a.key").write_bytes(b"")
    (node.folder / "folder").mkdir()
    with node.session() as sftp:
        listed = sftp.files()
        assert [(file.name, file.size) for file in listed] == [("a.key", 0), ("b.bak", 5)]
        assert all(file.modified and file.modified.tzinfo is timezone.utc for file in listed)
        assert sftp.stat("b.bak") == listed[1]
        assert sftp.stat("c.bak") is None
        assert sftp.host_key == node.server.key.get_fingerprint()


@pytest.mark.parametrize("content", [b"", b"x", LARGE])
def test_a_file_is_fetched_whole_and_private(content: bytes, node: Node, tmp_path: Path) -> None:
    (node.folder / "a.bak").write_bytes(content)
    home = tmp_path / "home"
    home.mkdir()
    (home / "a.bak.part").write_text("of an earlier attempt")
    with node.session() as sftp:
        digest = sftp.fetch("a.bak", home / "a.bak", expected_size=len(content))
    assert (home / "a.bak").read_bytes() == content
    assert (home / "a.bak").stat().st_mode & 0o777 == 0o600
    assert (digest.name, digest.size) == ("a.bak", len(content))
    assert digest.sha256 == hashlib.sha256(content).hexdigest()
    assert left_behind(home) == ["a.bak"]


def test_a_file_of_another_size_is_not_fetched(node: Node, tmp_path: Path) -> None:
    (node.folder / "a.bak").write_bytes(b"short")
    with node.session() as sftp, pytest.raises(TransferError) as caught:
        sftp.fetch("a.bak", tmp_path / "a.bak", expected_size=6)
    assert caught.value.code == "incomplete"
    assert not (tmp_path / "a.bak").exists()


def test_a_download_that_is_cut_off_leaves_nothing(node: Node, tmp_path: Path) -> None:
    (node.folder / "a.bak").write_bytes(LARGE)
    node.root.cut_after = len(LARGE) // 2
    home = tmp_path / "home"
    home.mkdir()
    (home / "a.bak").write_bytes(b"of yesterday")
    with node.session() as sftp, pytest.raises(ConnectionLost):
        sftp.fetch("a.bak", home / "a.bak")
    assert left_behind(home) == ["a.bak"]
    assert (home / "a.bak").read_bytes() == b"of yesterday"


def test_a_file_that_ends_too_soon_is_not_kept(node: Node, tmp_path: Path) -> None:
    (node.folder / "a.bak").write_bytes(LARGE)
    node.root.shrink_after = len(LARGE) // 2
    home = tmp_path / "home"
    home.mkdir()
    with node.session() as sftp:
        with pytest.raises(TransferError) as caught:
            sftp.fetch("a.bak", home / "a.bak")
        assert caught.value.code == "incomplete"
        with pytest.raises(TransferError):
            sftp.read("a.bak", limit=len(LARGE))
    assert left_behind(home) == []


def test_a_file_that_changes_meanwhile_is_not_kept(node: Node, tmp_path: Path) -> None:
    (node.folder / "a.bak").write_bytes(b"x" * 100)
    home = tmp_path / "home"
    home.mkdir()
    with node.session() as sftp:
        look = sftp.stat

        def growing(name: str) -> RemoteFile | None:
            before = look(name)
            with (node.folder / name).open("ab") as file:
                file.write(b"more")
            return before

        sftp.stat = growing  # type: ignore[method-assign]
        with pytest.raises(TransferError) as caught:
            sftp.fetch("a.bak", home / "a.bak")
    assert caught.value.code == "incomplete"
    assert left_behind(home) == []


def test_a_time_that_moves_is_no_change(node: Node, tmp_path: Path) -> None:
    (node.folder / "a.bak").write_bytes(b"content")
    node.root.restless = True
    with node.session() as sftp:
        assert sftp.stat("a.bak") != sftp.stat("a.bak")
        assert sftp.read("a.bak") == b"content"
        assert sftp.fetch("a.bak", tmp_path / "a.bak").size == 7


def test_files_whose_mode_tells_no_type_are_files(node: Node) -> None:
    (node.folder / "a.bak").write_bytes(b"content")
    node.root.typeless = True
    with node.session() as sftp:
        assert [file.name for file in sftp.files()] == ["a.bak"]


def test_sizes_that_the_list_does_not_have_are_asked_for(node: Node) -> None:
    (node.folder / "a.bak").write_bytes(b"content")
    (node.folder / "folder").mkdir()
    node.root.typeless = True
    node.root.sizes_listed = False
    with node.session() as sftp:
        assert [(file.name, file.size) for file in sftp.files()] == [("a.bak", 7)]


@pytest.mark.parametrize("sizes_listed", [True, False])
def test_a_missing_file_may_be_answered_with_a_bare_failure(sizes_listed: bool, node: Node) -> None:
    (node.folder / "a.bak").write_bytes(b"content")
    node.root.says_missing = False
    node.root.sizes_listed = sizes_listed
    with node.session() as sftp:
        assert sftp.stat("b.cer") is None
        with pytest.raises(TransferError) as caught:
            sftp.read("b.cer")
        assert caught.value.code == "no-such-file"
        sftp.store(b"content", "b.cer")
        assert sftp.read("b.cer") == b"content"


def test_a_folder_that_cannot_be_written(node: Node, tmp_path: Path) -> None:
    (node.folder / "a.bak").write_bytes(b"x")
    with node.session() as sftp, pytest.raises(TransferError) as caught:
        sftp.fetch("a.bak", tmp_path / "nowhere" / "a.bak")
    assert caught.value.code == "local-disk"


def test_small_files_are_read_and_large_ones_are_not(node: Node) -> None:
    (node.folder / "a.cer").write_bytes(LARGE)
    with node.session() as sftp:
        assert sftp.read("a.cer", limit=len(LARGE)) == LARGE
        with pytest.raises(TransferError) as caught:
            sftp.read("a.cer")
        assert caught.value.code == "too-large"
        with pytest.raises(TransferError) as caught:
            sftp.read("b.cer")
        assert caught.value.code == "no-such-file"


@pytest.mark.parametrize("there", [None, b"", b"-----BEGIN", b"x"], ids=["absent", "empty", "a part", "of one byte"])
@pytest.mark.parametrize("content", [b"x", b"-----BEGIN CERTIFICATE-----\n", LARGE[:100_000]])
def test_a_file_is_stored_and_read_back(there: bytes | None, content: bytes, node: Node) -> None:
    known = there is None or content.startswith(there)
    if there is not None:
        (node.folder / "a.cer").write_bytes(there)
    with node.session() as sftp:
        if known:
            assert sftp.store(content, "a.cer").sha256 == hashlib.sha256(content).hexdigest()
        else:
            with pytest.raises(TransferError) as caught:
                sftp.store(content, "a.cer")
            assert caught.value.code == "other-content"
            assert (node.folder / "a.cer").read_bytes() == there
            sftp.store(content, "a.cer", replace=True)
    assert (node.folder / "a.cer").read_bytes() == content


def test_nothing_is_sent_where_the_file_is_there_already(node: Node) -> None:
    (node.folder / "a.cer").write_bytes(b"content")
    before = (node.folder / "a.cer").stat().st_mtime_ns
    node.root.full = True
    with node.session() as sftp:
        assert sftp.store(b"content", "a.cer").size == 7
    assert (node.folder / "a.cer").stat().st_mtime_ns == before


def test_a_longer_file_is_other_content(node: Node) -> None:
    (node.folder / "a.cer").write_bytes(b"content and more")
    with node.session() as sftp, pytest.raises(TransferError) as caught:
        sftp.store(b"content", "a.cer")
    assert caught.value.code == "other-content"


def test_an_upload_that_is_cut_off_is_finished_by_the_next(node: Node) -> None:
    content = LARGE[:200_000]
    node.root.cut_after = 100_000
    with node.session() as sftp, pytest.raises(ConnectionLost):
        sftp.store(content, "a.cer")
    assert 0 < len((node.folder / "a.cer").read_bytes()) < len(content)
    node.root.cut_after = 0
    with node.session() as sftp:
        sftp.store(content, "a.cer")
    assert (node.folder / "a.cer").read_bytes() == content


def test_a_flipped_bit_is_noticed_and_not_left_in_the_way(node: Node) -> None:
    node.root.flip = True
    with node.session() as sftp, pytest.raises(TransferError) as caught:
        sftp.store(b"content", "a.cer")
    assert caught.value.code == "incomplete"
    assert left_behind(node.folder) == []


def test_a_full_disk_of_the_node_is_told(node: Node) -> None:
    node.root.full = True
    with node.session() as sftp, pytest.raises(TransferError) as caught:
        sftp.store(b"content", "a.cer")
    assert caught.value.code == "sftp-failed"
    assert "No space left" in caught.value.message


@pytest.mark.parametrize("name", ["", ".", "..", "../a", "/etc/passwd", "a/b", "a b", "a\nb", "ä.cer", "a" * 300])
def test_names_that_are_no_file_names_of_the_device(name: str, node: Node) -> None:
    with node.session() as sftp:
        for attempt in (lambda: sftp.stat(name), lambda: sftp.read(name), lambda: sftp.store(b"", name)):
            with pytest.raises(TransferError) as caught:
                attempt()
            assert caught.value.code == "bad-name"


def test_sftp_may_be_refused(tmp_path: Path) -> None:
    async def script(terminal: Any) -> None:
        await terminal.byte()

    node = Node(tmp_path)
    node.server = Scripted(script, tmp_path)
    with node.server, pytest.raises(TransferError) as caught, node.session():
        pass
    assert caught.value.code == "sftp-refused"


def test_a_session_that_has_ended_says_so(node: Node) -> None:
    with node.session() as sftp:
        sftp.close()
        with pytest.raises(ConnectionLost):
            sftp.files()


@pytest.mark.parametrize("ask", ["files", "stat", "read", "store"])
def test_a_line_that_breaks_while_something_is_asked_is_told_as_such(ask: str, node: Node) -> None:
    (node.folder / "a.cer").write_bytes(b"content")
    with node.session() as sftp:
        transport = sftp._sftp.get_channel().get_transport()  # type: ignore[union-attr]
        # Writing to a socket that is gone is an EOFError for paramiko, as is the end of a file.
        transport.sock.close()
        ways: dict[str, Callable[[], object]] = {
            "files": sftp.files,
            "stat": lambda: sftp.stat("a.cer"),
            "read": lambda: sftp.read("a.cer"),
            "store": lambda: sftp.store(b"content", "b.cer"),
        }
        with pytest.raises(ConnectionLost):
            ways[ask]()
        sftp.close()


def test_host_keys_are_checked_here_too(node: Node) -> None:
    node.server.known_hosts.write_text("")
    with pytest.raises(HostKeyError), node.session(ssh_strict=False):
        pass
    assert not node.server.tries


def test_nornir_opens_the_connection(node: Node) -> None:
    (node.folder / "a.cer").write_bytes(b"content")
    ConnectionPluginRegister.auto_register()
    extras = {"alt_key_file": str(node.server.known_hosts)}
    options = {CONNECTION_NAME: ConnectionOptions(extras=extras)}
    host = Host("cms2", HOST, node.server.port, USER, PASSWORD, "cisco_cms", connection_options=options)
    nornir = Nornir(Inventory(Hosts({"cms2": host}), Groups(), Defaults()), runner=SerialRunner())

    def read(task: Task) -> Result:
        sftp = task.host.get_connection(CONNECTION_NAME, task.nornir.config)
        return Result(task.host, result=sftp.read("a.cer"))

    with nornir:
        result = nornir.run(task=read)
    assert not result.failed, result["cms2"].exception
    assert result["cms2"][0].result == b"content"
