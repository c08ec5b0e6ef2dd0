"""Host keys: collected without a login, written and read as OpenSSH does."""

from __future__ import annotations

import base64
import hmac
import shutil
import subprocess
from pathlib import Path

import asyncssh
import paramiko
import pytest

from mmpctl.device.ssh.host_key import HostKey, Known, Trust
from mmpctl.device.ssh.host_key_scan import collect
from mmpctl.device.ssh.known_hosts import host_pattern, known, record, recorded
from mmpctl.device.ssh.route import Route
from mmpctl.errors import HostKeyError
from tests.support.scripted import HOST, Scripted, answering

ONE = HostKey("ssh-ed25519", base64.b64encode(b"one").decode())
TWO = HostKey("ssh-ed25519", base64.b64encode(b"two").decode())


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256"])
def test_a_key_is_collected_without_a_login_and_then_trusted(kind: str, tmp_path: Path) -> None:
    server = Scripted(answering({}), tmp_path)
    server.key = asyncssh.generate_private_key(kind)
    with server:
        key = collect(Route.straight(HOST, server.port))
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


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("kind", ["ssh-ed25519", "ssh-rsa"])
def test_of_several_keys_of_a_kind_each_counts_for_connections_and_for_trust(
    kind: str, first: bool, tmp_path: Path
) -> None:
    server = Scripted(answering({}), tmp_path)
    server.key = asyncssh.generate_private_key(kind)
    other = asyncssh.generate_private_key(kind).export_public_key().decode().strip()
    with server:
        own = server.known_hosts.read_text().split(" ", 1)[1]
        names = (f"[{HOST}]:{server.port}", paramiko.HostKeys.hash_host(f"[{HOST}]:{server.port}"))
        keys = (own.strip(), other) if first else (other, own.strip())
        server.known_hosts.write_text("".join(f"{name} {key}\n" for name, key in zip(names, keys, strict=True)))
        said = known(server.known_hosts, HOST, server.port)
        assert [key.base64 for key in said.keys] == [key.split()[1] for key in keys]
        assert said.trust(collect(Route.straight(HOST, server.port), said)) is Trust.KNOWN
        with server.connect() as line:
            assert line.is_alive()
        assert known(server.known_hosts, "cms2") == Known()


@pytest.mark.parametrize(
    ("names", "host", "port", "hit"),
    [
        ("*", "cms1", 22, True),
        ("*.example.com", "cms1.example.com", 22, True),
        ("*.example.com", "CMS1.Example.Com", 22, True),
        ("*.EXAMPLE.com", "cms1.example.com", 22, True),
        ("*.example.com", "example.com", 22, False),
        ("cms?", "cms1", 22, True),
        ("cms?", "cms12", 22, False),
        ("cms[12]", "cms1", 22, False),
        ("CMS1", "cms1", 22, True),
        ("*,!cms1", "cms1", 22, False),
        ("!cms1,*", "cms1", 22, False),
        ("!cms1,*", "cms2", 22, True),
        ("!cms1", "cms2", 22, False),
        ("cms1,!cms*", "cms1", 22, False),
        ("[10.0.0.*]:2222", "10.0.0.7", 2222, True),
        ("10.0.0.*", "10.0.0.7", 22, True),
        ("10.0.0.*", "10.0.0.7", 2222, False),
        ("10.0.0.7", "10.0.0.7", 2222, False),
        ("*", "10.0.0.7", 2222, True),
    ],
)
def test_patterns_are_read_as_openssh_reads_them(names: str, host: str, port: int, hit: bool, tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    public = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    path.write_text(f"{names} {public}\n")
    assert bool(recorded(path, host, port)) is hit
    if shutil.which("ssh-keygen"):
        told = subprocess.run(
            ["ssh-keygen", "-F", host_pattern(host, port), "-f", path], capture_output=True, check=False
        )
        assert (told.returncode == 0) is hit, "OpenSSH itself says otherwise"


@pytest.mark.parametrize("names", ["*", "hashed", "own", "!nobody,*"])
@pytest.mark.parametrize("before", [True, False])
def test_a_revoked_key_is_refused_whatever_else_the_file_says(names: str, before: bool, tmp_path: Path) -> None:
    with Scripted(answering({}), tmp_path) as server:
        own = server.known_hosts.read_text()
        name, key = own.split(" ", 1)
        field = {"own": name, "hashed": paramiko.HostKeys.hash_host(name)}.get(names, names)
        revoked = f"@revoked {field} {key}"
        server.known_hosts.write_text(revoked + own if before else own + revoked)
        with pytest.raises(HostKeyError) as caught:
            server.connect()
        assert caught.value.code == "host-key-revoked" and server.key.get_fingerprint() in caught.value.message
        assert not server.tries
        said = known(server.known_hosts, HOST, server.port)
        shown = collect(Route.straight(HOST, server.port), said)
        assert said.trust(shown) is Trust.REVOKED
        text = server.known_hosts.read_text()
        with pytest.raises(HostKeyError) as caught:
            record(server.known_hosts, [(HOST, server.port, shown)])
        assert caught.value.code == "known-hosts-line"
        assert server.known_hosts.read_text() == text


def test_a_key_that_is_revoked_for_another_host_harms_nobody(tmp_path: Path) -> None:
    with Scripted(answering({}), tmp_path) as server:
        own = server.known_hosts.read_text()
        name, key = own.split(" ", 1)
        server.known_hosts.write_text(f"@revoked *,!{name} {key}{own}")
        with server.connect() as line:
            assert line.is_alive()


def test_a_line_of_a_certificate_authority_is_told_and_proves_nothing(tmp_path: Path) -> None:
    with Scripted(answering({}), tmp_path) as server:
        key = server.known_hosts.read_text().split(" ", 1)[1]
        server.known_hosts.write_text(f"@cert-authority * {key}")
        with pytest.raises(HostKeyError) as caught:
            server.connect()
        assert caught.value.code == "host-key-unknown"
        assert "host certificates are not supported" in str(caught.value)
        assert not server.tries


def test_a_key_of_a_pattern_is_not_replaced_behind_its_back(tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    line = f"*.example.com ssh-ed25519 {ONE.base64}\n"
    path.write_text(line)
    with pytest.raises(HostKeyError) as caught:
        record(path, [("cms1.example.com", 22, TWO)])
    assert caught.value.code == "known-hosts-line"
    assert "line 1" in caught.value.message and "*.example.com" in caught.value.message
    assert path.read_text() == line
    record(path, [("cms1.example.com", 22, ONE)])
    assert recorded(path, "cms1.example.com") == (ONE, ONE)


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


def test_of_hashed_names_each_is_looked_at_once_for_a_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "known_hosts"
    hosts = [f"10.0.0.{number}" for number in range(100)]
    # A salt of another length, and what is no base64, are names of nobody.
    odd = "|1|c2FsdA==|3yWqhQvAoNXp2GfgsnTIT1JgjMU= ssh-ed25519 AAAA\n|1|!|! ssh-ed25519 AAAA\n|1|x ssh-ed25519 AAAA\n"
    lines = [f"{paramiko.HostKeys.hash_host(host)} {ONE.kind} {ONE.base64}\n" for host in hosts]
    path.write_text(odd + "".join(lines))
    made: list[bytes] = []
    digest = hmac.digest

    def counting(key: bytes, message: bytes, kind: str) -> bytes:
        made.append(key)
        return digest(key, message, kind)

    monkeypatch.setattr(hmac, "digest", counting)
    for _ in range(3):
        assert [recorded(path, host) for host in hosts[:5]] == [(ONE,)] * 5
    assert len(made) == 5 * len(hosts)
    assert recorded(path, "10.0.1.1") == ()


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
