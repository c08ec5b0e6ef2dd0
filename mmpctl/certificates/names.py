"""Names on the device that say what is in the file: same content, same name; other content, other name."""

from __future__ import annotations

import hashlib

from mmpctl.certificates.files import CertificateSet, NewKey
from mmpctl.certificates.key_ties import KeyTie
from mmpctl.certificates.read import read_certificates
from mmpctl.certificates.source_file import SourceFile
from mmpctl.cluster.request_names import certificate_for
from mmpctl.cluster.status import CertificateFiles


def versioned_names(given: CertificateSet) -> CertificateFiles:
    """Return the names for the files of one node, e.g. `dbserver-20281231-1a2b3c4d.cer`.

    The date is the day (UTC) on which the file ends to be valid; key and certificate share the rest of the name, which
    is derived from the contents of both. A key on the node keeps its name there, and its certificate has that name
    before its own digits: `dbserver-20261124-ab12.key`, `dbserver-20261124-ab12-1a2b3c4d.cer`.

    Args:
        given: the files.

    Raises:
        RefusedError: a certificate cannot be read.
    """
    server_key = server_certificate = None
    if given.server_key and given.server_certificate:
        server_key, server_certificate = _pair("dbserver", given.server_certificate, given.server_key)
    client_key, client_certificate = _pair("dbclient", given.client_certificate, given.client_key)
    return CertificateFiles(
        server_key=server_key,
        server_certificate=server_certificate,
        client_key=client_key,
        client_certificate=client_certificate,
        ca_certificate=_base("dbca", given.ca_certificate) + ".cer",
    )


def sent_files(names: CertificateFiles, given: CertificateSet) -> dict[str, SourceFile]:
    """Return the files that are sent to a node, by their names there, in the order of the `certs` command.

    Args:
        names: on the device.
        given: the files; a key on the node is not sent.
    """
    places = (
        (names.server_key, given.server_key),
        (names.server_certificate, given.server_certificate),
        (names.client_key, given.client_key),
        (names.client_certificate, given.client_certificate),
        (names.ca_certificate, given.ca_certificate),
    )
    return {name: file for name, file in places if name and isinstance(file, SourceFile)}


def _pair(prefix: str, certificate: SourceFile, key: NewKey) -> tuple[str, str]:
    if isinstance(key, KeyTie):
        return key.device, certificate_for(key.device, certificate.sha256)
    base = _base(prefix, certificate, key)
    return f"{base}.key", f"{base}.cer"


def _base(prefix: str, certificate: SourceFile, *others: SourceFile) -> str:
    chain = read_certificates(certificate.content.reveal(), str(certificate.path))
    end = min(each.facts.not_after for each in chain)
    digest = hashlib.sha256(" ".join(file.sha256 for file in (certificate, *others)).encode()).hexdigest()
    return f"{prefix}-{end:%Y%m%d}-{digest[:8]}"
