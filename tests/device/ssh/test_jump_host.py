"""Through a real jump host: sessions, transfers and host keys, with the password kept from the way there."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mmpctl.device.platform import CiscoCms
from mmpctl.device.sftp.mmp_sftp import MmpSftp
from mmpctl.device.ssh.host_key import Trust
from mmpctl.device.ssh.host_key_scan import collect
from mmpctl.device.ssh.known_hosts import known, record
from mmpctl.device.ssh.proxy import ProxySocket
from mmpctl.device.ssh.route import route_of
from mmpctl.errors import ConnectError, HostKeyError
from tests.support.jump_host import JumpHost, jump_host
from tests.support.lab import Lab
from tests.support.scripted import HOST, PASSWORD, USER, Scripted, answering


@pytest.fixture
def jump(tmp_path: Path) -> Iterator[JumpHost]:
    with jump_host(tmp_path / "jump") as host:
        yield host


def test_a_session_and_a_host_key_through_proxyjump(jump: JumpHost, tmp_path: Path) -> None:
    with Scripted(answering({}), tmp_path) as server:
        route = route_of(HOST, server.port, USER, jump.config)
        assert route.proxy and route.proxy[0] == "ssh"
        server.known_hosts.unlink()
        key = collect(route)
        record(server.known_hosts, [(route.key_host, route.key_port, key)])
        assert known(server.known_hosts, route.key_host, route.key_port).trust(key) is Trust.KNOWN
        with server.connect(ssh_config_file=str(jump.config)) as line:
            assert line.is_alive() and line.host_key == key.fingerprint
        assert server.tries == [PASSWORD]
    assert "Accepted publickey" in jump.log()


def test_files_go_through_the_jump_host_too(jump: JumpHost, lab: Lab) -> None:
    fleet = lab("healthy")
    host, port = fleet.address("lon-1")
    extras = {"alt_key_file": str(fleet.known_hosts), "ssh_config_file": str(jump.config)}
    sftp = MmpSftp()
    sftp.open(host, fleet.username, fleet.password, port, "cisco_cms", extras)
    try:
        assert sftp.connection.files()
    finally:
        sftp.close()
    assert jump.log().count("Accepted publickey") == 1


def test_the_host_key_of_the_node_is_checked_behind_the_jump_host(jump: JumpHost, tmp_path: Path) -> None:
    with Scripted(answering({}), tmp_path) as server:
        server.known_hosts.write_text("")
        with pytest.raises(HostKeyError) as caught:
            server.connect(ssh_config_file=str(jump.config))
        assert caught.value.code == "host-key-unknown"
        assert not server.tries


def test_a_node_that_the_jump_host_cannot_reach_is_told_with_its_words(jump: JumpHost, tmp_path: Path) -> None:
    with Scripted(answering({}), tmp_path) as server:
        dead = server.port
        known_hosts = server.known_hosts
    with pytest.raises(ConnectError) as caught:
        CiscoCms(
            host=HOST,
            port=dead,
            username=USER,
            password=PASSWORD,
            alt_key_file=str(known_hosts),
            ssh_config_file=str(jump.config),
        )
    assert caught.value.code == "proxy-failed" and f"{HOST}:{dead}" in caught.value.message
    assert "refused" in caught.value.message.lower() or "failed" in caught.value.message.lower()


def test_a_jump_host_that_lets_nobody_in_asks_nothing(jump: JumpHost, tmp_path: Path) -> None:
    (jump.folder / "authorized").write_text("")
    with Scripted(answering({}), tmp_path) as server, pytest.raises(ConnectError) as caught:
        server.connect(ssh_config_file=str(jump.config))
    assert caught.value.code == "proxy-failed" and "Permission denied" in caught.value.message
    assert not server.tries and not server.connections


_RELAY = (
    "import os, socket, sys, threading\n"
    "open(sys.argv[3], 'w').write('\\n'.join(os.environ))\n"
    "way = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n"
    "def back():\n"
    "    while data := way.recv(65536):\n"
    "        os.write(1, data)\n"
    "    os._exit(0)\n"
    "threading.Thread(target=back).start()\n"
    "while data := os.read(0, 65536):\n"
    "    way.sendall(data)\n"
)


@pytest.fixture
def relay(tmp_path: Path) -> Path:
    script = tmp_path / "relay.py"
    script.write_text(_RELAY)
    seen = tmp_path / "environment"
    command = f"{shlex.quote(sys.executable)} {shlex.quote(str(script))} %h %p {shlex.quote(str(seen))}"
    alias = f"Host alias\n  HostName {HOST}\n  HostKeyAlias node-7\n"
    (tmp_path / "config").write_text(f"{alias}Host *\n  ProxyCommand {command}\n")
    return tmp_path / "config"


def test_a_proxy_command_gets_host_and_port_and_no_password(
    relay: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = ("MMP_PASSWORD", "MMP_PASSWORD__OSLO", "MMP_CA_PASSPHRASE", "MMP_SSH_KEY")
    for name in secrets:
        monkeypatch.setenv(name, "Secret.1")
    with Scripted(answering({}), tmp_path) as server, server.connect(ssh_config_file=str(relay)) as line:
        assert line.is_alive()
    seen = (tmp_path / "environment").read_text().split("\n")
    assert "PATH" in seen and not [name for name in seen if name.startswith("MMP_")]


def test_connections_and_trust_look_a_key_up_under_one_name(relay: Path, tmp_path: Path) -> None:
    with Scripted(answering({}), tmp_path) as server:
        route = route_of("alias", server.port, None, relay)
        assert (route.host, route.port, route.key_host, route.key_port) == (HOST, server.port, "node-7", 22)
        with pytest.raises(HostKeyError) as caught:
            server.connect(host="alias", ssh_config_file=str(relay))
        assert "of node-7 is unknown" in caught.value.message
        record(server.known_hosts, [(route.key_host, route.key_port, collect(route))])
        with server.connect(host="alias", ssh_config_file=str(relay)) as line:
            assert line.is_alive()


def test_closing_a_connection_ends_its_command() -> None:
    one = ProxySocket(["sleep", "600"], ("cms1", 22))
    process = one._process
    assert one.getpeername() == ("cms1", 22) and one.complaint() is None
    one.close()
    one.close()
    assert process.returncode == -signal.SIGTERM
    stubborn = ProxySocket(["sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done"], ("cms1", 22))
    assert stubborn.recv(2) == b"up"
    stubborn.close()
    assert stubborn._process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("command", ["/nowhere/at/all", "false"])
def test_a_command_that_cannot_do_it_is_told(command: str, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(f"Host *\n  ProxyCommand {command}\n")
    with Scripted(answering({}), tmp_path) as server, pytest.raises(ConnectError) as caught:
        server.connect(ssh_config_file=str(tmp_path / "config"))
    assert caught.value.code == "proxy-failed" and caught.value.advice


def config(folder: Path, text: str) -> Path:
    (folder / "config").write_text(text)
    return folder / "config"


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ("", ("cms1", 22), {"host": "cms1", "port": 22, "key_host": "cms1", "key_port": 22, "proxy": None}),
        ("Host cms1\n HostName 10.0.0.1\n Port 9\n", ("cms1", 22), {"host": "10.0.0.1", "port": 9, "key_port": 9}),
        ("Host cms1\n Port 2022\n", ("cms1", 2222), {"port": 2222, "key_port": 2222}),
        ("Host cms1\n HostKeyAlias one\n", ("cms1", 2222), {"port": 2222, "key_host": "one", "key_port": 22}),
        ("ProxyCommand none\n", ("cms1", 22), {"proxy": None}),
        ("ProxyJump none\n", ("cms1", 22), {"proxy": None}),
        ("Host cms1\n ProxyJump none\nHost *\n ProxyJump j\n", ("cms1", 22), {"proxy": None}),
        ("ProxyCommand nc %h %p %r %n\n", ("cms1", 9), {"proxy": ("/bin/sh", "-c", "exec nc cms1 9 me cms1")}),
    ],
)
def test_the_way_to_a_node(text: str, asked: tuple[str, int], expected: dict[str, Any], tmp_path: Path) -> None:
    route = route_of(*asked, "me", config(tmp_path, text))
    assert {name: getattr(route, name) for name in expected} == expected


@pytest.mark.parametrize("user", ["-Fevil", "a b", "a;b", "$(id)"])
def test_a_user_name_becomes_no_option_of_the_users_command(user: str, tmp_path: Path) -> None:
    proxy = route_of("cms1", 9, user, config(tmp_path, "ProxyCommand ssh %r@jump -W %h:%p\n")).proxy
    assert proxy is not None and user not in proxy[-1]


def test_several_hops_are_given_to_ssh(tmp_path: Path) -> None:
    file = config(tmp_path, "ProxyJump me@one:2201, two,ssh://three:23\n")
    route = route_of("cms1", 2222, None, file)
    assert route.proxy == (
        *("ssh", "-F", str(file), "-o", "BatchMode=yes", "-J", "me@one:2201,two"),
        *("-W", "[cms1]:2222", "--", "ssh://three:23"),
    )
    assert route_of("cms1", 22, None, tmp_path / "none").proxy is None


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("ProxyCommand nc %h %p\n", "a;touch${IFS}x"),
        ("ProxyCommand nc %h %p\n", "-oProxyCommand=x"),
        ("ProxyJump j\n", "$(id)"),
        ("Port many\n", "cms1"),
        ("Host 'open\n", "cms1"),
    ],
)
def test_a_configuration_that_cannot_be_used_safely_is_refused(text: str, host: str, tmp_path: Path) -> None:
    with pytest.raises(ConnectError) as caught:
        route_of(host, 22, None, config(tmp_path, text))
    assert caught.value.code == "ssh-config" and str(tmp_path / "config") in caught.value.message
    assert not (Path.cwd() / "x").exists()


def test_a_configuration_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config").write_bytes(b"\xff\xfe")
    os.mkdir(tmp_path / "folder")  # noqa: PTH102 - a folder in place of the file
    for file in ("config", "folder"):
        with pytest.raises(ConnectError) as caught:
            route_of("cms1", 22, None, tmp_path / file)
        assert caught.value.code == "ssh-config"
