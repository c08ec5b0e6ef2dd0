"""The files for one node, parsed once for all that is asked of them on their way to the device."""

from __future__ import annotations

from dataclasses import dataclass

from mmpctl.certificates.binary import CERTIFICATE
from mmpctl.certificates.files import CertificateSet
from mmpctl.certificates.fitness import Use
from mmpctl.certificates.pair import Pair, read_pair
from mmpctl.certificates.read import Reading, read


@dataclass(frozen=True, slots=True)
class LoadedSet:
    """The files for one node, as read.

    Args:
        pairs: the server's first, if the node has one, then the client's.
        authority: what the CA file holds.
        ca_file: its path, for findings.
    """

    pairs: tuple[Pair, ...]
    authority: Reading
    ca_file: str


def load_set(given: CertificateSet) -> LoadedSet:
    """Parse the files for one node; never raises, what is wrong with them is in the readings.

    Args:
        given: the files.
    """
    pairs = [read_pair(given.client_key, given.client_certificate, Use.CLIENT)]
    if given.server_key and given.server_certificate:
        pairs.insert(0, read_pair(given.server_key, given.server_certificate, Use.SERVER))
    ca_file = str(given.ca_certificate.path)
    return LoadedSet(tuple(pairs), read(given.ca_certificate.content.reveal(), ca_file, CERTIFICATE), ca_file)
