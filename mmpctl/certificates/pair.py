"""A key and its certificate: whether they belong together, and whether something was put in another's place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mmpctl.certificates.binary import CERTIFICATE, KEY
from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.fitness import Use, is_named_client
from mmpctl.certificates.key_ties import TIES_FILE, KeyTie
from mmpctl.certificates.read import Reading, read
from mmpctl.certificates.source_file import SourceFile
from mmpctl.findings.finding import Finding, finding


@dataclass(frozen=True, slots=True)
class Pair:
    """A key and its certificate file, as read.

    Args:
        use: server or client.
        name: the certificate file's, e.g. `server.cer`.
        key_file: for findings; of a key on the node, what tells of it.
        key: what the key file holds; nothing of a key on the node.
        certificate_file: for findings.
        certificate: what the certificate file holds.
        tie: the key on the node; None if the key lies here.
    """

    use: Use
    name: str
    key_file: str
    key: Reading
    certificate_file: str
    certificate: Reading
    tie: KeyTie | None = None

    @property
    def leaf(self) -> Certificate | None:
        """The node's own certificate: the one that fits the key, else the first that is no CA's, else the first."""
        held = self.certificate.certificates
        fitting = next((each for each in held if self.fits(each)), None)
        return fitting or next((each for each in held if not each.is_ca), held[0] if held else None)

    @property
    def public_keys(self) -> frozenset[str]:
        """SHA-256 of the public keys of what the key file holds, or of the key on the node."""
        tied = () if self.tie is None else (self.tie.public_key_sha256,)
        return frozenset((*tied, *(each.key_sha256 for each in self.key.keys)))

    def fits(self, certificate: Certificate) -> bool:
        """Return whether the key is the certificate's.

        Args:
            certificate: any.
        """
        return certificate.key_sha256 in self.public_keys


def read_pair(key: SourceFile | KeyTie, certificate: SourceFile, use: Use) -> Pair:
    """Read a key and its certificate file; of a key on the node, nothing is read.

    Args:
        key: its file here, or what ties a key on the node to its request.
        certificate: its file.
        use: what the pair is for.
    """
    path = key.path if isinstance(key, SourceFile) else certificate.path.with_name(TIES_FILE)
    return Pair(
        use=use,
        name=certificate.name,
        key_file=str(path),
        key=read(key.content.reveal(), str(path), KEY) if isinstance(key, SourceFile) else Reading(),
        certificate_file=str(certificate.path),
        certificate=read(certificate.content.reveal(), str(certificate.path), CERTIFICATE),
        tie=None if isinstance(key, SourceFile) else key,
    )


def key_findings(pair: Pair) -> Iterator[Finding]:
    """Yield the findings if key and leaf do not belong together, or there are several leaves."""
    leaf, file = pair.leaf, pair.certificate_file
    if leaf is None:
        return
    fitting = pair.fits(leaf)
    if leaf.is_ca and not fitting:
        yield finding("ca-as-leaf", file, detail=leaf.facts.subject)
    elif pair.tie is not None and not fitting:
        yield finding("other-request", file, other=pair.key_file, detail=pair.tie.device)
    elif pair.key.keys and not fitting:
        yield finding("key-mismatch", pair.key_file, other=file)
    leafs = dict.fromkeys(each.facts.subject for each in _leafs(pair.certificate.certificates))
    if len({each.fingerprint_sha256 for each in _leafs(pair.certificate.certificates)}) > 1:
        yield finding("several-leafs", file, detail=" · ".join(leafs))


def order_findings(
    held: Sequence[Certificate], leaf: Certificate, path: Sequence[Certificate], file: str
) -> Iterator[Finding]:
    """Yield the findings if a file does not have its leaf first, and then each CA after the one that it signed.

    Args:
        held: what the file holds.
        leaf: the node's own certificate in it.
        path: from the leaf towards the root.
        file: for the finding.
    """
    if held[0] != leaf:
        yield finding("chain-order", file, detail=f"the first one is {held[0].facts.subject}")
        return
    places = [held.index(each) for each in path if each in held]
    if places != sorted(places):
        yield finding("chain-order", file, detail="a CA comes before the certificate that it signed")


def swapped_findings(pairs: Sequence[Pair], ca: Reading, ca_file: str) -> Iterator[Finding]:
    """Files that were put in each other's place.

    Args:
        pairs: the client pair alone, or the server pair and the client pair.
        ca: what the CA file holds.
        ca_file: for the finding.
    """
    for pair in pairs:
        if _holds_key_only(pair.certificate) and _holds_certificates_only(pair.key):
            detail = "the key is where the certificate should be, and the certificate where the key should be"
            yield finding("swapped", pair.key_file, other=pair.certificate_file, detail=detail)
        elif _is_ca_only(pair.certificate) and _is_leaf_of(pair, ca):
            detail = "the CA's certificate is where the node's own certificate should be, and the other way round"
            yield finding("swapped", pair.certificate_file, other=ca_file, detail=detail)
    if len(pairs) == 2:
        yield from _exchanged(*pairs)


def _exchanged(server: Pair, client: Pair) -> Iterator[Finding]:
    """Yield the findings if the server's and the client's files are swapped: keys, certificates, or both."""
    ours, theirs = server.leaf, client.leaf
    if ours is None or theirs is None or ours.key_sha256 == theirs.key_sha256:
        return
    certificates = is_named_client(ours) and not is_named_client(theirs)
    # Keys on the node cannot be exchanged, certificates for them can.
    keys_are_here = server.tie is None and client.tie is None
    crossed = server.fits(theirs) and client.fits(ours)
    if crossed and not keys_are_here:
        detail = "each belongs to the key of the other"
        yield finding("swapped", server.certificate_file, other=client.certificate_file, detail=detail)
        return
    if crossed and not certificates:
        yield finding("swapped", server.key_file, other=client.key_file, detail="each fits the other's certificate")
    if certificates:
        detail = "the client's certificate, CN=postgres, is where the server's should be"
        yield finding("swapped", server.certificate_file, other=client.certificate_file, detail=detail)
        if not crossed and keys_are_here and server.fits(ours) and client.fits(theirs):
            yield finding("swapped", server.key_file, other=client.key_file, detail="so are the keys that go with them")


def _leafs(held: Sequence[Certificate]) -> list[Certificate]:
    return [each for each in held if not each.is_ca]


def _holds_key_only(reading: Reading) -> bool:
    return bool(reading.keys) and not reading.certificates


def _holds_certificates_only(reading: Reading) -> bool:
    return bool(reading.certificates) and not reading.keys


def _is_ca_only(reading: Reading) -> bool:
    return bool(reading.certificates) and all(each.is_ca for each in reading.certificates)


def _is_leaf_of(pair: Pair, ca: Reading) -> bool:
    """Return whether the CA file, and not the pair's own, holds the certificate that fits the pair's key."""
    return any(pair.fits(each) for each in _leafs(ca.certificates)) and not any(
        pair.fits(each) for each in pair.certificate.certificates
    )
