"""Names on the device that say what is in the file: same content, same name; other content, other name."""

from __future__ import annotations

import hashlib

from mmpctl.certificates.files import CertificateSet, SourceFile
from mmpctl.certificates.read import read_certificates
from mmpctl.cluster.status import CertificateFiles


def versioned_names(given: CertificateSet) -> CertificateFiles:
    """Return the names for the files of one node, e.g. `dbserver-20281231-1a2b3c4d.cer`.

    The date is the day (UTC) on which the file ends to be valid; key and certificate share the rest of the name, which
    is derived from the contents of both.

    Args:
        given: the files.

    Raises:
        RefusedError: a certificate cannot be read.
    """
    server = None
    if given.server_key and given.server_certificate:
        server = _base("dbserver", given.server_certificate, given.server_key)
    client = _base("dbclient", given.client_certificate, given.client_key)
    return CertificateFiles(
        server_key=server and f"{server}.key",
        server_certificate=server and f"{server}.cer",
        client_key=f"{client}.key",
        client_certificate=f"{client}.cer",
        ca_certificate=_base("dbca", given.ca_certificate) + ".cer",
    )


def _base(prefix: str, certificate: SourceFile, *others: SourceFile) -> str:
    chain = read_certificates(certificate.content.reveal(), str(certificate.path))
    end = min(each.facts.not_after for each in chain)
    digest = hashlib.sha256(" ".join(file.sha256 for file in (certificate, *others)).encode()).hexdigest()
    return f"{prefix}-{end:%Y%m%d}-{digest[:8]}"
