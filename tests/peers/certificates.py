"""Real certificates for the tests of the trust graph: CAs above each other, crossed, of one name, and their leafs."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509

from mmpctl.certificates.certificate import certificate_of
from mmpctl.certificates.services.peer_of_node import held_of
from mmpctl.lab.cluster.handshake import shake
from mmpctl.peers.held import Held
from tests.support import pki


def _made(cn: str, issuer: pki.Pair | None, *, ends: float, ca: bool = True, key: pki.Key | None = None) -> pki.Pair:
    """A certificate that names its key and its issuer's, as CAs do."""
    own = key or pki.ec_key()
    signer = issuer.key if issuer else own
    named = (
        x509.SubjectKeyIdentifier.from_public_key(own.public_key()),
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
    )
    return pki.Pair(own, pki.build(pki.name(cn), own, issuer, -1, ends, ca, others=named))


ROOT = _made("Root", None, ends=4000)
# Another root of the same name.
OLD_ROOT = _made("Root", None, ends=300)
OTHER = _made("Other", None, ends=4000)
BETWEEN = _made("Between", ROOT, ends=900)
# The same CA below another root.
CROSSED = _made("Between", OTHER, ends=500, key=BETWEEN.key)
LEAF = _made("leaf", BETWEEN, ends=200, ca=False)
DIRECT = _made("direct", ROOT, ends=200, ca=False)
OLDER = _made("older", OLD_ROOT, ends=200, ca=False)
STRANGER = _made("stranger", OTHER, ends=200, ca=False)
AUTHORITIES = (ROOT, OLD_ROOT, OTHER, BETWEEN, CROSSED)
LEAFS = (LEAF, DIRECT, OLDER, STRANGER)


def held(pair: pki.Pair) -> Held:
    return held_of(certificate_of(pair.der))


def accepts(
    presented: pki.Pair, sent: Sequence[pki.Pair], store: Sequence[pki.Pair], folder: Path, *, partial: bool
) -> bool:
    """Whether OpenSSL, with this store, accepts a server that presents a leaf and sends other certificates with it."""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    file = folder / "server.pem"
    file.write_bytes(presented.key_pem + b"".join(pair.pem for pair in (presented, *sent)))
    server.load_cert_chain(file)
    client.check_hostname = False
    if store:
        client.load_verify_locations(cadata=b"".join(pair.pem for pair in store).decode())
    if partial:
        client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        shake(client, server)
    except ssl.SSLError:
        return False
    return True
