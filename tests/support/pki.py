"""Certificate authorities, pairs and deliberately bad files for the tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.now(timezone.utc).replace(microsecond=0)
SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

# DER forms of the two signature algorithms: of one length, so that one can stand for the other.
_SHA256_WITH_RSA = bytes.fromhex("06092a864886f70d01010b")
_SHA1_WITH_RSA = bytes.fromhex("06092a864886f70d010105")


@lru_cache
def rsa_key(bits: int = 2048, number: int = 0) -> rsa.RSAPrivateKey:
    """An RSA key, made once a test run: they are slow to make."""
    return rsa.generate_private_key(65537, bits)


def ec_key(curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    """A key on P-256, or on another curve."""
    return ec.generate_private_key(curve or ec.SECP256R1())


def name(cn: str | None, **others: str) -> x509.Name:
    """A subject: C=IN, O=Glass and a common name."""
    parts = [x509.NameAttribute(NameOID.COUNTRY_NAME, "IN")]
    parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, others.get("org", "Glass")))
    if cn is not None:
        parts.append(x509.NameAttribute(NameOID.COMMON_NAME, cn))
    return x509.Name(parts)


@dataclass(frozen=True)
class Pair:
    """A key and its certificate."""

    key: Key
    certificate: x509.Certificate

    @property
    def key_pem(self) -> bytes:
        return key_pem(self.key)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def sign(
        self,
        cn: str | None,
        *,
        key: Key | None = None,
        starts: float = -1,
        ends: float = 400,
        ca: bool = False,
        usages: Sequence[x509.ObjectIdentifier] = (),
        key_usage: x509.KeyUsage | None = None,
        serial: int | None = None,
        org: str = "Glass",
        hosts: Sequence[str] = (),
        path_length: int | None = None,
        others: Sequence[x509.ExtensionType] = (),
    ) -> Pair:
        """A certificate signed by this authority; days are counted from NOW."""
        own = key or ec_key()
        subject = name(cn, org=org)
        made = build(subject, own, self, starts, ends, ca, usages, key_usage, serial, hosts, path_length, others)
        return Pair(own, made)


def key_pem(key: Key, password: bytes | None = None) -> bytes:
    """The key as PKCS#8 PEM, protected where a password is given."""
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        protection = serialization.BestAvailableEncryption(password)
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)


def key_der(key: Key) -> bytes:
    """The key as PKCS#8 DER."""
    none = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, none)


def build(
    subject: x509.Name,
    key: Key,
    issuer: Pair | None,
    starts: float,
    ends: float,
    ca: bool,
    usages: Sequence[x509.ObjectIdentifier] = (),
    key_usage: x509.KeyUsage | None = None,
    serial: int | None = None,
    hosts: Sequence[str] = (),
    path_length: int | None = None,
    others: Sequence[x509.ExtensionType] = (),
) -> x509.Certificate:
    """One certificate; without an issuer it is self-signed."""
    signer = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number() if serial is None else serial)
        .not_valid_before(NOW + timedelta(days=starts))
        .not_valid_after(NOW + timedelta(days=ends))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
    )
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    if hosts:
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
        builder = builder.add_extension(names, critical=False)
    for other in others:
        builder = builder.add_extension(other, critical=False)
    if key_usage:
        builder = builder.add_extension(key_usage, critical=True)
    return builder.sign(signer, None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256())


def authority(cn: str = "Database CA", *, key: Key | None = None, starts: float = -2, ends: float = 4000) -> Pair:
    """A root."""
    own = key or ec_key()
    return Pair(own, build(name(cn), own, None, starts, ends, ca=True))


def with_sha1(pair: Pair, signer: Pair) -> Pair:
    """The same certificate signed with SHA-1; the signer's key must be RSA.

    The library makes no such certificates any more, so the algorithm is replaced in the binary form.
    """
    assert isinstance(signer.key, rsa.RSAPrivateKey)
    content = pair.certificate.tbs_certificate_bytes
    weak = content.replace(_SHA256_WITH_RSA, _SHA1_WITH_RSA)
    signature = signer.key.sign(weak, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303
    der = pair.der.replace(content, weak).replace(_SHA256_WITH_RSA, _SHA1_WITH_RSA)
    return Pair(pair.key, x509.load_der_x509_certificate(der.replace(pair.certificate.signature, signature)))


def usage(*, digital_signature: bool) -> x509.KeyUsage:
    """A key usage with key encipherment, with or without digital signatures."""
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_encipherment=True,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def request(key: Key, cn: str) -> x509.CertificateSigningRequest:
    """A certificate request."""
    assert not isinstance(key, ed25519.Ed25519PrivateKey)
    return x509.CertificateSigningRequestBuilder().subject_name(name(cn)).sign(key, hashes.SHA256())


def files(ca: Pair, server: Pair | None = None, client: Pair | None = None) -> dict[str, bytes]:
    """The contents of the five files for a database node: good ones, but for what is given."""
    server = server or ca.sign("cms1.example.com", usages=[SERVER_AUTH])
    client = client or ca.sign("postgres", usages=[CLIENT_AUTH])
    return {
        "server.key": server.key_pem,
        "server.cer": server.pem,
        "client.key": client.key_pem,
        "client.cer": client.pem,
        "ca.cer": ca.pem,
    }


def write(folder: Path, contents: dict[str, bytes]) -> Path:
    """Write the files into a folder, which is made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in contents.items():
        (folder / file).write_bytes(content)
    return folder
