"""The three files by which a side and its broker know each other: a CA, a certificate, and its key."""

from __future__ import annotations

import ssl
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from mmpctl.errors import UsageError
from mmpctl.trusted import PlaceError, read_file, require_trusted

CA: Final = "ca.pem"
CERTIFICATE: Final = "cert.pem"
KEY: Final = "key.pem"
_WHAT: Final = "the broker's file"


class BrokerFilesError(UsageError):
    """The files for a broker cannot be used as they are; nobody was asked for anything."""

    code = "broker-files"


@dataclass(frozen=True, slots=True)
class BrokerFiles:
    """What one side shows and believes.

    Args:
        folder: where the files lie.
        user: the user at the broker: the common name of the certificate.
    """

    folder: Path
    user: str

    def tls(self, host: str) -> dict[str, Any]:
        """Return the settings of a connection, as py-amqp takes them.

        Args:
            host: whose name the broker's certificate must have.
        """
        return {
            "ca_certs": str(self.folder / CA),
            "certfile": str(self.folder / CERTIFICATE),
            "keyfile": str(self.folder / KEY),
            "cert_reqs": ssl.CERT_REQUIRED,
            # Without it, no name is checked.
            "server_hostname": host,
        }


def read_broker_files(folder: Path) -> BrokerFiles:
    """Check the files of a folder before anybody is asked.

    Args:
        folder: with `ca.pem`, `cert.pem` and `key.pem`.

    Raises:
        BrokerFilesError: a file is missing, is not what its name says, or does not fit another.
        PlaceError: others may change a file, or read the key.
    """
    require_trusted(folder, "the folder of certificates for the broker,")
    try:
        x509.load_pem_x509_certificates(_content(folder / CA))
    except ValueError:
        raise _wrong(folder / CA, "has no certificate in PEM") from None
    try:
        certificate = x509.load_pem_x509_certificate(_content(folder / CERTIFICATE))
    except ValueError:
        raise _wrong(folder / CERTIFICATE, "has no certificate in PEM") from None
    _check_key(folder / KEY, certificate)
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if len(names) != 1:
        raise _wrong(folder / CERTIFICATE, f"has {len(names)} common names; the one is the user at the broker")
    _check_usage(folder / CERTIFICATE, certificate)
    return BrokerFiles(folder, str(names[0].value))


def _check_key(file: Path, certificate: x509.Certificate) -> None:
    content = _content(file)
    if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise PlaceError(
            f"{file} can be read by others", advice="If nobody has read it, type `chmod 600` and its name."
        )
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except TypeError:
        # OpenSSL would ask for it on the terminal, at each connection.
        raise _wrong(file, "has a passphrase, which nobody could type at each connection") from None
    except ValueError:
        raise _wrong(file, "has no private key in PEM") from None
    if key.public_key() != certificate.public_key():
        raise _wrong(file, f"is not the key of {CERTIFICATE} beside it")


def _check_usage(file: Path, certificate: x509.Certificate) -> None:
    """Refuse a certificate that a broker takes for a CA's: Erlang 25 asks for its key usage, and for nothing else."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        usage = None
    if usage is None or usage.key_cert_sign:
        raise BrokerFilesError(
            f"with {file}, its owner could make certificates of other users of the broker",
            advice="Have a certificate made whose `keyUsage` is digital signature and nothing else.",
        )


def _content(file: Path) -> bytes:
    try:
        return read_file(file, _WHAT)
    except OSError as error:
        raise _wrong(file, f"cannot be read ({error.strerror})") from None


def _wrong(file: Path, what: str) -> BrokerFilesError:
    return BrokerFilesError(
        f"{file} {what}",
        advice=f"Put there what the broker's owner has made for this side: {CA}, {CERTIFICATE} and {KEY}.",
    )
