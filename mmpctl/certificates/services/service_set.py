"""The files for one pair of a service, read once, and in the form in which they are sent to the node."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.serialization import Encoding

from mmpctl.certificates.binary import CERTIFICATE
from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.chain import Chain, build_chain
from mmpctl.certificates.fitness import Use
from mmpctl.certificates.pair import Pair, read_pair
from mmpctl.certificates.read import Reading, read
from mmpctl.certificates.secret import Secret
from mmpctl.certificates.services.pair_files import PairFiles
from mmpctl.services.renewable import FileRole, FileSlot, PairSetting
from mmpctl.services.seen_services import PairNames

_DIGITS = 8


@dataclass(frozen=True, slots=True)
class ServiceSet:
    """The files of one pair, as read, and as they are sent.

    Args:
        files: the operator's.
        pair: key and certificate.
        bundle: what the file of CAs holds; nothing if there is none.
        chain: from the service's own certificate up, with all that is known; empty if there is no certificate.
        sent: the certificates that are sent in the file of the service's own one, and in that of the CAs.
        completed: what is sent and is in none of the files: the node has it in use already.
    """

    files: PairFiles
    pair: Pair
    bundle: Reading
    chain: Chain
    sent: tuple[tuple[Certificate, ...], tuple[Certificate, ...]]
    completed: tuple[Certificate, ...] = ()

    @property
    def setting(self) -> PairSetting:
        """Which pair of the service."""
        return self.files.setting

    @property
    def leaf(self) -> Certificate | None:
        """The service's own certificate."""
        return self.pair.leaf

    @property
    def is_mended(self) -> bool:
        """Whether a file is sent in another form than it has here."""
        own, bundle = self.sent
        return own != self.pair.certificate.certificates or bundle != self._sent_as_bundle

    @property
    def _sent_as_bundle(self) -> tuple[Certificate, ...]:
        return self.bundle.certificates if self.setting.takes_bundle else ()

    def contents(self) -> dict[FileRole, Secret]:
        """Return what is sent, by the file's role."""
        own, bundle = self.sent
        contents = {FileRole.KEY: self.files.key.content, FileRole.CERTIFICATE: self.files.certificate.content}
        if own != self.pair.certificate.certificates:
            contents[FileRole.CERTIFICATE] = Secret(_pem(own))
        if self.setting.takes_bundle and self.files.bundle is not None:
            same = bundle == self.bundle.certificates
            contents[FileRole.BUNDLE] = self.files.bundle.content if same else Secret(_pem(bundle))
        return contents

    def names(self) -> PairNames:
        """Return the names on the device: same content, same name; e.g. `webbridge3-https-20281231-1a2b3c4d.cer`."""
        contents = self.contents()
        digests = {role: hashlib.sha256(content.reveal()).hexdigest() for role, content in contents.items()}
        own, bundle = self.sent
        together = f"{digests[FileRole.CERTIFICATE]} {digests[FileRole.KEY]}".encode()
        base = _base(own, hashlib.sha256(together).hexdigest())
        named = dict.fromkeys((FileRole.KEY, FileRole.CERTIFICATE), base)
        if FileRole.BUNDLE in contents:
            named[FileRole.BUNDLE] = _base(bundle, digests[FileRole.BUNDLE])
        slots: dict[FileRole, FileSlot] = {slot.role: slot for slot in self.setting.slots}
        given = {role: f"{slots[role].device_prefix}-{rest}{slots[role].ending}" for role, rest in named.items()}
        return PairNames(given[FileRole.KEY], given[FileRole.CERTIFICATE], given.get(FileRole.BUNDLE))


def load_service_set(
    files: PairFiles, known: Sequence[Certificate] = (), store: Sequence[Certificate] = ()
) -> ServiceSet:
    """Parse the files of one pair, and put their certificates into the order that the service wants; never raises.

    Args:
        files: the operator's.
        known: CAs that the node has in use for this pair: they complete a chain that lacks them.
        store: what the bundle in use holds, if that says whom the service trusts: it stays in the new one.
    """
    pair = read_pair(files.key, files.certificate, Use.SERVER)
    bundle = Reading()
    if files.bundle is not None:
        bundle = read(files.bundle.content.reveal(), str(files.bundle.path), CERTIFICATE)
    held, cas = pair.certificate.certificates, bundle.certificates
    if pair.leaf is None:
        return ServiceSet(files, pair, bundle, Chain(()), (held, cas))
    given = (*held, *cas)
    pool = (*given, *(one for one in known if one.is_ca and one not in given))
    chain = build_chain(pair.leaf, pool, [one for one in pool if one.self_issued])
    completed = tuple(one for one in chain.path if one not in given)
    if files.setting.full_chain:
        own = held if chain.problem else chain.path
        return ServiceSet(files, pair, bundle, chain, (own, ()), completed)
    if not files.setting.takes_bundle or files.bundle is None:
        return ServiceSet(files, pair, bundle, chain, (_in_order(held, chain.path), ()))
    kept = tuple(one for one in store if one not in cas)
    sent = (_in_order(held, chain.path), (*_in_order(cas, chain.path), *kept))
    return ServiceSet(files, pair, bundle, chain, sent, kept)


def _in_order(held: tuple[Certificate, ...], path: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """Return certificates with those of a path after each other, upwards; the others keep their places."""
    upwards = iter([one for one in path if one in held])
    own = path[0] if path else None
    ordered = [next(upwards) if one in path else one for one in held]
    if own is not None and own in ordered:
        ordered.remove(own)
        ordered.insert(0, own)
    return tuple(ordered)


def _base(certificates: Sequence[Certificate], digest: str) -> str:
    end = min(each.facts.not_after for each in certificates)
    return f"{end:%Y%m%d}-{digest[:_DIGITS]}"


def _pem(certificates: Sequence[Certificate]) -> bytes:
    return b"".join(each.x509.public_bytes(Encoding.PEM) for each in certificates)
