"""The commands of a private CA: made, shown, renewed, its root replaced; the passphrase comes from outside only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import Command
from tests.support.person import squeezed
from tests.support.private_ca import PASSPHRASE, cheap_passphrases


@pytest.fixture(autouse=True)
def _passphrase(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MMP_CA_PASSPHRASE", PASSPHRASE)
    with cheap_passphrases():
        yield


def names(document: dict[str, object]) -> list[str]:
    certificates = document["certificates"]
    assert isinstance(certificates, list)
    return [one["name"] for one in certificates]


def test_a_ca_lives_from_init_to_a_new_root(mmpctl: Command) -> None:
    made = mmpctl("ca", "init", "our ca", "--name", "Zürich & Söhne", "--key", "p256", "-o", "json")
    assert made.code == 0 and made.document["next"][0] == "mmpctl rotate --ca 'our ca' --until-plan"
    assert names(made.document) == ["root-1", "issuing-1"]
    shown = mmpctl("ca", "show", "our ca", "-o", "json")
    assert shown.code == 0 and shown.document["certificates"] == made.document["certificates"]
    renewed = mmpctl("ca", "renew", "our ca", "--root", "--key", "p256", "-o", "json")
    assert renewed.document["next"] == ["mmpctl ca show 'our ca'"]
    assert "mmpctl sign DIR --ca 'our ca'" in renewed.document["notes"][-1]
    assert names(renewed.document) == ["root-2", "issuing-2", "issuing-1", "root-1"]
    assert names(mmpctl("ca", "renew", "our ca", "--drop-older", "-o", "json").document) == ["root-2", "issuing-2"]
    table = mmpctl("ca", "show", "our ca")
    assert "Zürich & Söhne" in table.out and "root-2" in table.out and PASSPHRASE not in table.out + table.err


def test_without_a_passphrase_nothing_is_made(mmpctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MMP_CA_PASSPHRASE")
    said = mmpctl("ca", "init", "ca", "--name", "Example")
    assert said.code == 2 and "MMP_CA_PASSPHRASE" in said.err and not Path("ca").exists()


def test_a_passphrase_that_is_no_text_is_told(mmpctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    # As the environment has it in a terminal that writes Latin-1.
    monkeypatch.setenv("MMP_CA_PASSPHRASE", b"caf\xe9".decode("utf-8", "surrogateescape"))
    said = mmpctl("ca", "init", "ca", "--key", "p256")
    assert said.code == 2 and "not UTF-8" in said.err and not Path("ca").exists()


def test_what_is_wrong_is_told_and_nothing_is_changed(mmpctl: Command) -> None:
    assert mmpctl("ca", "show", "nowhere").code == 2
    assert mmpctl("ca", "init", "ca", "--name", "Example", "--key", "dsa").code == 2
    for option in ("--root-days", "--issuing-days"):
        said = mmpctl("ca", "init", "ca", option, "99999999", "--key", "p256")
        assert said.code == 2 and option in said.err and "36525" in said.err
    assert not Path("ca").exists()
    assert mmpctl("ca", "init", "ca", "--name", "Example", "--key", "p256").code == 0
    before = {path: path.read_bytes() for path in Path("ca").iterdir()}
    again = mmpctl("ca", "init", "ca", "--name", "Example")
    assert again.code == 2 and "isthere" in squeezed(again.err)
    assert {path: path.read_bytes() for path in Path("ca").iterdir()} == before
