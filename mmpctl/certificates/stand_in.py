"""What takes the place of a TLS handshake where a key is on its node: who vouches for a certificate, and for what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from mmpctl.certificates.binary import CERTIFICATE
from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.chain import build_chain
from mmpctl.certificates.files import CertificateSet
from mmpctl.certificates.fitness import NEEDED, Use
from mmpctl.certificates.key_ties import KeyTie
from mmpctl.certificates.read import read
from mmpctl.certificates.source_file import SourceFile
from mmpctl.findings.finding import Finding, finding


def without_handshake(server: CertificateSet, client: CertificateSet) -> Iterator[Finding]:
    """Yield why a client and a server would refuse each other's certificate, as far as the certificates tell it.

    Each leaf by itself is judged elsewhere (`check_set`): its dates, its use, the strength of its key.

    Args:
        server: the files of a database node.
        client: the files of any node, of the same one too.
    """
    if server.server_certificate is not None:
        yield from _accepted(server.server_certificate, client.ca_certificate, Use.SERVER)
    yield from _accepted(client.client_certificate, server.ca_certificate, Use.CLIENT)


def untried(sets: Mapping[str, CertificateSet]) -> Iterator[Finding]:
    """Yield one note that names the certificates with which no handshake could be made, if there are any.

    Args:
        sets: the files of each node, by its name.
    """
    files = [
        str(certificate.path)
        for given in sets.values()
        for key, certificate in (
            (given.server_key, given.server_certificate),
            (given.client_key, given.client_certificate),
        )
        if isinstance(key, KeyTie) and certificate is not None
    ]
    if files:
        yield finding("untried", files[0], more=f" and {len(files) - 1} more" if files[1:] else "")


def _accepted(shown: SourceFile, judge: SourceFile, use: Use) -> Iterator[Finding]:
    """Yield why whoever trusts the CA file refuses the certificate that is shown."""
    held, roots = _certificates(shown), _certificates(judge)
    if not held or not roots:
        return  # told of the file itself
    chain = build_chain(held[0], held[1:], roots)
    if chain.problem:
        yield finding("chain", str(shown.path), other=str(judge.path), detail=chain.problem)
        return
    between = 0
    for each in chain.path[1:]:
        place = judge if each in roots else shown
        if each.path_length is not None and between > each.path_length:
            yield finding("too-long", str(place.path), other=str(shown.path), detail=each.facts.subject)
        between += not each.self_issued
        if each.extended_key_usage is not None and NEEDED[use] not in each.extended_key_usage:
            told = ", ".join(each.extended_key_usage)
            yield finding("ca-eku", str(place.path), other=str(shown.path), needed=NEEDED[use], detail=told)


# Each file is asked about for every node of its cluster.
@lru_cache(maxsize=256)
def _certificates(file: SourceFile) -> tuple[Certificate, ...]:
    return read(file.content.reveal(), str(file.path), CERTIFICATE).certificates
