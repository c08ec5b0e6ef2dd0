"""Where the account comes from, and that its secret shows nowhere."""

from __future__ import annotations

import copy
import logging
import os
import pickle
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from mmpctl.errors import UsageError
from mmpctl.inventory.accounts import Place, find_accounts
from mmpctl.inventory.credentials import Credentials, Secret
from tests.support.keyrings import Keyring, LockedKeyring, UseKeyring
from tests.support.one_account import find_credentials
from tests.support.password_prompt import password_prompt


def _key(file: Path, passphrase: bytes | None = None, kind: PrivateFormat = PrivateFormat.OpenSSH) -> Path:
    encryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    file.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, kind, encryption))
    file.chmod(0o600)
    return file


def test_the_environment_comes_first(use_keyring: UseKeyring, monkeypatch: pytest.MonkeyPatch) -> None:
    use_keyring(Keyring({("mmpctl", "admin"): "from-keyring"}))
    asked = password_prompt(monkeypatch, "from-terminal")
    found = find_credentials({"MMP_USERNAME": "ops", "MMP_PASSWORD": "from-env"}, username="inv")
    assert found == Credentials("ops", password=Secret("from-env"))
    assert not asked


def test_the_username_is_the_inventorys_else_admin() -> None:
    assert find_credentials({"MMP_PASSWORD": "x"}, username="inv").username == "inv"
    assert find_credentials({"MMP_PASSWORD": "x"}).username == "admin"


def test_a_name_that_moves_the_cursor_is_shown_without_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = password_prompt(monkeypatch, "from-terminal")
    find_credentials({"MMP_USERNAME": "ops\x1b[2J\u202e\nPassword of root"}, ask=True)
    assert asked == ["Password of 'ops\\x1b[2J\\u202e\\nPassword of root': "]
    find_credentials({"MMP_USERNAME": "ops"}, ask=True)
    assert asked[1:] == ["Password of ops: "]


def test_the_keyring_comes_second(use_keyring: UseKeyring, monkeypatch: pytest.MonkeyPatch) -> None:
    use_keyring(Keyring({("mmpctl", "admin"): "from-keyring", ("mmpctl", "ops"): "of-ops"}))
    asked = password_prompt(monkeypatch, "from-terminal")
    assert find_credentials({}).password == "from-keyring"
    assert find_credentials({"MMP_USERNAME": "ops"}).password == "of-ops"
    assert not asked


def test_a_keyring_that_fails_is_passed_over_and_the_terminal_asked(
    use_keyring: UseKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_keyring(LockedKeyring({}))
    asked = password_prompt(monkeypatch, "from-terminal")
    assert find_credentials({}).password == "from-terminal"
    assert asked == ["Password of admin: "]


@pytest.mark.parametrize(("answer", "tty", "ask"), [("x", False, True), ("x", True, False), ("", True, True)])
def test_without_any_the_variables_are_named(
    monkeypatch: pytest.MonkeyPatch, answer: str, tty: bool, ask: bool
) -> None:
    password_prompt(monkeypatch, answer, tty=tty)
    with pytest.raises(
        UsageError, match=r"no password for 'admin' · Set MMP_PASSWORD, or set MMP_SSH_KEY .*MMP_USERNAME"
    ):
        find_credentials({}, ask=ask)


@pytest.mark.parametrize("kind", [PrivateFormat.OpenSSH, PrivateFormat.PKCS8])
def test_a_key_is_used_and_the_password_is_not(tmp_path: Path, kind: PrivateFormat) -> None:
    file = _key(tmp_path / "id", kind=kind)
    found = find_credentials({"MMP_SSH_KEY": str(file), "MMP_PASSWORD": "unused"})
    assert found == Credentials("admin", key_file=file)


@pytest.mark.parametrize("kind", [PrivateFormat.OpenSSH, PrivateFormat.PKCS8])
def test_the_password_opens_a_key_with_a_passphrase(tmp_path: Path, kind: PrivateFormat) -> None:
    file = _key(tmp_path / "id", b"open sesame", kind)
    found = find_credentials({"MMP_SSH_KEY": str(file), "MMP_PASSWORD": "open sesame"})
    assert found == Credentials("admin", key_file=file, passphrase=Secret("open sesame"))
    with pytest.raises(UsageError, match="has a passphrase"):
        find_credentials({"MMP_SSH_KEY": str(file)})
    with pytest.raises(UsageError, match="does not open"):
        find_credentials({"MMP_SSH_KEY": str(file), "MMP_PASSWORD": "wrong"})


def test_a_key_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"MMP_SSH_KEY: .*none: No such file"):
        find_credentials({"MMP_SSH_KEY": str(tmp_path / "none")})
    with pytest.raises(UsageError, match="Is a directory"):
        find_credentials({"MMP_SSH_KEY": str(tmp_path)})
    (tmp_path / "id.pub").write_text("ssh-ed25519 AAAAC3 me\n")
    with pytest.raises(UsageError, match="is not a private key"):
        find_credentials({"MMP_SSH_KEY": str(tmp_path / "id.pub")})


def test_a_key_that_others_can_read_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = _key(tmp_path / "id")
    find_credentials({"MMP_SSH_KEY": str(file)})
    assert not caplog.records
    file.chmod(0o644)
    find_credentials({"MMP_SSH_KEY": str(file)})
    assert f"{file} can be read by others: chmod 600 {file}" in caplog.text


def test_a_secret_shows_nowhere_and_still_is_itself(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = Secret("TopSecret1")
    found = Credentials("admin", password=secret, passphrase=secret)
    logging.getLogger().info("%s %r %s", secret, found, {"password": secret})
    shown = f"{secret} {secret:>20} {secret!r} {found} {[secret]} {caplog.text}" + str(secret) + "%s" % secret  # noqa: UP031
    assert "TopSecret1" not in shown
    assert secret.encode() == b"TopSecret1"
    assert secret == "TopSecret1"
    for twin in (copy.deepcopy(secret), pickle.loads(pickle.dumps(secret))):  # noqa: S301
        assert twin == "TopSecret1"
        assert "TopSecret1" not in repr(twin)


def test_the_password_comes_from_a_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "password"
    file.write_text(" a$HOME 'b\n", encoding="utf-8")
    file.chmod(0o600)
    assert find_credentials({"MMP_PASSWORD_FILE": str(file)}).password == " a$HOME 'b"
    assert find_credentials({"MMP_PASSWORD_FILE": str(file), "MMP_PASSWORD": "x"}).password == "x"
    assert not caplog.records
    file.chmod(0o644)
    find_credentials({"MMP_PASSWORD_FILE": str(file)})
    assert "can be read by others" in caplog.text


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "No such file"),
        (b"", "is not one line"),
        (b"a\nb", "is not one line"),
        (b"a" * 5000, "is not one line"),
        (b"\xff", "UTF-8"),
    ],
)
def test_a_password_file_that_holds_none(tmp_path: Path, content: bytes | None, told: str) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError, match=f"MMP_PASSWORD_FILE: .*{told}"):
        find_credentials({"MMP_PASSWORD_FILE": str(file)})


@pytest.mark.parametrize("kind", ["pipe", "device", "writable"])
def test_a_password_file_that_others_could_fill(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "password"
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "device":
        file = Path("/dev/zero")
    else:
        file.write_text("given by anybody\n")
        file.chmod(0o666)
    with pytest.raises(UsageError, match="the file of MMP_PASSWORD_FILE"):
        find_credentials({"MMP_PASSWORD_FILE": str(file)})


def test_a_password_comes_from_a_pipe_of_the_shells(tmp_path: Path) -> None:
    ours, theirs = os.pipe()
    os.write(theirs, b"from pass\n")
    os.close(theirs)
    try:
        assert find_credentials({"MMP_PASSWORD_FILE": f"/dev/fd/{ours}"}).password == "from pass"
    finally:
        os.close(ours)


def test_a_site_has_a_file_of_its_own(tmp_path: Path) -> None:
    for name in ("all", "oslo"):
        (tmp_path / name).write_text(f"of {name}\n")
        (tmp_path / name).chmod(0o600)
    given = {"MMP_PASSWORD_FILE": str(tmp_path / "all"), "MMP_PASSWORD_FILE__OSLO": str(tmp_path / "oslo")}
    # What is not asked for is not read.
    given["MMP_PASSWORD_FILE__ROME"] = str(tmp_path / "nowhere")
    found = find_accounts([Place("a", "oslo"), Place("b", "london")], given)
    assert (found["a"].password, found["b"].password) == ("of oslo", "of all")
