"""The user's SSH configuration file: the way to a node, and programs that do not get the password."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from mmpctl.device.ssh_config import Way, start_proxy, way_to
from mmpctl.environment import for_programs
from mmpctl.errors import ConnectError

_TELL = "import json, os, sys; sys.stdout.write(json.dumps(dict(os.environ)) + chr(10)); sys.stdout.flush()"


def _file(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "ssh_config"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("", Way("cms1")),
        ("Host cms1\n  HostName 127.0.0.9\n  Port 2022\n  User ops\n", Way("127.0.0.9", 2022, "ops")),
        ("Host other\n  ProxyCommand evil\n", Way("cms1")),
        ("Host *\n  ProxyCommand none\n", Way("cms1")),
        ("Host *\n  ProxyCommand nc -X 5 %h %p\n", Way("cms1", proxy=("nc", "-X", "5", "cms1", "22"))),
        ("Host *\n  ProxyJump none\n", Way("cms1")),
        ("Host *\n  ProxyJump gate\n", Way("cms1", proxy=("ssh", "-F", "FILE", "-W", "cms1:22", "--", "gate"))),
        (
            "Host *\n  ProxyJump ops@one:2022, two:22\n  HostName fe80::1\n",
            Way(
                "fe80::1",
                proxy=("ssh", "-F", "FILE", "-J", "ops@one:2022", "-W", "[fe80::1]:22", "--", "ssh://two:22"),
            ),
        ),
        ('Match host cms1 exec "true"\n  HostName one\nMatch exec "false"\n  Port 9\n', Way("one")),
        ('Match host cms2 exec "true"\n  HostName one\nMatch !exec "false"\n  Port 9\n', Way("cms1", 9)),
    ],
)
def test_the_way_that_the_file_names(tmp_path: Path, text: str, way: Way) -> None:
    file = _file(tmp_path, text)
    found = way_to("cms1", 22, file)
    assert found.proxy == tuple(str(file) if word == "FILE" else word for word in way.proxy)
    assert (found.hostname, found.port, found.user) == (way.hostname, way.port, way.user)


def test_a_file_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    assert way_to("cms1", 22, tmp_path / "none") == Way("cms1")


@pytest.mark.parametrize("text", ["Host cms1\n  Port many\n", "nonsense\n"])
def test_a_file_that_cannot_be_understood_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConnectError, match="--ssh-config or MMP_SSH_CONFIG") as failed:
        way_to("cms1", 22, _file(tmp_path, text))
    assert failed.value.code == "ssh-config"


def test_a_proxy_command_does_not_get_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMP_PASSWORD", "TopSecret1")
    monkeypatch.setenv("PLAIN", "stays")
    proxy = start_proxy((sys.executable, "-c", _TELL))
    try:
        told = json.loads(proxy.process.stdout.readline())
    finally:
        proxy.process.communicate()
    assert told["PLAIN"] == "stays"
    assert "TopSecret1" not in told.values()


def test_the_command_of_a_match_does_not_get_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMP_PASSWORD", "TopSecret1")
    monkeypatch.setenv("PLAIN", "stays")
    file = _file(tmp_path, 'Match exec "test $PLAIN"\n  Port 9\nMatch exec "test $MMP_PASSWORD"\n  HostName stolen\n')
    assert way_to("cms1", 22, file) == Way("cms1", 9)


def test_a_proxy_command_that_is_not_there_is_told() -> None:
    with pytest.raises(ConnectError, match="`/nowhere/nc cms1` cannot be started") as failed:
        start_proxy(("/nowhere/nc", "cms1"))
    assert failed.value.code == "proxy"


def test_programs_get_all_but_what_is_ours() -> None:
    assert for_programs({"PATH": "/bin", "MMP_PASSWORD": "x", "MMP_SSH_KEY": "y", "MMP_PASSWORD__OSLO": "z"}) == {
        "PATH": "/bin"
    }
