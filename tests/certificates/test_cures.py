"""Each cure that is a command is carried out as written: the set is fit afterwards, and nothing is left behind."""

from __future__ import annotations

import base64
import re
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

from mmpctl.certificates.loaded_set import load_set
from mmpctl.certificates.new_set_checks import check_set
from mmpctl.findings import RULES
from mmpctl.findings.finding import Finding
from tests.support import pki
from tests.support.certificate_sets import load
from tests.support.children import PATIENCE_SECONDS

PASSPHRASE = b"what only a person knows"
CA = pki.authority(key=pki.rsa_key(2048, 1))
SERVER = CA.sign("cms1", key=pki.rsa_key(2048, 2))
GOOD = pki.files(CA, server=SERVER)
CERTIFICATE, KEY = GOOD["server.cer"], GOOD["server.key"]
_COMMANDS = ("openssl", "ssh-keygen", "iconv", "sed", "fold", "tail", "tr")


def store() -> bytes:
    return pkcs12.serialize_key_and_certificates(
        b"cms1", SERVER.key, SERVER.certificate, None, ser.BestAvailableEncryption(PASSPHRASE)
    )


def key(form: ser.PrivateFormat, password: bytes | None = None, encoding: ser.Encoding = ser.Encoding.PEM) -> bytes:
    hidden = ser.BestAvailableEncryption(password) if password else ser.NoEncryption()
    return SERVER.key.private_bytes(encoding, form, hidden)


def changed(data: bytes, *arguments: str) -> bytes:
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout


def _in_one_line(lines: list[bytes]) -> tuple[bytes, bytes, bytes, bytes]:
    return lines[0], b"".join(lines[1:-2]), lines[-2], b""


_PKCS8 = ser.PrivateFormat.PKCS8
BAD: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "bom": ("bom", "server.cer", lambda: b"\xef\xbb\xbf" + CERTIFICATE),
    "bom in a key": ("bom", "server.key", lambda: b"\xef\xbb\xbf" + KEY),
    "utf16": ("utf16", "server.cer", lambda: CERTIFICATE.decode().encode("utf-16")),
    "utf16 without a mark": ("utf16", "server.key", lambda: KEY.decode().encode("utf-16-be")),
    "utf32": ("utf16", "server.cer", lambda: CERTIFICATE.decode().encode("utf-32")),
    "bom behind another": ("bom", "server.cer", lambda: b"\xef\xbb\xbf" + CERTIFICATE + b"\xef\xbb\xbf" + CA.pem),
    "bare returns": ("bare-cr", "server.cer", lambda: CERTIFICATE.replace(b"\n", b"\r")),
    "two returns": ("crlf", "server.cer", lambda: CERTIFICATE.replace(b"\n", b"\r\r\n")),
    "NUL": ("odd-characters", "server.cer", lambda: CERTIFICATE.replace(b"\n", b"\0\n")),
    "no-break spaces": ("odd-characters", "server.key", lambda: KEY.replace(b"\n", b"\xc2\xa0\n")),
    "bare base64": ("bare-base64", "server.cer", lambda: base64.encodebytes(SERVER.der)),
    "bare base64 in one line": ("bare-base64", "server.cer", lambda: base64.b64encode(SERVER.der)),
    "bare base64 of a bundle": (
        "bare-base64",
        "server.cer",
        lambda: base64.encodebytes(pkcs7.serialize_certificates([SERVER.certificate], ser.Encoding.DER)),
    ),
    "bare base64 of a key": (
        "bare-base64",
        "server.key",
        lambda: base64.encodebytes(key(_PKCS8, encoding=ser.Encoding.DER)),
    ),
    "crlf": ("crlf", "server.cer", lambda: CERTIFICATE.replace(b"\n", b"\r\n")),
    "der": ("der", "server.cer", lambda: SERVER.der),
    "der key": ("der", "server.key", lambda: key(_PKCS8, encoding=ser.Encoding.DER)),
    "pkcs12": ("pkcs12", "server.cer", store),
    "pkcs12 for a key": ("pkcs12", "server.key", store),
    "pkcs7": ("pkcs7", "server.cer", lambda: pkcs7.serialize_certificates([SERVER.certificate], ser.Encoding.PEM)),
    "binary pkcs7": (
        "pkcs7",
        "server.cer",
        lambda: pkcs7.serialize_certificates([SERVER.certificate], ser.Encoding.DER),
    ),
    "pkcs7 that is called a certificate": (
        "pkcs7",
        "server.cer",
        lambda: pkcs7.serialize_certificates([SERVER.certificate], ser.Encoding.PEM).replace(b"PKCS7", b"CERTIFICATE"),
    ),
    "other blocks": (
        "stray-text",
        "server.cer",
        lambda: CERTIFICATE + pkcs7.serialize_certificates([SERVER.certificate], ser.Encoding.PEM),
    ),
    "text and Windows": (
        "stray-text",
        "server.key",
        lambda: b"Bag Attributes\n" + KEY + b"-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n",
    ),
    "stray text": ("stray-text", "server.cer", lambda: b"Certificate of cms1\n" + CERTIFICATE),
    "blank lines": ("blank-lines", "server.cer", lambda: CERTIFICATE.replace(b"\n", b"\n\n")),
    "loose": ("loose-base64", "server.cer", lambda: re.sub(rb"(?m)^(\w{9})", rb"\1 ", CERTIFICATE)),
    "in one line": ("loose-base64", "server.key", lambda: b"\n".join(_in_one_line(KEY.split(b"\n")))),
    "key in certificate": ("key-in-certificate", "server.cer", lambda: CERTIFICATE + KEY),
    "certificate in key": ("certificate-in-key", "server.key", lambda: KEY + CERTIFICATE),
    "encrypted key": ("encrypted-key", "server.key", lambda: key(_PKCS8, PASSPHRASE)),
    "OpenSSH's key": ("openssh-key", "server.key", lambda: key(ser.PrivateFormat.OpenSSH)),
    "trusted": ("trusted-certificate", "server.cer", lambda: changed(CERTIFICATE, "x509", "-trustout")),
}


def check(folder: Path, contents: dict[str, bytes]) -> tuple[Finding, ...]:
    return check_set(load_set(load(folder, contents)), pki.NOW)


def is_command(cure: str) -> bool:
    return any(f"{word} " in cure for word in _COMMANDS) and "{quoted}" in cure


def test_every_cure_that_is_a_command_is_carried_out_here() -> None:
    assert {id_ for id_, rule in RULES.items() if is_command(rule.cure)} == {id_ for id_, _, _ in BAD.values()}


def carried_out(cure: str, folder: Path, typed: bytes = PASSPHRASE + b"\n") -> subprocess.CompletedProcess[bytes]:
    # Pasted into a shell, without a terminal of its own: what asks for a passphrase reads standard input.
    script = f"umask 022; {cure.partition(': ')[2]}; umask"
    return subprocess.run(
        ["sh", "-c", script],
        check=False,
        cwd=folder,
        input=typed,
        capture_output=True,
        start_new_session=True,
        timeout=PATIENCE_SECONDS,
    )


@pytest.mark.parametrize("case", BAD)
def test_a_cure_that_is_followed_makes_the_set_fit_and_leaves_nothing_behind(case: str, tmp_path: Path) -> None:
    id_, name, make = BAD[case]
    folder = tmp_path / "my files"
    found = [one for one in check(folder, GOOD | {name: make()}) if Path(one.file).name == name]
    (wrong,) = (one for one in found if one.id == id_)
    file = Path(wrong.file)
    file.chmod(0o644)
    before = sorted(file.parent.iterdir())
    if any(shutil.which(word) is None for word in _COMMANDS):
        pytest.skip("a command of the cures is not on this machine")

    done = carried_out(wrong.cure, tmp_path)

    contents = {each.name: each.read_bytes() for each in file.parent.iterdir()}
    assert check(tmp_path / "again", contents) == (), done.stderr
    assert sorted(file.parent.iterdir()) == before
    assert done.stdout.split()[-1] == b"0022"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("case", ["pkcs12", "pkcs12 for a key", "encrypted key"])
def test_a_wrong_passphrase_costs_nothing(case: str, tmp_path: Path) -> None:
    id_, name, make = BAD[case]
    wrong = next(one for one in check(tmp_path, GOOD | {name: make()}) if one.id == id_)
    file = Path(wrong.file)
    before = {each: each.read_bytes() for each in file.parent.iterdir()}
    carried_out(wrong.cure, tmp_path, b"wrong\n")
    assert {each: each.read_bytes() for each in file.parent.iterdir()} == before
