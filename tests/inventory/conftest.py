"""Small real inventories on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import keyring
import pytest

from tests.support.inventories import DEFAULTS, GROUPS, HOSTS, Write
from tests.support.keyrings import UseKeyring


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


@pytest.fixture
def use_keyring() -> Iterator[UseKeyring]:
    """Puts a keyring in the place of this machine's."""
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)
