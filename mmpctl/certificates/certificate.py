"""One X.509 certificate, with all that the checks ask of it read beforehand."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mmpctl.cluster.certificate_facts import CertificateFacts, same_name

# The short names that OpenSSL prints beyond those of RFC 4514; anything else is printed as its dotted number.
_SHORT_NAMES = {
    NameOID.EMAIL_ADDRESS: "emailAddress",
    NameOID.SERIAL_NUMBER: "serialNumber",
    NameOID.SURNAME: "SN",
    NameOID.GIVEN_NAME: "GN",
    NameOID.TITLE: "title",
    NameOID.DN_QUALIFIER: "dnQualifier",
    NameOID.POSTAL_CODE: "postalCode",
    NameOID.ORGANIZATION_IDENTIFIER: "organizationIdentifier",
}
_USAGES = {
    ExtendedKeyUsageOID.SERVER_AUTH: "serverAuth",
    ExtendedKeyUsageOID.CLIENT_AUTH: "clientAuth",
    ExtendedKeyUsageOID.CODE_SIGNING: "codeSigning",
    ExtendedKeyUsageOID.EMAIL_PROTECTION: "emailProtection",
    ExtendedKeyUsageOID.TIME_STAMPING: "timeStamping",
    ExtendedKeyUsageOID.OCSP_SIGNING: "OCSPSigning",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "anyExtendedKeyUsage",
}
_ALGORITHMS = {"1.3.101.112": "ED25519", "1.3.101.113": "ED448", "1.3.101.110": "X25519", "1.3.101.111": "X448"}
# What the library raises, beside ValueError, on parts that it cannot make sense of.
_ODD = (
    KeyError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
# Policies for certificates of public servers, whatever was validated of them.
_FORUM = "2.23.140.1.2."
_LEAST_EXPONENT = 3
_COUNTRY_LETTERS = 2
_WEAK = re.compile(r"md2|md4|md5|sha-?1(?!\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate.

    Args:
        facts: what the contract tells of it.
        public_key: None if it cannot be read here, e.g. on a curve whose parameters are written out.
        x509: the parsed certificate, for the way in which it is signed.
        content: the bytes that are signed.
        signature: over these bytes.
        fingerprint_sha256: lower-case hex, over the DER form.
        key_sha256: lower-case hex, over the public key (SubjectPublicKeyInfo).
        common_names: every CN of the subject.
        is_ca: basic constraints say that it is a CA, and a key usage, where present, lets it sign certificates.
        extended_key_usage: OpenSSL's words, or None if the extension is absent.
        digital_signature: what the key usage says of it, or None if the extension is absent.
        weak_signature: signed with SHA-1, or with MD5 and older.
        curve: name of the elliptic curve, or None for another kind of key.
        host_names: the host names that it is made out to beside the subject (subjectAltName); none if they cannot be
            read.
        addresses: the addresses that it is made out to, likewise.
        odd: the parts whose encoding breaks the rules of DER, although OpenSSL reads them; empty if none does.
        countries: what stands as a country in subject and issuer, and is no code of two letters.
        path_length: of a CA, how many other CAs may stand between it and a leaf; None if it sets no limit.
        is_public: it shows that a CA issued it that browsers trust: by a policy of the CA/Browser Forum, or by entries
            in the public logs of certificates.
        key_id: what names its key (subjectKeyIdentifier), lower-case hex; empty if it does not say.
        issuer_key_id: what names its issuer's key (authorityKeyIdentifier), likewise.
    """

    facts: CertificateFacts
    public_key: PublicKeyTypes | None
    x509: x509.Certificate
    content: bytes
    signature: bytes
    fingerprint_sha256: str
    key_sha256: str
    common_names: tuple[str, ...]
    is_ca: bool
    extended_key_usage: tuple[str, ...] | None
    digital_signature: bool | None
    weak_signature: bool
    curve: str | None
    host_names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    path_length: int | None = None
    is_public: bool = False
    key_id: str = ""
    issuer_key_id: str = ""

    @property
    def self_issued(self) -> bool:
        """Subject and issuer are the same name."""
        return same_name(self.facts.subject, self.facts.issuer)


def certificate_of(der: bytes) -> Certificate:
    """Parse one certificate whole, so that nothing can fail later.

    Args:
        der: the binary form.

    Raises:
        ValueError: it is no certificate, or one with a part that is not encoded as DER demands.
    """
    try:
        parsed = x509.load_der_x509_certificate(der)
        key = _usable(parsed.public_key())
        extensions = {extension.oid: extension.value for extension in parsed.extensions}
        key_sha256 = public_digest(key)
        names = tuple(str(name.value) for name in parsed.subject.get_attributes_for_oid(NameOID.COMMON_NAME))
        digest = parsed.signature_hash_algorithm
        hash_name = digest.name if digest else ""
        facts = CertificateFacts(
            subject=one_line(parsed.subject),
            issuer=one_line(parsed.issuer),
            serial=format(parsed.serial_number, "x"),
            not_before=parsed.not_valid_before_utc,
            not_after=parsed.not_valid_after_utc,
            signature_algorithm=algorithm_name(parsed.signature_algorithm_oid),
            public_key_algorithm=algorithm_name(parsed.public_key_algorithm_oid),
            public_key_bits=getattr(key, "key_size", None),
        )
    except _ODD as error:
        raise ValueError(str(error)) from error
    constraints = extensions.get(x509.BasicConstraints.oid)
    usage = extensions.get(x509.KeyUsage.oid)
    extended = extensions.get(x509.ExtendedKeyUsage.oid)
    others = extensions.get(x509.SubjectAlternativeName.oid)
    return Certificate(
        facts=facts,
        public_key=key,
        x509=parsed,
        content=parsed.tbs_certificate_bytes,
        signature=parsed.signature,
        fingerprint_sha256=hashlib.sha256(der).hexdigest(),
        key_sha256=key_sha256,
        common_names=names,
        is_ca=isinstance(constraints, x509.BasicConstraints)
        and constraints.ca
        and (not isinstance(usage, x509.KeyUsage) or usage.key_cert_sign),
        extended_key_usage=tuple(_USAGES.get(oid, oid.dotted_string) for oid in extended)
        if isinstance(extended, x509.ExtendedKeyUsage)
        else None,
        digital_signature=usage.digital_signature if isinstance(usage, x509.KeyUsage) else None,
        weak_signature=any(map(_WEAK.search, (facts.signature_algorithm, hash_name))),
        curve=key.curve.name if isinstance(key, ec.EllipticCurvePublicKey) else None,
        host_names=tuple(others.get_values_for_type(x509.DNSName))
        if isinstance(others, x509.SubjectAlternativeName)
        else (),
        addresses=tuple(map(str, others.get_values_for_type(x509.IPAddress)))
        if isinstance(others, x509.SubjectAlternativeName)
        else (),
        countries=tuple(dict.fromkeys((*_no_countries(parsed.subject), *_no_countries(parsed.issuer)))),
        path_length=constraints.path_length if isinstance(constraints, x509.BasicConstraints) else None,
        is_public=_is_public(extensions),
        key_id=_key_id(extensions.get(x509.SubjectKeyIdentifier.oid)),
        issuer_key_id=_key_id(extensions.get(x509.AuthorityKeyIdentifier.oid)),
    )


def _is_public(extensions: Mapping[x509.ObjectIdentifier, x509.ExtensionType]) -> bool:
    policies = extensions.get(x509.CertificatePolicies.oid)
    named = policies if isinstance(policies, x509.CertificatePolicies) else ()
    logged = x509.PrecertificateSignedCertificateTimestamps.oid in extensions
    return logged or any(each.policy_identifier.dotted_string.startswith(_FORUM) for each in named)


def _key_id(extension: x509.ExtensionType | None) -> str:
    if isinstance(extension, x509.SubjectKeyIdentifier):
        return extension.digest.hex()
    return (extension.key_identifier or b"").hex() if isinstance(extension, x509.AuthorityKeyIdentifier) else ""


def _no_countries(name: x509.Name) -> Iterator[str]:
    for attribute in name.get_attributes_for_oid(NameOID.COUNTRY_NAME):
        if len(attribute.value) != _COUNTRY_LETTERS:
            yield _printable(attribute.value)


def _usable(key: PublicKeyTypes) -> PublicKeyTypes:
    """Return the key; raises ValueError on one that verifies nothing, which the library before release 50 lets pass."""
    if isinstance(key, rsa.RSAPublicKey):
        exponent = key.public_numbers().e
        if exponent < _LEAST_EXPONENT or exponent % 2 == 0:
            raise ValueError(f"an RSA key has an odd exponent from {_LEAST_EXPONENT} on, and this one has {exponent}")
    return key


def one_line(name: x509.Name) -> str:
    """Return a name as OpenSSL prints it, in the order of the file; unprintable characters become `\\xHH`."""
    parts = []
    for rdn in name.rdns:
        parts.append(" + ".join(f"{_short_name(attribute)}={_printable(attribute.value)}" for attribute in rdn))
    return ", ".join(parts)


def public_digest(key: PublicKeyTypes) -> str:
    """Return SHA-256 over a public key (SubjectPublicKeyInfo), lower-case hex: equal for a key and its certificate."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def algorithm_name(oid: x509.ObjectIdentifier) -> str:
    """Return the name of an algorithm as OpenSSL prints it; its number if it has none."""
    name = _ALGORITHMS.get(oid.dotted_string, oid._name)
    return oid.dotted_string if name == "Unknown OID" else name


def _short_name(attribute: x509.NameAttribute[str | bytes]) -> str:
    return _SHORT_NAMES.get(attribute.oid, attribute.rfc4514_attribute_name)


def _printable(value: str | bytes) -> str:
    text = value if isinstance(value, str) else value.decode("latin-1")
    return "".join(
        char if char.isprintable() else "".join(f"\\x{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))
        for char in text
    )
