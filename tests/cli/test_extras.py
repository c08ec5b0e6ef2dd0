"""A package that only some commands need is asked for by those commands alone, in one sentence."""

from __future__ import annotations

import sys

import pytest

from tests.support.command import Command


@pytest.mark.parametrize("words", [("demo",), ("lab", "up")])
def test_without_its_packages_the_lab_says_what_to_install(
    words: tuple[str, ...], mmpctl: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "asyncssh", None)
    said = mmpctl(*words)
    assert (said.code, said.out) == (2, "")
    assert "needs the package asyncssh" in said.err and "-m pip install asyncssh" in said.err


@pytest.mark.parametrize("words", [("audit", "--history", "audits.sqlite"), ("history", "audits.sqlite")])
def test_without_its_packages_the_history_says_what_to_install_before_anything_is_asked(
    words: tuple[str, ...], mmpctl: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    # The inventory is not there either: nothing was looked for on a device.
    said = mmpctl(*words)
    assert (said.code, said.out) == (2, "")
    assert "needs the package sqlalchemy" in said.err and "-m pip install sqlalchemy" in said.err


def test_the_other_commands_do_without(mmpctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("asyncssh", "sqlalchemy"):
        monkeypatch.setitem(sys.modules, name, None)
    assert mmpctl("runs").code == 0
