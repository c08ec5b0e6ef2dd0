"""Certificate requests (PKCS #10): read, and judged before they go to a CA, whoever made them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from mmpctl.certificates.certificate import one_line, public_digest
from mmpctl.certificates.fitness import CLIENT_NAME, CURVES, Use
from mmpctl.certificates.pem import der_of, take_apart
from mmpctl.findings.finding import Finding, finding

_LABELS = ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")
_LEAST_RSA_BITS = 2048
# Upper bounds of RFC 5280, in characters.
_MOST: Mapping[x509.ObjectIdentifier, int] = {
    NameOID.COMMON_NAME: 64,
    NameOID.ORGANIZATION_NAME: 64,
    NameOID.ORGANIZATIONAL_UNIT_NAME: 64,
    NameOID.LOCALITY_NAME: 128,
    NameOID.STATE_OR_PROVINCE_NAME: 128,
}
_COUNTRY_LETTERS = 2


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """One certificate request.

    Args:
        parsed: the request.
        public_key: whose certificate is asked for.
        subject: one line, as OpenSSL prints it.
        common_names: every CN of the subject.
        names: host names and addresses beside the subject; None if it asks for none.
        key_sha256: lower-case hex, over the public key (SubjectPublicKeyInfo).
        sha256: lower-case hex, over the DER form.
        is_signed: with the key that it names.
    """

    parsed: x509.CertificateSigningRequest
    public_key: CertificatePublicKeyTypes
    subject: str
    common_names: tuple[str, ...]
    names: x509.SubjectAlternativeName | None
    key_sha256: str
    sha256: str
    is_signed: bool


def read_request(data: bytes) -> SigningRequest:
    """Read a request in PEM or binary form.

    Args:
        data: the content of a file.

    Raises:
        ValueError: it holds no request that can be read; says what it is, or what is wrong.
    """
    if b"-----BEGIN" in data:
        text = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").decode("latin-1")
        blocks = [(label, body) for label, body in take_apart(text).blocks if label in _LABELS]
        if len(blocks) != 1:
            raise ValueError("it has no request in it" if not blocks else "it has several requests in it")
        data = der_of(blocks[0][1])
    if not data.strip():
        raise ValueError("it is empty")
    try:
        parsed = x509.load_der_x509_csr(data)
        key = parsed.public_key()
        extensions = {extension.oid: extension.value for extension in parsed.extensions}
        names = extensions.get(x509.SubjectAlternativeName.oid)
        return SigningRequest(
            parsed=parsed,
            public_key=key,
            subject=one_line(parsed.subject),
            common_names=tuple(str(name.value) for name in parsed.subject.get_attributes_for_oid(NameOID.COMMON_NAME)),
            names=names if isinstance(names, x509.SubjectAlternativeName) else None,
            key_sha256=public_digest(key),
            sha256=hashlib.sha256(parsed.public_bytes(Encoding.DER)).hexdigest(),
            is_signed=parsed.is_signature_valid,
        )
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension) as error:
        raise ValueError(f"its content cannot be understood ({error})") from error


def check_request(request: SigningRequest, use: Use, file: str) -> Iterator[Finding]:
    """Yield what a CA or the device would stumble over.

    Args:
        request: as read.
        use: what the certificate will be used for.
        file: for the finding.
    """
    if not request.is_signed:
        yield finding("request-signature", file)
    if use is Use.CLIENT and request.common_names != (CLIENT_NAME,):
        yield finding("request-cn", file, detail=" and ".join(map(repr, request.common_names)) or "(none)")
    elif not request.common_names:
        yield finding("request-no-name", file)
    yield from _key_findings(request, file)
    for attribute in request.parsed.subject:
        value = attribute.value if isinstance(attribute.value, str) else attribute.value.decode("latin-1")
        if len(value) > _MOST.get(attribute.oid, len(value)) or (
            attribute.oid == NameOID.COUNTRY_NAME and len(value) != _COUNTRY_LETTERS
        ):
            yield finding("request-too-long", file, detail=f"{attribute.rfc4514_attribute_name}={value}")


def check_requests(requests: Mapping[str, SigningRequest]) -> Iterator[Finding]:
    """Yield what is wrong with the requests of one node beside each other.

    Args:
        requests: by their files, the server's first.
    """
    files = list(requests)
    if len(files) < 2:
        return
    server, client = files[0], files[1]
    if requests[server].common_names == (CLIENT_NAME,) != requests[client].common_names:
        yield finding("requests-swapped", client, other=server)
    if requests[server].key_sha256 == requests[client].key_sha256:
        yield finding("requests-same-key", client, other=server)


def _key_findings(request: SigningRequest, file: str) -> Iterator[Finding]:
    key = request.public_key
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < _LEAST_RSA_BITS:
            yield finding("request-key", file, detail=f"RSA with {key.key_size} bits")
    elif isinstance(key, ec.EllipticCurvePublicKey):
        if key.curve.name not in CURVES:
            yield finding("request-key", file, detail=f"the curve {key.curve.name}")
    else:
        yield finding("request-key", file, detail="neither RSA nor an elliptic curve")
