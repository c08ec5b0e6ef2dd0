"""The certificates of all schedules, made once, and what a device says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

from cryptography import x509

from tests.cluster.schedules.network import OLD_NAMES
from tests.support import pki

_SHOWN = "%b %d %H:%M:%S %Y GMT"


def place() -> Path | None:
    """Where files are cheap: in memory, where the system has such a folder."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() else None


@dataclass(frozen=True)
class Material:
    """Old and new files.

    Args:
        folder: what `--certs` names.
        old: contents by name on the devices.
        expired: likewise.
        keys: lines of keys, which no artefact may hold.
    """

    folder: Path
    old: Mapping[str, bytes]
    expired: Mapping[str, bytes]
    keys: tuple[bytes, ...]


@lru_cache
def material() -> Material:
    """Made when first asked for."""
    ca = pki.authority()
    names = ("server.key", "server.cer", "client.key", "client.cer", "ca.cer")
    new = pki.files(ca)
    old = pki.files(ca, ca.sign("cms", ends=20, usages=[pki.SERVER_AUTH]), ca.sign("postgres", ends=20))
    expired = pki.files(ca, ca.sign("cms", starts=-9, ends=-2), ca.sign("postgres", starts=-9, ends=-2))
    folder = pki.write(Path(mkdtemp(prefix="mmpctl-certs-", dir=place())), new)
    keys = tuple(content.splitlines()[1] for name, content in new.items() if name.endswith(".key"))
    return Material(
        folder,
        {short: old[name] for short, name in zip(OLD_NAMES, names, strict=True)},
        {short: expired[name] for short, name in zip(OLD_NAMES, names, strict=True)},
        keys,
    )


@lru_cache
def inspection(content: bytes) -> str:
    """What `pki inspect` prints for a certificate."""
    one = x509.load_pem_x509_certificate(content)
    before, after = one.not_valid_before_utc, one.not_valid_after_utc
    return "\n".join(
        [
            "Checking user configured certificates and keys...found",
            "File contains a PEM encoded certificate",
            "Certificate:",
            "  Data:",
            "    Version: 3 (0x2)",
            f"    Serial Number: {one.serial_number} ({one.serial_number:#x})",
            "    Signature Algorithm: ecdsa-with-SHA256",
            f"    Issuer: {one.issuer.rfc4514_string()}",
            "    Validity:",
            f"      Not Before: {before.strftime(_SHOWN)}",
            f"      Not After : {after.strftime(_SHOWN)}",
            f"    Subject: {one.subject.rfc4514_string()}",
            "    Subject Public Key Info:",
            "      Public Key Algorithm: id-ecPublicKey",
            "        Public-Key: (256 bit)",
        ]
    )
