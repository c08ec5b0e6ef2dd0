"""What the connections get, shown against a real SSH server: host keys, password, key."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh
import pytest
from nornir.core import Nornir
from nornir.core.task import Result, Task

from mmpctl.errors import UsageError
from mmpctl.inventory.connections import CONNECTIONS
from mmpctl.inventory.credentials import Credentials, Secret
from mmpctl.inventory.known_hosts_file import known_hosts_file, known_hosts_of
from mmpctl.inventory.load import load
from mmpctl.inventory.select import select
from mmpctl.inventory.sign_in import sign_in
from tests.support.inventories import Write

_ACCOUNT = Credentials("ops", password=Secret("TopSecret1"))
_EXTRAS = """\
platform: cisco_cms
connection_options:
  netmiko:
    extras: {conn_timeout: 4, ssh_strict: true, use_keys: false}
  mmp_sftp:
    extras: {conn_timeout: 9}
"""


def _signed_in(write: Write, **files: str) -> Nornir:
    folder = write(**files)
    (folder / "known_hosts").touch()
    return load(folder, credentials=_ACCOUNT)


def test_our_settings_are_merged_into_the_extras_of_the_inventory(write: Write) -> None:
    hosts = """\
    x: {hostname: 127.70.1.1}
    y: {hostname: 127.70.1.2, connection_options: {netmiko: {extras: {banner_timeout: 3}}}}
    """
    nr = _signed_in(write, hosts=hosts, defaults=_EXTRAS)
    ours = {
        "ssh_strict": True,
        "system_host_keys": False,
        "alt_host_keys": True,
        "alt_key_file": str(write() / "known_hosts"),
        "use_keys": False,
        "allow_agent": False,
        "key_file": None,
        "passphrase": None,
    }
    x, y = nr.inventory.hosts["x"], nr.inventory.hosts["y"]
    assert x.get_connection_parameters("netmiko").extras == {"conn_timeout": 4, **ours}
    assert x.get_connection_parameters("mmp_sftp").extras == {"conn_timeout": 9, **ours}
    # Nornir's own rule: the extras of the host take the place of those of the defaults.
    assert y.get_connection_parameters("netmiko").extras == {"banner_timeout": 3, **ours}
    assert y.get_connection_parameters("mmp_sftp").extras == {"banner_timeout": 3, "conn_timeout": 9, **ours}
    assert x.get_connection_parameters("netmiko").username == "ops"


def test_the_password_is_in_no_dump_of_the_inventory(write: Write) -> None:
    nr = _signed_in(write)
    options = [nr.inventory.hosts["a-1"].get_connection_parameters(name) for name in CONNECTIONS]
    assert [option.password for option in options] == ["TopSecret1", "TopSecret1"]
    shown = f"{nr.inventory.dict()} {nr.inventory.hosts} {nr.config.dict()} {[option.dict() for option in options]}"
    assert "127.70.0.1" in shown
    assert "TopSecret1" not in shown


def test_signing_in_a_selection_reaches_its_nodes_only(write: Write) -> None:
    folder = write()
    (folder / "known_hosts").touch()
    nr = load(folder)
    sign_in(select(nr, hosts=["edge"]), _ACCOUNT)
    accounts = {name: host.get_connection_parameters("netmiko").username for name, host in nr.inventory.hosts.items()}
    assert {name for name, account in accounts.items() if account} == {"edge"}


def test_the_username_of_the_inventory_counts_unless_the_environment_names_one(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMP_PASSWORD", "x")
    folder = write(defaults="platform: cisco_cms\nusername: inv\n")
    (folder / "known_hosts").touch()
    nr = load(folder)
    sign_in(nr)
    assert nr.inventory.hosts["a-1"].get_connection_parameters("netmiko").username == "inv"
    monkeypatch.setenv("MMP_USERNAME", "ops")
    sign_in(nr)
    assert nr.inventory.hosts["a-1"].get_connection_parameters("netmiko").username == "ops"


def test_several_usernames_need_the_environment(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMP_PASSWORD", "x")
    hosts = "x: {hostname: 127.70.1.1, username: one}\ny: {hostname: 127.70.1.2, username: two}\n"
    folder = write(hosts=hosts)
    (folder / "known_hosts").touch()
    with pytest.raises(UsageError, match="names several users: one, two · Set MMP_USERNAME"):
        sign_in(load(folder))


def test_known_hosts_option_then_environment_then_beside_the_inventory(write: Write, tmp_path: Path) -> None:
    folder = write()
    config = tmp_path / "etc" / "nornir.yaml"
    environ = {"MMP_KNOWN_HOSTS": "keys/env"}
    assert known_hosts_file(folder, "keys/option", environ) == tmp_path / "keys" / "option"
    assert known_hosts_file(folder, None, environ) == tmp_path / "keys" / "env"
    assert known_hosts_file(folder, None, {}) == folder / "known_hosts"
    assert known_hosts_file(config, None, {}) == tmp_path / "etc" / "known_hosts"


def test_known_hosts_may_be_missing_until_devices_are_needed(write: Write, tmp_path: Path) -> None:
    nr = load(write())
    assert known_hosts_of(select(nr, hosts=["edge"])) == tmp_path / "inventory" / "known_hosts"
    with pytest.raises(UsageError, match="known_hosts is missing · Run `mmpctl trust`"):
        sign_in(nr, _ACCOUNT)


def test_a_nornir_object_made_elsewhere_is_told() -> None:
    with pytest.raises(UsageError, match="no known-hosts file"):
        known_hosts_of(Nornir(inventory=None))  # type: ignore[arg-type]


@dataclass
class _Server:
    """A real SSH server with a prompt; it counts the attempts to log in."""

    client_key: asyncssh.SSHKey
    host_key: asyncssh.SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519"))
    port: int = 0
    attempts: list[str] = field(default_factory=list)

    async def start(self) -> asyncssh.SSHAcceptor:
        outer = self

        class _Login(asyncssh.SSHServer):
            def begin_auth(self, username: str) -> bool:
                return True

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                outer.attempts.append("password")
                return (username, password) == ("ops", "TopSecret1")

            def public_key_auth_supported(self) -> bool:
                return True

            def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
                outer.attempts.append("key")
                return key.public_data == outer.client_key.public_data

        async def shell(process: asyncssh.SSHServerProcess[str]) -> None:
            process.stdout.write("cms1> ")
            async for _ in process.stdin:
                process.stdout.write("\ncms1> ")

        acceptor = await asyncssh.create_server(
            _Login, "127.0.0.1", 0, server_host_keys=[self.host_key], process_factory=shell, encoding="utf-8"
        )
        self.port = acceptor.get_port()
        return acceptor


@pytest.fixture(scope="module")
def server() -> Iterator[_Server]:
    made = _Server(asyncssh.generate_private_key("ssh-ed25519"))
    loop = asyncio.new_event_loop()
    acceptor = loop.run_until_complete(made.start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield made

    async def stop() -> None:
        acceptor.close()
        await acceptor.wait_closed()

    asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def _prompt(task: Task) -> Result:
    session = task.host.get_connection("netmiko", task.nornir.config)
    return Result(task.host, result=session.find_prompt())


def _log_in(write: Write, server: _Server, key: asyncssh.SSHKey | None, account: Credentials) -> Result:
    folder = write(hosts=f"x:\n  hostname: 127.0.0.1\n  port: {server.port}\n")
    line = f"[127.0.0.1]:{server.port} {key.export_public_key().decode()}" if key else ""
    (folder / "known_hosts").write_text(line)
    server.attempts.clear()
    with load(folder, credentials=account) as nr:
        return nr.run(task=_prompt)["x"][0]


def test_the_password_logs_in_where_the_host_key_is_known(write: Write, server: _Server) -> None:
    result = _log_in(write, server, server.host_key, _ACCOUNT)
    assert result.result == "cms1>", result.exception
    assert server.attempts == ["password"]


@pytest.mark.filterwarnings("ignore:.*bcrypt:UserWarning")  # one round is quick, and safe enough for a test
def test_the_key_logs_in_and_no_password_is_sent(write: Write, server: _Server, tmp_path: Path) -> None:
    file = tmp_path / "id"
    server.client_key.write_private_key(str(file), passphrase="open sesame", rounds=1)
    account = Credentials("ops", key_file=file, passphrase=Secret("open sesame"))
    result = _log_in(write, server, server.host_key, account)
    assert result.result == "cms1>", result.exception
    assert set(server.attempts) == {"key"}


@pytest.mark.parametrize("recorded", ["none", "another"])
def test_an_unknown_or_changed_host_key_is_refused_before_the_password_is_sent(
    write: Write, server: _Server, recorded: str
) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519") if recorded == "another" else None
    result = _log_in(write, server, key, _ACCOUNT)
    assert result.failed
    assert server.attempts == []
