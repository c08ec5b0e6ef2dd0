"""The file of sites: addresses as they are meant, and each mistake with its place and cure."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from mmpctl.errors import UsageError
from mmpctl.reach.address import (
    BrokerAddress,
    LocalCommand,
    ProgramAddress,
    SshAddress,
    read_address,
    read_broker_address,
)
from mmpctl.reach.sites_file import RemoteSite, read_sites
from mmpctl.trusted import PlaceError
from tests.support.many_sites import sites_file


def test_sites_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    told = {
        "oslo": "ssh://runner@gw.oslo.example:2222",
        "london": {"address": "exec:mmpctl site", "renews": True},
        "rome": "amqps://broker.example/mmpctl",
    }
    assert list(read_sites(sites_file(tmp_path, told)).values()) == [
        RemoteSite("oslo", SshAddress("gw.oslo.example", "runner", 2222)),
        RemoteSite("london", LocalCommand(("mmpctl", "site")), renews=True),
        RemoteSite("rome", BrokerAddress("broker.example", "mmpctl", tmp_path / "broker")),
    ]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ssh://gw", SshAddress("gw")),
        ("ssh://gw/", SshAddress("gw")),
        ("ssh://ops@gw_1.example:22", SshAddress("gw_1.example", "ops", 22)),
        ("ssh://ops@[fe80::1]:2022", SshAddress("fe80::1", "ops", 2022)),
        ("ssh://127.0.0.1", SshAddress("127.0.0.1")),
        (
            "exec:docker exec -i 'site one' mmpctl site",
            LocalCommand(("docker", "exec", "-i", "site one", "mmpctl", "site")),
        ),
    ],
)
def test_addresses(text: str, address: object) -> None:
    assert read_address(text) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("amqps://broker.example/mmpctl", BrokerAddress("broker.example", "mmpctl", Path("files"))),
        ("amqps://[fe80::1]:5673/a.b-c_1", BrokerAddress("fe80::1", "a.b-c_1", Path("files"), 5673)),
    ],
)
def test_addresses_of_brokers(text: str, address: BrokerAddress) -> None:
    assert read_address(text, Path("files")) == address
    assert str(address) == text
    assert read_broker_address(text, Path("files")) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gw",
        "ssh://",
        "ssh://-oProxyCommand=reboot",
        "ssh://-l@gw",
        "ssh://gw:0",
        "ssh://gw:65536",
        "ssh://gw:ssh",
        "ssh://a b",
        "ssh://gw/shell",
        "ssh://user:secret@gw",
        "exec:",
        "exec:sh -c 'x",
        "telnet://gw",
        "amqp://gw/vhost",
        "amqps://gw",
        "amqps://gw/",
        "amqps://gw:0/vhost",
        "amqps://gw:65536/vhost",
        "amqps://user:secret@gw/vhost",
        "amqps://gw/a/b",
        "amqps://gw/vhost?ssl=false",
        "amqps://gw/vhost\n",
        "ssh://gw\n",
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(UsageError) as error:
        read_address(text)
    assert "ssh://[user@]host[:port]" in error.value.advice


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"oslo": "gw"}, "site oslo: 'gw' is no address of a site"),
        ({"oslo": {}}, "site oslo: it has no address"),
        ({"oslo": {"address": 5}}, "site oslo: it has no address"),
        ({"oslo": {"address": "ssh://gw", "renew": True}}, "site oslo: unknown key 'renew'"),
        ({"oslo": {"address": "ssh://gw", "renews": "yes"}}, "site oslo: `renews` is neither true nor false"),
        ({}, "has no sites"),
    ],
)
def test_what_is_wrong_in_the_file(tmp_path: Path, told: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as error:
        read_sites(sites_file(tmp_path, told))
    assert message in error.value.message and error.value.advice
    assert "sites.yaml" in error.value.message


@pytest.mark.parametrize("text", ["- oslo", "oslo: ssh://gw", "1: {address: ssh://gw}", "{", "\xff", "a: &a [*a]"])
def test_what_is_no_file_of_sites(tmp_path: Path, text: str) -> None:
    (tmp_path / "sites.yaml").write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError):
        read_sites(tmp_path / "sites.yaml")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        read_sites(tmp_path / "sites.yaml")
    assert "is not there" in error.value.message


def test_a_file_that_others_can_change_is_not_read(tmp_path: Path) -> None:
    file = sites_file(tmp_path, {"oslo": "exec:reboot"})
    file.chmod(0o666)
    with pytest.raises(PlaceError):
        read_sites(file)


def test_the_command_asks_nobody_and_checks_the_host_key() -> None:
    words = SshAddress("gw", "ops", 2222).command(Path("cfg"))
    assert words[0] == "ssh" and words[-7:] == ["2222", "-l", "ops", "--", "gw", "mmpctl", "site"]
    assert {"BatchMode=yes", "StrictHostKeyChecking=yes", "ServerAliveInterval=2", "ServerAliveCountMax=3"} < set(words)
    assert words[words.index("-F") + 1] == "cfg"
    assert "-F" not in SshAddress("gw").command(None)


@pytest.mark.parametrize("address", [SshAddress("gw"), LocalCommand(("docker", "exec", "gw"))])
def test_what_is_started_gets_none_of_our_variables(monkeypatch: pytest.MonkeyPatch, address: ProgramAddress) -> None:
    monkeypatch.setenv("MMP_PASSWORD", "secret")
    monkeypatch.setenv("HOME", "/home/ops")
    environment = address.environment()
    assert "MMP_PASSWORD" not in environment and environment["HOME"] == "/home/ops"


def test_this_very_program_signs_in_as_it_does_when_it_is_typed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ours = Path(sys.executable).with_name("mmpctl")
    monkeypatch.setenv("PATH", f"{ours.parent}{os.pathsep}{os.environ['PATH']}")
    given = {"MMP_USERNAME": "ops", "MMP_PASSWORD": "secret", "MMP_PASSWORD__OSLO_1": "other", "MMP_SSH_KEY": "key"}
    kept = {"MMP_INVENTORY": "desk", "MMP_KNOWN_HOSTS": "desk/known_hosts", "MMP_CA_PASSPHRASE": "of the CA"}
    for name, value in (given | kept).items():
        monkeypatch.setenv(name, value)
    for word in (str(ours), "mmpctl"):
        environment = LocalCommand((word, "site", "-i", "oslo")).environment()
        assert given.items() <= environment.items() and not kept.keys() & environment.keys()
    (tmp_path / "mmpctl").write_text("#!/bin/sh\n", "utf-8")
    (tmp_path / "mmpctl").chmod(0o700)
    for stranger in (str(tmp_path / "mmpctl"), "sh", "not-there"):
        assert not given.keys() & LocalCommand((stranger, "site")).environment().keys()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ssh://ops@[fe80::1]:2022", "ssh://ops@[fe80::1]:2022"),
        ("ssh://gw/", "ssh://gw"),
        ("exec:docker exec -e PASSWORD=secret gw", "exec:docker …"),
        ("exec:./oslo", "exec:./oslo"),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(text: str, shown: str) -> None:
    assert str(read_address(text)) == shown
