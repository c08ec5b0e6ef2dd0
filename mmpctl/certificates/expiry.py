"""When the first certificate that a node depends on expires: its own ones, and the CAs above them."""

from __future__ import annotations

from datetime import datetime

from mmpctl.certificates.binary import CERTIFICATE
from mmpctl.certificates.chain import build_chain
from mmpctl.certificates.files import CertificateSet
from mmpctl.certificates.fitness import Use
from mmpctl.certificates.pair import read_pair
from mmpctl.certificates.read import read


def first_expiry(given: CertificateSet) -> datetime | None:
    """Find the first end among a node's certificates and the CAs that they lean on.

    A CA of the file that no certificate leans on does not count: it may be there for other nodes.

    Args:
        given: the files for the node.

    Returns:
        Aware, UTC; None if no certificate of its own can be read.
    """
    authority = read(given.ca_certificate.content.reveal(), str(given.ca_certificate.path), CERTIFICATE).certificates
    pairs = [read_pair(given.client_key, given.client_certificate, Use.CLIENT)]
    if given.server_key and given.server_certificate:
        pairs.append(read_pair(given.server_key, given.server_certificate, Use.SERVER))
    ends = [
        each.facts.not_after
        for pair in pairs
        if pair.leaf
        for each in (pair.leaf, *build_chain(pair.leaf, pair.certificate.certificates, authority).path)
    ]
    return min(ends, default=None)
