"""What an inventory must not say about connections, whoever made it."""

from __future__ import annotations

from pathlib import Path

import pytest
from nornir.core.inventory import ConnectionOptions, Defaults, Group, Host, ParentGroups

from mmpctl.errors import InventoryError
from mmpctl.inventory.connections import require_safe
from mmpctl.inventory.credentials import Credentials, Secret
from mmpctl.inventory.load import load
from mmpctl.inventory.sign_in import sign_in
from tests.support.inventories import Write

_ACCOUNT = Credentials("ops", password=Secret("TopSecret1"))
_ALLOWED = """\
conn_timeout: 4
banner_timeout: 2.5
keepalive: 30
fast_cli: false
ssh_strict: true
use_keys: false
alt_key_file: keys
disabled_algorithms: {pubkeys: [rsa-sha2-512]}
"""


def _options(text: str, connection: str = "netmiko") -> str:
    return f"connection_options: {{{connection}: {{{text}}}}}"


_FORBIDDEN = (
    ("platform: cisco_ios_telnet", "platform must not be set here"),
    ("platform: cisco_cms", "platform must not be set here"),
    ("hostname: 127.70.0.9", "hostname must not be set here"),
    ("port: 23", "port must not be set here"),
    ("password: TopSecret1", "password is a secret"),
    ("extras: {ssh_config_file: evil}", "an inventory must not set ssh_config_file"),
    ("extras: {session_log: /etc/passwd}", "the option 'session_log' is not allowed"),
    ("extras: {device_type: cisco_ios_telnet}", "the option 'device_type' is not allowed"),
    ("extras: {host: 127.70.0.9}", "the option 'host' is not allowed"),
    ("extras: {ip: 127.70.0.9}", "the option 'ip' is not allowed"),
    ("extras: {port: 23}", "the option 'port' is not allowed"),
    ("extras: {sock_telnet: {proxy_type: 1}}", "the option 'sock_telnet' is not allowed"),
    ("extras: {key_file: /root/key}", "the option 'key_file' is not allowed"),
    ("extras: {ssh_strict: false}", "the option 'ssh_strict' is not allowed"),
    ("extras: {allow_agent: true}", "the option 'allow_agent' is not allowed"),
    ("extras: {system_host_keys: true}", "the option 'system_host_keys' is not allowed"),
    ("extras: {conn_timeout: never}", "conn_timeout is not a number of seconds"),
    ("extras: {conn_timeout: -1}", "conn_timeout is not a number of seconds"),
    ("extras: {conn_timeout: .inf}", "conn_timeout is not a number of seconds, up to 86400"),
    (f"extras: {{auth_timeout: 1{'0' * 400}}}", "auth_timeout is not a number of seconds, up to 86400"),
    ("extras: {quiet_seconds: 0}", "quiet_seconds is not a number of seconds from 0.05"),
    ("extras: {fast_cli: 1}", "fast_cli is not true or false"),
    ("extras: {disabled_algorithms: [x]}", "disabled_algorithms is not lists of names"),
    ("extras: {con_timeout: 3}", "Did you mean 'conn_timeout'?"),
)


@pytest.mark.parametrize("place", ["hosts", "groups", "defaults"])
@pytest.mark.parametrize("connection", ["netmiko", "mmp_sftp"])
@pytest.mark.parametrize(("text", "told"), _FORBIDDEN)
def test_an_option_that_leads_elsewhere_is_refused_wherever_it_stands(
    write: Write, place: str, connection: str, text: str, told: str
) -> None:
    options = _options(text, connection)
    files = {
        "hosts": "x: {hostname: 127.70.1.1, groups: [g]}\n",
        "groups": "g: {}\n",
        "defaults": "platform: cisco_cms\n",
    }
    files[place] = {
        "hosts": f"x: {{hostname: 127.70.1.1, groups: [g], {options}}}\n",
        "groups": f"g: {{{options}}}\n",
        "defaults": f"platform: cisco_cms\n{options}\n",
    }[place]
    with pytest.raises(InventoryError) as failed:
        load(write(**files))
    assert told in str(failed.value)
    assert f"{place}.yaml:" in str(failed.value)
    assert "TopSecret1" not in str(failed.value)


def test_time_outs_keepalive_and_algorithms_are_allowed(write: Write) -> None:
    extras = "".join(f"      {line}\n" for line in _ALLOWED.splitlines())
    nr = load(write(defaults=f"platform: cisco_cms\nconnection_options:\n  netmiko:\n    extras:\n{extras}"))
    assert (nr.inventory.hosts["a-1"].get_connection_parameters("netmiko").extras or {})["keepalive"] == 30


def test_options_of_connections_that_are_not_ours_are_left_alone(write: Write) -> None:
    assert load(write(defaults=f"platform: cisco_cms\n{_options('platform: ios', 'napalm')}\n"))


def test_the_ssh_configuration_file_is_the_users_to_name(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ssh"
    file.write_text("Host *\n", encoding="utf-8")
    folder = write(defaults=f"platform: cisco_cms\n{_options(f'extras: {{ssh_config_file: {file}}}')}\n")
    with pytest.raises(InventoryError, match="name the file yourself, with --ssh-config or MMP_SSH_CONFIG"):
        load(folder)
    assert load(folder, ssh_config=file).config.ssh.config_file == str(file)
    monkeypatch.setenv("MMP_SSH_CONFIG", str(file))
    assert load(folder).config.ssh.config_file == str(file)
    monkeypatch.setenv("MMP_SSH_CONFIG", "none")
    assert load(write(defaults="platform: cisco_cms\n")).config.ssh.config_file == ""
    monkeypatch.setenv("MMP_SSH_CONFIG", "nowhere")
    with pytest.raises(InventoryError.__mro__[1], match="there is no SSH configuration file"):
        load(folder)


def test_a_nornir_configuration_file_names_no_ssh_configuration_file(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write()
    (tmp_path / "evil").write_text("Host *\n", encoding="utf-8")
    options = (
        "{host_file: inventory/hosts.yaml, group_file: inventory/groups.yaml, defaults_file: inventory/defaults.yaml}"
    )
    config = tmp_path / "nornir.yaml"
    config.write_text(f"inventory: {{options: {options}}}\nssh: {{config_file: evil}}\n", encoding="utf-8")
    with pytest.raises(InventoryError, match=r"nornir.yaml:2 · ssh.config_file must not be set here"):
        load(config)
    monkeypatch.setenv("MMP_SSH_CONFIG", "evil")
    assert load(config).config.ssh.config_file == str(tmp_path / "evil")


@pytest.mark.parametrize("hostname", ["'-oProxyCommand=evil'", "'cms1 -v'", "'cms1;evil'", '"cms1\\nevil"'])
def test_a_hostname_is_a_name_or_an_address(write: Write, hostname: str) -> None:
    with pytest.raises(InventoryError, match=r"hosts.yaml:2 · x · hostname .* is neither a name nor an address"):
        load(write(hosts=f"x:\n  hostname: {hostname}\n"))
    with pytest.raises(InventoryError, match=r"db_address .* is neither a name nor an address"):
        load(write(hosts=f"x:\n  hostname: cms1\n  data: {{db_address: {hostname}}}\n"))
    assert load(write(hosts="x: {hostname: 'fe80::1%eth0'}\ny: {hostname: cms_1.münchen.example}\n"))


def _host(**changes: object) -> Host:
    options = ConnectionOptions(**changes)  # type: ignore[arg-type]
    group = Group("g", connection_options={"netmiko": options})
    return Host("x", "127.70.1.1", 22, platform="cisco_cms", groups=ParentGroups([group]), defaults=Defaults())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"platform": "cisco_ios_telnet"}, "the platform is 'cisco_ios_telnet'"),
        ({"hostname": "127.70.0.9"}, "its address is not the host's own"),
        ({"port": 23}, "its address is not the host's own"),
        ({"extras": {"device_type": "cisco_ios_telnet"}}, "the option 'device_type' is not allowed"),
        ({"extras": {"session_log": "log"}}, "the option 'session_log' is not allowed"),
        ({"extras": {"ssh_config_file": "evil"}}, "an inventory must not set ssh_config_file"),
    ],
)
def test_what_holds_in_the_end_is_checked_whatever_made_the_inventory(changes: dict[str, object], told: str) -> None:
    with pytest.raises(InventoryError, match=told) as failed:
        require_safe(_host(**changes), "netmiko", "/home/ops/.ssh/config")
    assert (failed.value.code, failed.value.node) == ("connection-options", "x")


def test_a_project_of_ones_own_may_set_its_account_and_its_objects() -> None:
    extras = {"alt_key_file": "keys", "use_keys": True, "key_file": "id", "session_log": object(), "conn_timeout": 3}
    require_safe(_host(extras=extras), "netmiko", "")
    require_safe(_host(extras={"ssh_config_file": "/home/ops/.ssh/config"}), "netmiko", "/home/ops/.ssh/config")


def test_signing_in_looks_at_what_was_changed_since_the_inventory_was_loaded(write: Write) -> None:
    folder = write()
    (folder / "known_hosts").touch()
    nr = load(folder)
    nr.inventory.hosts["a-1"].connection_options["netmiko"].platform = "cisco_ios_telnet"
    with pytest.raises(InventoryError, match="a-1: no session is opened by the connection netmiko"):
        sign_in(nr, _ACCOUNT)
