"""Private certificate authorities of the lab, and the pairs that they sign."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

KeyType = Literal["ec", "rsa"]
Use = Literal["server", "client", "any"]
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_USES = {
    "server": [ExtendedKeyUsageOID.SERVER_AUTH],
    "client": [ExtendedKeyUsageOID.CLIENT_AUTH],
    "any": [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH],
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A private key and its certificate, both PEM."""

    key: bytes
    certificate: bytes


def make_key(key_type: KeyType) -> PrivateKey:
    """A new private key; P-256 costs a tenth of a millisecond, RSA of 2048 bits a thousand times as much."""
    if key_type == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: PrivateKey) -> bytes:
    """The key as unencrypted PKCS #8 PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def name(common_name: str) -> x509.Name:
    """A subject of organisation and common name."""
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Lab"), x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    )


class Authority:
    """A private CA.

    Args:
        common_name: its subject.
        not_before: start of its own validity.
        not_after: end of its own validity.
        key_type: of its own key and of those that it makes.
    """

    def __init__(self, common_name: str, not_before: dt.datetime, not_after: dt.datetime, key_type: KeyType) -> None:
        self._key_type: KeyType = key_type
        self._key = make_key(key_type)
        self._name = name(common_name)
        builder = (
            x509.CertificateBuilder()
            .subject_name(self._name)
            .issuer_name(self._name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(not_before)
            .not_valid_after(not_after)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .add_extension(_key_usage(signs=True), critical=True)
        )
        self.certificate = builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def issue(
        self,
        common_name: str,
        use: Use,
        not_before: dt.datetime,
        not_after: dt.datetime,
        *,
        serial: int | None = None,
        names: Sequence[str] = (),
    ) -> Pair:
        """A new key and its certificate, signed by this authority.

        Args:
            common_name: the subject's CN.
            use: extended key usage.
            not_before: start of validity.
            not_after: end of validity.
            serial: serial number; None: a random one.
            names: host names and addresses for the subject's alternative names.
        """
        key = make_key(self._key_type)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(common_name))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(serial if serial is not None else x509.random_serial_number())
            .not_valid_before(not_before)
            .not_valid_after(not_after)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .add_extension(x509.ExtendedKeyUsage(_USES[use]), critical=False)
            .add_extension(_key_usage(signs=False), critical=True)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(map(_general_name, names)), critical=False)
        signed = builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        return Pair(key_pem(key), signed)


def _general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def write_set(folder: Path, client: Pair, ca: bytes, server: Pair | None = None) -> None:
    """Write the files that `--certs` expects: five, or three where there is no server pair."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {"client.key": client.key, "client.cer": client.certificate, "ca.cer": ca}
    if server is not None:
        files |= {"server.key": server.key, "server.cer": server.certificate}
    for file, content in files.items():
        path = folder / file
        path.write_bytes(content)
        path.chmod(0o600 if file.endswith(".key") else 0o644)


def _key_usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=not signs,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )
