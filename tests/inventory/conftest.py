"""Small real inventories on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

Write = Callable[..., Path]

HOSTS = """\
a-1:
  hostname: 127.70.0.1
  groups: [alpha, north]
  data: {role: master}
a-2:
  hostname: 127.70.0.2
  groups: [alpha, north]
  data: {role: slave, rack: 7, tags: [old, spare]}
b-1:
  hostname: 127.70.0.3
  groups: [beta, south]
  data: {role: primary, power: {feed: red}}
b-2:
  hostname: 127.70.0.4
  groups: [beta, north]
  data: {role: replica}
b-3:
  hostname: 127.70.0.5
  groups: [beta, south]
  data: {role: client}
edge:
  hostname: 127.70.0.6
  groups: [south]
"""
GROUPS = """\
north: {data: {site: north}}
south: {data: {site: south}}
alpha: {data: {cluster: alpha}}
beta: {data: {cluster: beta}}
"""
DEFAULTS = """\
platform: cisco_cms
port: 2022
data: {owner: voice}
"""


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No account, host keys or SSH settings of whoever runs the tests."""
    for name in ("MMP_USERNAME", "MMP_PASSWORD", "MMP_SSH_KEY", "MMP_KNOWN_HOSTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("NORNIR_SSH_CONFIG_FILE", str(tmp_path / "no-ssh-config"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes an inventory folder; a file that is None is left out."""

    def _write(
        hosts: str | None = HOSTS,
        groups: str | None = GROUPS,
        defaults: str | None = DEFAULTS,
        folder: str = "inventory",
    ) -> Path:
        path = tmp_path / folder
        path.mkdir(parents=True, exist_ok=True)
        for name, text in (("hosts", hosts), ("groups", groups), ("defaults", defaults)):
            if text is not None:
                (path / f"{name}.yaml").write_text(dedent(text), encoding="utf-8")
        return path

    return _write
