"""The `pki` commands tell the truth about the files."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from cryptography import x509

from tests.support.lab import Lab
from tests.support.lab_client import Client


def value(text: str, label: str) -> str:
    found = re.search(rf"^ +{label}:?\s*:?\s*(.*)$", text, re.MULTILINE)
    assert found is not None, label
    return found.group(1)


def test_inspect_shows_the_real_certificate(lab: Lab) -> None:
    fleet = lab("expired")
    with Client(fleet, "lon-1") as client:
        text = client.run("pki inspect dbclusterserver.cer")
    pem = (fleet.nodes["lon-1"].files / "dbclusterserver.cer").read_bytes()
    certificate = x509.load_pem_x509_certificate(pem)
    lines = text.splitlines()
    assert lines[:4] == [
        "Checking user configured certificates and keys...found",
        "File contains a PEM encoded certificate",
        "Certificate:",
        "  Data:",
    ]
    assert int(value(text, "Serial Number").replace(":", ""), 16) == certificate.serial_number
    assert value(text, "Issuer") == "O=Lab, CN=lon-prod database CA"
    assert value(text, "Subject") == "O=Lab, CN=lon-prod-database"
    assert value(text, "Public-Key") == "(256 bit)"
    after = certificate.not_valid_after_utc
    assert value(text, "Not After ") == f"{after:%b} {after.day:>2} {after:%H:%M:%S} {after.year} GMT"


@pytest.mark.parametrize(
    ("form", "lines"),
    [
        ("on the line", "    Serial Number: 4096 (0x1000)\n    Signature"),
        ("below", "    Serial Number:\n      10:00\n    Signature"),
    ],
)
def test_short_serials(lab: Lab, form: str, lines: str) -> None:
    with Client(lab(inspect_serial=form), "lon-1") as client:
        assert lines in client.run("pki inspect dbclusterclient.cer")


def test_chains_keys_requests_and_missing_files(lab: Lab) -> None:
    fleet = lab(nodes={"lon-2": {"inspect_other": "error"}})
    files = fleet.nodes["lon-1"].files
    (files / "chain.cer").write_bytes(
        (files / "dbclusterserver.cer").read_bytes() + (files / "dbclusterca.cer").read_bytes()
    )
    with Client(fleet, "lon-1") as client:
        assert client.run("pki inspect chain.cer").count("Certificate:\n") == 2
        assert client.run("pki inspect core.key").endswith("found\nFile contains a PEM encoded private key\n")
        assert client.run("pki inspect nothing.cer") == "Checking user configured certificates and keys...not found\n"
        created = client.run("pki csr tac CN:.*.tptac9.com subjectAltName:streamer.tptac9.com")
        assert created == (
            "..............\n......\nCreated key file tac.key and CSR tac.csr\n"
            "CSR file tac.csr ready for download via SFTP\n"
        )
        assert {"tac.key", "tac.csr"} <= set(client.run("pki list").splitlines())
        assert client.run("pki inspect tac.csr").endswith("certificate signing request\n")
    with Client(fleet, "lon-2") as client:
        assert "ERROR: File does not contain a certificate" in client.run("pki inspect core.key")


@pytest.mark.parametrize(
    ("command", "good"),
    [
        ("pki match dbclusterserver.key dbclusterserver.cer", lambda text: text == "Key and certificate match\n"),
        ("pki match dbclusterclient.key dbclusterserver.cer", lambda text: text.startswith("ERROR")),
        ("pki match none.key dbclusterserver.cer", lambda text: text == "ERROR: File none.key not found\n"),
        ("pki verify dbclusterserver.cer dbclusterca.cer", lambda text: text == "Certificate verified\n"),
        ("pki verify core.cer dbclusterca.cer", lambda text: text.startswith("ERROR")),
        ("pki selfsigned own", lambda text: "self-signed certificate own.crt" in text),
        ("pki", lambda text: text.startswith("Usage:\n  pki list\n")),
    ],
)
def test_match_verify_and_selfsigned(lab: Lab, command: str, good: Callable[[str], bool]) -> None:
    with Client(lab(), "lon-1") as client:
        assert good(client.run(command))


@pytest.mark.parametrize("taken", ["silently", "refuses"])
def test_a_key_of_the_same_name(lab: Lab, taken: str) -> None:
    """Nobody knows whether the device replaces it: the lab plays both."""
    fleet = lab(csr_taken=taken, csr_locality=False)
    with Client(fleet, "lon-1") as client:
        assert client.run("pki csr tac L:London CN:a").startswith("Usage:")
        client.run('pki csr tac CN:a O:"Example & Sons"')
        before = (fleet.nodes["lon-1"].files / "tac.key").read_bytes()
        said = client.run("pki csr tac CN:a")
    same = (fleet.nodes["lon-1"].files / "tac.key").read_bytes() == before
    assert (same, said.startswith("ERROR")) == ((taken == "refuses"),) * 2
