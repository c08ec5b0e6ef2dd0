"""Certificates out of whatever a CA sends: PEM, DER, PKCS #7, PKCS #12, JSON, a mail, or an archive of these.

What a mail program, a ticket system or a web page does to a PEM text (marks of quotes, soft line ends, blanks, all of
it on one line) is undone. Everything is bounded: these files come from elsewhere.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from io import BytesIO
from pathlib import PurePosixPath

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7, pkcs12

from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.lenient import any_certificate_of
from mmpctl.certificates.pem import der_of, plain_base64

# As many as `--certs` reads of one file, twice over; and what no answer of a CA comes near.
MOST_BYTES = 8 << 20
_MOST_PARTS = 500
_DEEPEST = 3

_CERTIFICATE, _PKCS7, _PKCS12 = "certificate", "PKCS #7", "PKCS #12"
_LABELS = {
    "CERTIFICATE": _CERTIFICATE,
    "X509 CERTIFICATE": _CERTIFICATE,
    "TRUSTED CERTIFICATE": _CERTIFICATE,
    "PKCS7": _PKCS7,
    "CMS": _PKCS7,
}
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]{1,200000})-----END \1-----")
# Some mail programs set a dash of their own for several hyphens.
_DASHES = str.maketrans({"‐": "-", "‑": "-", "–": "--", "—": "--", "\u00a0": " ", "\ufeff": None, "\u200b": None})
_RULE = re.compile(r"-{3,9}")
_QUOTED = re.compile(r"^[ \t]*(?:[>|][ \t]*)+", re.MULTILINE)
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=]")
_MAIL = re.compile(rb"\A(?:From [^\n]+\n)?(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t][^\n]*\n)*)+\r?\n")
_ZIP = b"PK\x03\x04"

Passphrase = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Found:
    """One certificate that was found.

    Args:
        certificate: the certificate.
        origin: the file that it was in, and the file within that.
        form: of the file, if it is not PEM.
    """

    certificate: Certificate
    origin: str
    form: str = ""


class Unreadable(Exception):
    """A file holds no certificate that can be got out; its text says why."""


def certificates_in(data: bytes, origin: str, passphrase: Passphrase) -> list[Found]:
    """Return the certificates in a file, each once, in their order.

    Args:
        data: its content.
        origin: its path, for what is told.
        passphrase: called with a path if a PKCS #12 file needs one; None if there is none.

    Raises:
        Unreadable: there is none in it.
    """
    found: dict[str, Found] = {}
    troubles: list[str] = []
    for one in _in(data, origin, passphrase, troubles, 0):
        found.setdefault(one.certificate.fingerprint_sha256, one)
        if len(found) > _MOST_PARTS:
            raise Unreadable(f"{origin} holds more than {_MOST_PARTS} certificates")
    if not found:
        raise Unreadable("; ".join(troubles) or f"{origin} holds no certificate")
    return list(found.values())


def _in(data: bytes, origin: str, passphrase: Passphrase, troubles: list[str], depth: int) -> Iterator[Found]:
    if data.startswith(_ZIP):
        yield from _in_zip(data, origin, passphrase, troubles, depth)
    elif _MAIL.match(data):
        yield from _in_mail(data, origin, passphrase, troubles, depth)
    elif b"BEGIN" in data or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield from _in_text(_text(data), origin, troubles)
    else:
        yield from _in_binary(plain_base64(data) or data, origin, passphrase, troubles)


def _in_zip(data: bytes, origin: str, passphrase: Passphrase, troubles: list[str], depth: int) -> Iterator[Found]:
    if depth == _DEEPEST:
        troubles.append(f"{origin} has archives in archives in archives")
        return
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = [one for one in archive.infolist() if not one.is_dir()]
            if len(parts) > _MOST_PARTS or sum(one.file_size for one in parts) > MOST_BYTES:
                troubles.append(f"{origin} unpacks to more than an answer of a CA can be")
                return
            for part in parts:
                with archive.open(part) as file:
                    content = file.read(MOST_BYTES)
                yield from _in(content, f"{origin}:{part.filename}", passphrase, troubles, depth + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        troubles.append(f"{origin} is an archive that cannot be unpacked ({error})")


def _in_mail(data: bytes, origin: str, passphrase: Passphrase, troubles: list[str], depth: int) -> Iterator[Found]:
    if depth == _DEEPEST:
        troubles.append(f"{origin} has mails in mails in mails")
        return
    for number, part in enumerate(message_from_bytes(data, policy=policy.default).walk()):
        if number > _MOST_PARTS:
            troubles.append(f"{origin} has more than {_MOST_PARTS} parts")
            return
        if part.is_multipart():
            continue
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            name = part.get_filename()
            place = f"{origin}:{PurePosixPath(name).name}" if name else origin
            # The part of a mail that is text may say nothing of certificates.
            yield from _in(content, place, passphrase, [] if name is None else troubles, depth + 1)


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8", "replace")


def _in_text(text: str, origin: str, troubles: list[str]) -> Iterator[Found]:
    plain = text.translate(_DASHES).replace("\r\n", "\n").replace("\r", "\n")
    # The line ends of JSON.
    plain = plain.replace("\\r", "").replace("\\n", "\n").replace("\\/", "/")
    plain = _RULE.sub("-----", _QUOTED.sub("", plain))
    labels: list[str] = []
    for block in _BLOCK.finditer(plain):
        labels.append(block[1])
        kind = _LABELS.get(block[1])
        if kind is None:
            continue
        try:
            yield from _of_block(kind, block[2], origin)
        except ValueError:
            troubles.append(f"a block {block[1]} in {origin} is damaged")
    if not labels:
        troubles.append(f"{origin} has a block that does not end, or is damaged")
    elif not any(label in _LABELS for label in labels):
        troubles.append(f"{origin} holds {' and '.join(sorted({label.lower() for label in labels}))}, no certificate")


def _of_block(kind: str, body: str, origin: str) -> list[Found]:
    try:
        return _decoded(kind, body, origin)
    except ValueError:
        # What a mail program has put in: soft line ends, and equals signs by their number (quoted-printable).
        return _decoded(kind, body.replace("=\n", "").replace("=3D", "="), origin)


def _decoded(kind: str, body: str, origin: str) -> list[Found]:
    der = der_of([_NOT_BASE64.sub("", body)])
    if kind == _CERTIFICATE:
        with suppress(ValueError):
            return [Found(any_certificate_of(der), origin)]
    # Microsoft's programs call a whole chain a certificate.
    return list(_all(_of_pkcs7(der), origin, _PKCS7))


def _in_binary(data: bytes, origin: str, passphrase: Passphrase, troubles: list[str]) -> Iterator[Found]:
    try:
        yield Found(any_certificate_of(data), origin, "DER")
        return
    except ValueError:
        pass
    try:
        yield from _all(_of_pkcs7(data), origin, _PKCS7)
        return
    except ValueError:
        pass
    yield from _in_pkcs12(data, origin, passphrase, troubles)


def _in_pkcs12(data: bytes, origin: str, passphrase: Passphrase, troubles: list[str]) -> Iterator[Found]:
    if not _is_pkcs12(data):
        troubles.append(f"{origin} is neither a certificate nor a container of certificates")
        return
    for one in (None, ""):
        opened = _opened(data, one)
        if opened is not None:
            yield from _all(opened, origin, _PKCS12)
            return
    given = passphrase(origin)
    opened = _opened(data, given) if given else None
    if opened is None:
        troubles.append(
            f"the passphrase does not open {origin}"
            if given
            else f"{origin} (PKCS #12) needs a passphrase: put it into MMP_P12_PASSPHRASE, or type it on a terminal"
        )
        return
    yield from _all(opened, origin, _PKCS12)


def _is_pkcs12(data: bytes) -> bool:
    try:
        pkcs12.load_pkcs12(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        return "password" in str(error).lower() or "mac" in str(error).lower()
    return True


def _opened(data: bytes, passphrase: str | None) -> list[x509.Certificate] | None:
    try:
        held = pkcs12.load_pkcs12(data, None if passphrase is None else passphrase.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return [one.certificate for one in (held.cert, *held.additional_certs) if one is not None]


def _of_pkcs7(der: bytes) -> list[x509.Certificate]:
    try:
        with warnings.catch_warnings():
            # OpenSSL itself writes the certificates in another order than DER has it.
            warnings.simplefilter("ignore", UserWarning)
            return pkcs7.load_der_pkcs7_certificates(der)
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from error


def _all(held: list[x509.Certificate], origin: str, form: str) -> Iterator[Found]:
    for one in held:
        yield Found(any_certificate_of(one.public_bytes(Encoding.DER)), origin, form)
