"""Whatever a CA sends its certificates in, they are found; and what comes from elsewhere is bounded."""

from __future__ import annotations

import base64
import json
import quopri
import subprocess
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from pyasn1.codec.der.decoder import decode
from pyasn1.codec.der.encoder import encode
from pyasn1.type.univ import OctetString
from pyasn1_modules import rfc7292

from mmpctl.authority.issuer import issuer
from mmpctl.authority.profile import Purpose
from mmpctl.signing.containers import Unreadable, certificates_in
from mmpctl.signing.stretching import rounds
from tests.support.private_ca import NOW, PASSPHRASE, cheap_passphrases, make_ca, request, wanted


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A leaf, its issuing certificate and the root, PEM."""
    folder = tmp_path_factory.mktemp("sent") / "ca"
    with cheap_passphrases():
        make_ca(folder)
        with issuer(folder, PASSPHRASE, NOW) as ca:
            (leaf,) = ca.issue([wanted(request("cms1"), Purpose.SERVER)])
            return leaf.certificate + ca.trust.decode()


def openssl(given: str, *words: str) -> bytes:
    return subprocess.run(["openssl", *words], input=given.encode(), capture_output=True, check=True).stdout


def pkcs7(pem: str, form: str) -> bytes:
    return openssl(pem, "crl2pkcs7", "-nocrl", "-certfile", "/dev/stdin", "-outform", form)


def pkcs12(pem: str, passphrase: str) -> bytes:
    return openssl(pem, "pkcs12", "-export", "-nokeys", "-passout", f"pass:{passphrase}")


def archive(files: dict[str, bytes]) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in files.items():
            written.writestr(name, content)
    return made.getvalue()


def mail(pem: str) -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"] = "Your certificates", "CA <ca@example.com>"
    message.set_content("Please find them below -- and attached.\n")
    message.add_attachment(
        pkcs7(pem, "DER"), maintype="application", subtype="x-pkcs7-certificates", filename="chain.p7b"
    )
    return message.as_bytes()


def full_response(pem: str) -> bytes:
    """What certreq leaves beside a certificate (.rsp): a signed message about the request, with the certificates."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(timezone.utc)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a CA's exchange")])
    signer = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    with TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "chain.pem").write_text(pem)
        (folder / "signer.pem").write_bytes(signer.public_bytes(Encoding.PEM))
        (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        words = f"cms -sign -nodetach -binary -nocerts -certfile {folder}/chain.pem -signer {folder}/signer.pem"
        return openssl(
            "status", *words.split(), "-inkey", str(folder / "key.pem"), "-econtent_type", "1.3.6.1.5.5.7.12.3",
            "-outform", "DER",
        )  # fmt: skip


def trusted(pem: str) -> bytes:
    """Each as OpenSSL writes it with what it is trusted for."""
    blocks = [f"{block}-----END CERTIFICATE-----\n" for block in pem.split("-----END CERTIFICATE-----\n")[:-1]]
    return b"".join(openssl(block, "x509", "-addtrust", "serverAuth", "-trustout") for block in blocks)


FORMS: dict[str, Callable[[str], bytes]] = {
    "PEM": str.encode,
    "PEM with CRLF and a mark": lambda pem: b"\xef\xbb\xbf" + pem.replace("\n", "\r\n").encode(),
    "base64 without marks": lambda pem: base64.encodebytes(pkcs7(pem, "DER")),
    "base64 in one line": lambda pem: base64.b64encode(pkcs7(pem, "DER")),
    "UTF-16": lambda pem: pem.encode("utf-16"),
    "PKCS #7": lambda pem: pkcs7(pem, "DER"),
    "PKCS #7 as PEM": lambda pem: pkcs7(pem, "PEM"),
    # As Microsoft's certreq and certsrv write a chain in Base64.
    "PKCS #7 called a certificate": lambda pem: pkcs7(pem, "PEM").replace(b"PKCS7-----", b"CERTIFICATE-----"),
    "a full response (CMC)": full_response,
    "PKCS #12": lambda pem: pkcs12(pem, "right"),
    "PKCS #12 without a passphrase": lambda pem: pkcs12(pem, ""),
    "with OpenSSL's text": lambda pem: b"Certificate:\n    Data:\n        Version: 3 (0x2)\n" + pem.encode(),
    "on one line": lambda pem: pem.replace("\n", " ").encode(),
    "an answer to an answer": lambda pem: "".join(f">> {line}\n" for line in pem.splitlines()).encode(),
    "dashes of a mail program": lambda pem: pem.replace("-----", "—–-").encode(),
    "soft line ends": lambda pem: quopri.encodestring(pem.encode()),
    "blanks of a web page": lambda pem: "".join(f"\u00a0 {line} \n\n" for line in pem.splitlines()).encode(),
    "JSON": lambda pem: json.dumps({"certificate": pem, "serial": 1}).encode(),
    "an archive": lambda pem: archive({"a/readme.txt": b"hello", "a/leaf.cer": pem.encode()}),
    "an archive in an archive": lambda pem: archive({"inner.zip": archive({"chain.p7b": pkcs7(pem, "DER")})}),
    "run together": lambda pem: pem.replace("E-----\n-----B", "E----------B").encode(),
    "UTF-16 without a mark": lambda pem: pem.encode("utf-16-le"),
    "UTF-16 of base64 without marks": lambda pem: base64.encodebytes(pkcs7(pem, "DER")).decode().encode("utf-16"),
    "UTF-32": lambda pem: pem.encode("utf-32"),
    "dashes alone": lambda pem: pem.replace("-----", "\u2014\u2014\u2014").encode(),
    "small letters": lambda pem: (
        pem.replace("BEGIN CERTIFICATE", "begin certificate").replace("END CERTIFICATE", "end certificate").encode()
    ),
    "a web page": lambda pem: f"<html><pre>{pem.replace(chr(10), '<br/>')}</pre></html>".encode(),
    "trusted certificates": trusted,
    "PKCS #7 by its long name": lambda pem: pkcs7(pem, "PEM").replace(b"PKCS7", b"PKCS #7 SIGNED DATA"),
    "base64 without its last signs": lambda pem: pem.replace("=", "").encode(),
    "a mail with a file": mail,
    "a mail with a text": lambda pem: f"Subject: yours\nFrom: ca@example.com\n\nHello\n\n{pem}".encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_all_three_are_found_in(form: str, chain: str) -> None:
    found = certificates_in(FORMS[form](chain), "answer", lambda _: "right")
    subjects = sorted(one.certificate.facts.subject for one in found)
    assert subjects == ["CN=cms1", "O=Example, CN=Example issuing 1", "O=Example, CN=Example root 1"]
    assert all(one.origin.startswith("answer") for one in found)


def test_one_certificate_in_binary_form_is_found(chain: str) -> None:
    (found,) = certificates_in(openssl(chain, "x509", "-outform", "DER"), "leaf.cer", lambda _: None)
    assert (found.certificate.facts.subject, found.origin) == ("CN=cms1", "leaf.cer")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "neither a certificate nor a container"),
        (b"hello", "neither a certificate nor a container"),
        (b"\x00\xff" * 500, "neither a certificate nor a container"),
        (b"-----BEGIN CERTIFICATE-----\nMIIB", "a block that does not end"),
        (b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "is damaged"),
        (request("x").public_bytes(Encoding.PEM), "holds certificate request, no certificate"),
        (b"PK\x03\x04 and no more", "cannot be unpacked"),
        (archive({"notes.txt": b"nothing"}), "neither a certificate nor a container"),
        (b"Subject: hello\n\nNothing is attached.\n", "holds no certificate"),
    ],
)
def test_what_holds_none_is_told_as_what_it_is(content: bytes, told: str) -> None:
    with pytest.raises(Unreadable, match=told):
        certificates_in(content, "answer", lambda _: None)


def test_a_protected_file_says_that_it_needs_a_passphrase_or_another_one(chain: str) -> None:
    sent = pkcs12(chain, "right")
    with pytest.raises(Unreadable, match="needs a passphrase"):
        certificates_in(sent, "sent.p12", lambda _: None)
    with pytest.raises(Unreadable, match=r"the passphrase does not open sent\.p12"):
        certificates_in(sent, "sent.p12", lambda _: "wrong")


def chunked(der: bytes) -> bytes:
    """The same in the form that Apple and old releases of Windows write: no lengths, and octets in chunks."""
    inner = pkcs12_parts(der)
    content = inner["authSafe"]["content"].asOctets()
    octets = bytes(decode(content)[0])
    parts = b"".join(encode(OctetString(octets[at : at + 100])) for at in range(0, len(octets), 100))
    whole = b"\x30\x80" + bytes(encode(inner["authSafe"]["contentType"]))
    whole += b"\xa0\x80\x24\x80" + parts + b"\0\0" * 3
    return b"\x30\x80" + bytes(encode(inner["version"])) + whole + bytes(encode(inner["macData"])) + b"\0\0"


def pkcs12_parts(der: bytes) -> rfc7292.PFX:
    parts: rfc7292.PFX = decode(der, asn1Spec=rfc7292.PFX())[0]
    return parts


@pytest.mark.parametrize("form", [bytes, chunked])
def test_a_file_that_would_take_days_to_open_is_not_opened(form: Callable[[bytes], bytes], chain: str) -> None:
    sent = pkcs12(chain, "right")
    assert len(certificates_in(form(sent), "sent.p12", lambda _: "right")) == 3
    parts = pkcs12_parts(sent)
    parts["macData"]["iterations"] = 2**31 - 1
    # What is encrypted says how it is as well: 2,048 rounds become as many as three bytes hold.
    inside = sent.replace(bytes.fromhex("02020800"), bytes.fromhex("02027fff"))
    assert rounds(form(sent)) == 2048 and rounds(form(inside)) == 0x7FFF
    with pytest.raises(Unreadable, match="more than 1000000 rounds"):
        certificates_in(form(bytes(encode(parts))), "sent.p12", lambda _: "right")


@given(st.binary(max_size=300))
def test_rounds_are_looked_for_in_anything(content: bytes) -> None:
    assert rounds(b"\x30" + content) >= 0 and rounds(bytes(100)) == 0
    assert rounds(b"\x30\x80" * 400 + content) >= 0


def test_an_archive_that_swells_or_nests_is_refused() -> None:
    with pytest.raises(Unreadable, match="unpacks to more than"):
        certificates_in(archive({f"{number}.cer": bytes(5 << 20) for number in range(2)}), "bomb.zip", lambda _: None)
    nested = b"nothing"
    for _ in range(5):
        nested = archive({"a.zip": nested})
    with pytest.raises(Unreadable, match="archives in archives"):
        certificates_in(nested, "nested.zip", lambda _: None)


def test_archives_in_archives_share_one_bound() -> None:
    """Two kilobytes that would unpack to gigabytes: each archive by itself is within bounds."""
    swelling = archive({"zeros": bytes(4 << 20)})
    many = archive({f"{number}.zip": swelling for number in range(400)})
    with pytest.raises(Unreadable, match="unpacks to more than"):
        certificates_in(many, "bomb.zip", lambda _: None)
    with pytest.raises(Unreadable, match="unpacks to more than"):
        certificates_in(archive({f"{number}": b"" for number in range(5001)}), "many.zip", lambda _: None)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_file_in_an_archive_is_told_and_the_others_count(method: int, chain: str) -> None:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", method) as written:
        written.writestr("damaged.cer", chain.encode())
        place = written.start_dir
        written.writestr("whole.cer", chain.encode())
    content = bytearray(made.getvalue())
    content[place // 3 : place] = bytes(255 for _ in content[place // 3 : place])
    notes: list[str] = []
    found = certificates_in(bytes(content), "sent.zip", lambda _: None, notes)
    assert {one.origin for one in found} == {"sent.zip:whole.cer"} and len(found) == 3
    assert [note.startswith("damaged.cer in sent.zip cannot be unpacked") for note in notes] == [True]


def test_a_file_without_a_name_in_an_archive_is_passed_over(chain: str) -> None:
    sent = archive({"q.none": b"nothing", "a.cer": chain.encode()}).replace(b"q.none", b"\0.none")
    assert len(certificates_in(sent, "sent.zip", lambda _: None)) == 3


def test_a_certificate_of_no_known_version_in_a_container_is_told(chain: str) -> None:
    sent = pkcs7(chain, "DER").replace(bytes.fromhex("a003020102"), bytes.fromhex("a003020103"))
    with pytest.raises(Unreadable, match="neither a certificate nor a container"):
        certificates_in(sent, "chain.p7b", lambda _: None)


def test_more_certificates_than_an_answer_has_are_refused(chain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmpctl.signing.containers.MOST_PARTS", 2)
    with pytest.raises(Unreadable, match="more than 2 certificates"):
        certificates_in(chain.encode(), "answer", lambda _: None)


def test_a_name_in_an_archive_is_only_ever_told(tmp_path: Path, chain: str) -> None:
    sent = archive({"../../etc/passwd": chain.encode()})
    found = certificates_in(sent, str(tmp_path / "sent.zip"), lambda _: None)
    assert found[0].origin.endswith("sent.zip:../../etc/passwd")
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_whatever_comes_is_read_or_told(content: bytes) -> None:
    for sent in (
        content,
        b"-----BEGIN CERTIFICATE-----\n" + content + b"\n-----END CERTIFICATE-----\n",
        b"\x30" + content,
    ):
        try:
            assert certificates_in(sent, "answer", lambda _: "x")
        except Unreadable as error:
            assert "answer" in str(error)
