"""Certificates out of whatever a CA sends: PEM, DER, PKCS #7, PKCS #12, JSON, a mail, or an archive of these.

What a mail program, a ticket system or a web page does to a PEM text (marks of quotes, soft line ends, blanks, all of
it on one line) is undone. Everything is bounded: these files come from elsewhere.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7, pkcs12

from mmpctl.certificates.binary import first_element
from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.lenient import any_certificate_of
from mmpctl.certificates.pem import der_of, encoding_of, plain_base64
from mmpctl.signing.packed_parts import MOST_PARTS, Part, parts_of
from mmpctl.signing.stretching import MOST_ROUNDS, rounds

_CERTIFICATE, _PKCS7, _PKCS12 = "certificate", "PKCS #7", "PKCS #12"
_LABELS = {
    "CERTIFICATE": _CERTIFICATE,
    "X509 CERTIFICATE": _CERTIFICATE,
    "TRUSTED CERTIFICATE": _CERTIFICATE,
    "PKCS7": _PKCS7,
    "PKCS #7 SIGNED DATA": _PKCS7,
    "CMS": _PKCS7,
}
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 #]{1,40})-----([^-]{1,200000})-----END \1-----")
# Some mail programs set a dash of their own for several hyphens.
_DASHES = str.maketrans({"‐": "-", "‑": "-", "–": "--", "—": "--", "\u00a0": " ", "\ufeff": None, "\u200b": None})
# The hyphens of an END line that runs into the next BEGIN line, and those of one alone.
_RUN_TOGETHER = re.compile(r"(?<!-)-{8,}(?=BEGIN)")
_RULE = re.compile(r"-{3,}")
_SMALL = re.compile(r"-----(?:begin|end) [a-z0-9 #]{1,40}-----", re.IGNORECASE)
_TAG = re.compile(r"</?(?:br|p|pre|div|span|td)\b[^<>\n]{0,80}>", re.IGNORECASE)
_BEGIN = re.compile(rb"BEGIN|-begin ")
_QUOTED = re.compile(r"^[ \t]*(?:[>|][ \t]*)+", re.MULTILINE)
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=]")

# So many parts that were not read are named.
_MOST_TOLD = 20
# What cryptography raises for what it cannot read.
_REFUSED = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion)

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


@dataclass(slots=True)
class _Troubles:
    """What was not read: parts that may hold certificates, and those that hold something else."""

    damaged: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)


def certificates_in(data: bytes, origin: str, passphrase: Passphrase, notes: list[str] | None = None) -> list[Found]:
    """Return the certificates in a file, each once, in their order.

    Args:
        data: its content.
        origin: its path, for what is told.
        passphrase: called with a path if a PKCS #12 file needs one; None if there is none.
        notes: gets a sentence for each part that is damaged, if others are not.

    Raises:
        Unreadable: there is none in it.
    """
    found: dict[str, Found] = {}
    troubles = _Troubles()
    for part in parts_of(data, origin, troubles.damaged):
        for one in _in(part, passphrase, troubles if part.is_file else _Troubles()):
            found.setdefault(one.certificate.fingerprint_sha256, one)
            if len(found) > MOST_PARTS:
                raise Unreadable(f"{origin} holds more than {MOST_PARTS} certificates")
    if not found:
        told = (*troubles.damaged, *troubles.other) or (f"{origin} holds no certificate",)
        raise Unreadable("; ".join(told[:_MOST_TOLD]))
    if notes is not None:
        notes += troubles.damaged[:_MOST_TOLD]
    return list(found.values())


def _in(part: Part, passphrase: Passphrase, troubles: _Troubles) -> Iterator[Found]:
    data = part.content
    encoding = encoding_of(data)
    if encoding and b"BEGIN" not in data and (packed := plain_base64(data.decode(encoding, "replace").encode())):
        yield from _in_binary(packed, part.origin, passphrase, troubles)
    elif encoding or _BEGIN.search(data):
        yield from _in_text(data.decode(encoding or "utf-8", "replace"), part.origin, troubles)
    else:
        yield from _in_binary(plain_base64(data) or data, part.origin, passphrase, troubles)


def _in_text(text: str, origin: str, troubles: _Troubles) -> Iterator[Found]:
    plain = text.translate(_DASHES).replace("\r\n", "\n").replace("\r", "\n")
    # The line ends of JSON.
    plain = plain.replace("\\r", "").replace("\\n", "\n").replace("\\/", "/")
    plain = _RUN_TOGETHER.sub("-----\n-----", _QUOTED.sub("", _TAG.sub("\n", plain)))
    plain = _SMALL.sub(lambda line: line[0].upper(), _RULE.sub("-----", plain))
    labels: list[str] = []
    for block in _BLOCK.finditer(plain):
        labels.append(block[1])
        kind = _LABELS.get(block[1])
        if kind is None:
            continue
        try:
            yield from _of_block(kind, block[2], origin)
        except ValueError:
            troubles.damaged.append(f"a block {block[1]} in {origin} is damaged")
    if not labels:
        troubles.damaged.append(f"{origin} has a block that does not end, or is damaged")
    elif not any(label in _LABELS for label in labels):
        troubles.other.append(
            f"{origin} holds {' and '.join(sorted({label.lower() for label in labels}))}, no certificate"
        )


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
            # Behind a trusted certificate, OpenSSL writes what it is trusted for.
            return [Found(any_certificate_of(first_element(der)), origin)]
    # Microsoft's programs call a whole chain a certificate.
    return list(_all(_of_pkcs7(der), origin, _PKCS7))


def _in_binary(data: bytes, origin: str, passphrase: Passphrase, troubles: _Troubles) -> Iterator[Found]:
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


def _in_pkcs12(data: bytes, origin: str, passphrase: Passphrase, troubles: _Troubles) -> Iterator[Found]:
    if rounds(data) > MOST_ROUNDS:
        # To find out whether it is PKCS #12 is to open it.
        troubles.damaged.append(
            f"{origin} wants its passphrase stretched by more than {MOST_ROUNDS} rounds, which would take too long"
        )
        return
    if not _is_pkcs12(data):
        troubles.other.append(f"{origin} is neither a certificate nor a container of certificates")
        return
    for one in (None, ""):
        opened = _opened(data, one)
        if opened is not None:
            yield from _all(opened, origin, _PKCS12)
            return
    given = passphrase(origin)
    opened = _opened(data, given) if given else None
    if opened is None:
        troubles.damaged.append(
            f"the passphrase does not open {origin}"
            if given
            else f"{origin} (PKCS #12) needs a passphrase: put it into MMP_P12_PASSPHRASE, or type it on a terminal"
        )
        return
    yield from _all(opened, origin, _PKCS12)


def _is_pkcs12(data: bytes) -> bool:
    try:
        pkcs12.load_pkcs12(data, None)
    except _REFUSED as error:
        return "password" in str(error).lower() or "mac" in str(error).lower()
    return True


def _opened(data: bytes, passphrase: str | None) -> list[x509.Certificate] | None:
    try:
        held = pkcs12.load_pkcs12(data, None if passphrase is None else passphrase.encode())
    except _REFUSED:
        return None
    return [one.certificate for one in (held.cert, *held.additional_certs) if one is not None]


def _of_pkcs7(der: bytes) -> list[x509.Certificate]:
    try:
        with warnings.catch_warnings():
            # OpenSSL itself writes the certificates in another order than DER has it.
            warnings.simplefilter("ignore", UserWarning)
            return pkcs7.load_der_pkcs7_certificates(der)
    except (UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise ValueError(str(error)) from error


def _all(held: list[x509.Certificate], origin: str, form: str) -> Iterator[Found]:
    for one in held:
        yield Found(any_certificate_of(one.public_bytes(Encoding.DER)), origin, form)
