"""The user's SSH configuration file: the way to a node, and programs that do not get the password."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from mmpctl.device.ssh.proxy import ProxySocket
from mmpctl.device.ssh.route import Route, route_of
from mmpctl.environment import for_programs
from mmpctl.errors import ConnectError

_TELL = "import json, os, sys; sys.stdout.write(json.dumps(dict(os.environ)) + chr(10)); sys.stdout.flush()"


def _file(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "ssh_config"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("cms1", 22, None)),
        ("Host cms1\n  HostName 127.0.0.9\n  Port 2022\n  User ops\n", ("127.0.0.9", 2022, "ops")),
        ("Host other\n  ProxyCommand evil\n", ("cms1", 22, None)),
        ('Match host cms1 exec "true"\n  HostName one\nMatch exec "false"\n  Port 9\n', ("one", 22, None)),
        ('Match host cms2 exec "true"\n  HostName one\nMatch !exec "false"\n  Port 9\n', ("cms1", 9, None)),
    ],
)
def test_the_way_that_the_file_names(tmp_path: Path, text: str, expected: tuple[str, int, str | None]) -> None:
    found = route_of("cms1", 22, None, _file(tmp_path, text))
    assert (found.host, found.port, found.user) == expected
    assert found.proxy is None


def test_a_file_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    assert route_of("cms1", 22, None, tmp_path / "none") == Route.straight("cms1")


@pytest.mark.parametrize("text", ["Host cms1\n  Port many\n", "nonsense\n"])
def test_a_file_that_cannot_be_understood_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConnectError, match="--ssh-config or MMP_SSH_CONFIG") as failed:
        route_of("cms1", 22, None, _file(tmp_path, text))
    assert failed.value.code == "ssh-config"


def test_a_proxy_command_does_not_get_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMP_PASSWORD", "TopSecret1")
    monkeypatch.setenv("PLAIN", "stays")
    proxy = ProxySocket((sys.executable, "-c", _TELL), ("cms1", 22))
    try:
        told = json.loads(proxy.makefile().readline())
    finally:
        proxy.close()
    assert told["PLAIN"] == "stays"
    assert "TopSecret1" not in told.values()


def test_the_command_of_a_match_does_not_get_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMP_PASSWORD", "TopSecret1")
    monkeypatch.setenv("PLAIN", "stays")
    file = _file(tmp_path, 'Match exec "test $PLAIN"\n  Port 9\nMatch exec "test $MMP_PASSWORD"\n  HostName stolen\n')
    found = route_of("cms1", 22, None, file)
    assert (found.host, found.port) == ("cms1", 9)


def test_included_files_are_read_as_openssh_reads_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".ssh" / "config.d"
    folder.mkdir(parents=True)
    (folder / "10-one").write_text("Host cms1\n  HostName one\n", encoding="utf-8")
    (folder / "20-two").write_text("Host cms2\n  HostName two\n  Port 7\n", encoding="utf-8")
    (folder / "plain").write_text("Port 8\n", encoding="utf-8")
    text = f"Include config.d/*-* {folder}/none\nUser all\nHost cms1\n  Include config.d/plain\nHost *\n  Port 9\n"
    file = _file(tmp_path, text)
    found = {name: route_of(name, 22, None, file) for name in ("cms1", "cms2", "cms3")}
    assert {name: (one.host, one.port, one.user) for name, one in found.items()} == {
        "cms1": ("one", 8, "all"),
        "cms2": ("two", 7, "all"),
        "cms3": ("cms3", 9, "all"),
    }


@pytest.mark.parametrize("text", ["Host cms1\n  Include other\n", "Include ssh_config\n"])
def test_included_files_that_cannot_be_followed_are_told(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").symlink_to(tmp_path)
    (tmp_path / "other").write_text("Host cms1\n  HostName one\n", encoding="utf-8")
    with pytest.raises(ConnectError) as failed:
        route_of("cms1", 22, None, _file(tmp_path, text))
    assert failed.value.code == "ssh-config"


def test_programs_get_all_but_what_is_ours() -> None:
    assert for_programs({"PATH": "/bin", "MMP_PASSWORD": "x", "MMP_SSH_KEY": "y", "MMP_PASSWORD__OSLO": "z"}) == {
        "PATH": "/bin"
    }
