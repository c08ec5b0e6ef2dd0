"""Host keys: collected without a login, written and read as OpenSSH does."""

from __future__ import annotations

import base64
from pathlib import Path

import asyncssh
import paramiko
import pytest

from mmpctl.device.hostkeys import HostKey, collect, host_pattern, known_keys, record, recorded
from mmpctl.errors import HostKeyError
from tests.device.scripted import HOST, Scripted, answering

ONE = HostKey("ssh-ed25519", base64.b64encode(b"one").decode())
TWO = HostKey("ssh-ed25519", base64.b64encode(b"two").decode())


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256"])
def test_a_key_is_collected_without_a_login_and_then_trusted(kind: str, tmp_path: Path) -> None:
    server = Scripted(answering({}), tmp_path)
    server.key = asyncssh.generate_private_key(kind)
    with server:
        key = collect(HOST, server.port)
        assert key.fingerprint == server.key.get_fingerprint()
        assert not server.tries
        server.known_hosts.unlink()
        record(server.known_hosts, [(HOST, server.port, key)])
        with server.connect() as line:
            assert line.host_key == key.fingerprint


def test_hosts_are_written_as_openssh_writes_them() -> None:
    assert host_pattern("cms1") == "cms1"
    assert host_pattern("10.1.1.1", 2222) == "[10.1.1.1]:2222"
    assert host_pattern("2001:db8::1") == "2001:db8::1"


def test_recording_replaces_the_hosts_own_lines_and_keeps_all_others(tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    hashed = paramiko.HostKeys.hash_host("cms1")
    revoked = f"@revoked cms1 ssh-ed25519 {ONE.base64}"
    path.write_text(f"# mine\n\ncms1,cms9 ssh-ed25519 {ONE.base64} note\n{hashed} ssh-rsa AAAA\n{revoked}\n")
    path.chmod(0o644)
    assert recorded(path, "cms1") == (ONE, HostKey("ssh-rsa", "AAAA"))
    record(path, [("cms1", 22, TWO), ("cms2", 2222, ONE)])
    assert path.read_text() == (
        f"# mine\n\ncms9 ssh-ed25519 {ONE.base64} note\n{revoked}\n"
        f"cms1 ssh-ed25519 {TWO.base64}\n[cms2]:2222 ssh-ed25519 {ONE.base64}\n"
    )
    assert recorded(path, "cms1") == (TWO,)
    assert recorded(path, "cms2") == ()
    assert recorded(path, "cms2", 2222) == (ONE,)
    assert path.stat().st_mode & 0o777 == 0o644
    assert [one.name for one in tmp_path.iterdir()] == ["known_hosts"]


def test_of_several_keys_of_a_kind_the_first_counts_whether_its_name_is_hashed_or_not(tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    keys = [asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip() for _ in range(2)]
    for names in (("cms1", paramiko.HostKeys.hash_host("cms1")), (paramiko.HostKeys.hash_host("cms1"), "cms1")):
        path.write_text("".join(f"{name} {key}\n" for name, key in zip(names, keys, strict=True)))
        assert [key.base64 for key in recorded(path, "cms1")] == [key.split()[1] for key in keys]
        assert known_keys(path, "cms1")["ssh-ed25519"].get_base64() == keys[0].split()[1]
        assert known_keys(path, "cms2") == {}


def test_a_large_fleet_reads_its_file_once_and_again_when_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "known_hosts"
    hosts = [f"10.0.{number // 256}.{number % 256}" for number in range(3000)]
    record(path, [(host, 22, ONE) for host in hosts])
    reads: list[Path] = []
    read_text = Path.read_text

    def counting(file: Path, *args: str) -> str:
        reads.append(file)
        return read_text(file, *args)

    monkeypatch.setattr(Path, "read_text", counting)
    assert {recorded(path, host) for host in hosts} == {(ONE,)}
    assert len(reads) == 1
    record(path, [(hosts[7], 22, TWO)])
    reads.clear()
    assert recorded(path, hosts[7]) == (TWO,) and recorded(path, hosts[8]) == (ONE,)
    assert len(reads) == 1


def test_a_new_file_is_private_and_its_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "known_hosts"
    assert recorded(path, "cms1") == ()
    record(path, [("cms1", 22, ONE)])
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\xff")
    with pytest.raises(HostKeyError) as caught:
        recorded(tmp_path / "file", "cms1")
    assert caught.value.code == "known-hosts-unreadable"
    with pytest.raises(HostKeyError) as caught:
        record(tmp_path / "file" / "known_hosts", [])
    assert caught.value.code in {"known-hosts-unreadable", "known-hosts-unwritable"}
