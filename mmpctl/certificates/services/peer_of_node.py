"""What the services of a node present, and whom they trust, from the files that were read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.certificate_places import DATABASE, Place
from mmpctl.certificates.chain import build_chain
from mmpctl.certificates.in_use_checks import leaf_of
from mmpctl.peers.held import Held
from mmpctl.peers.peer import Pair, Peer, Store


def peer_of(
    places: Iterable[Place], files: Mapping[str, Sequence[Certificate]], off: frozenset[str] = frozenset()
) -> Peer:
    """Return what a node shows of its services.

    Args:
        places: where it uses certificates.
        files: the certificates of each file that could be read, by its name on the device.
        off: its services that are switched off.
    """
    pairs, stores = [], []
    for place in places:
        if place.service == DATABASE:
            continue
        held = files.get(place.file)
        if place.bundle:
            content = None if held is None else tuple(map(held_of, held))
            stores.append(Store(place.service, place.use, place.file, content))
        else:
            path = path_of(held, files.get(place.authority or "", ())) if held else ()
            pairs.append(Pair(place.service, place.use, place.file, path))
    return Peer(tuple(pairs), tuple(stores), off)


def path_of(held: Sequence[Certificate], authority: Sequence[Certificate] = ()) -> tuple[Held, ...]:
    """Return a service's own certificate, then the CAs that it is signed by, as far as its files lead.

    Args:
        held: the certificates of its file; at least one.
        authority: those of its bundle.
    """
    return tuple(map(held_of, build_chain(leaf_of(held), held, (*authority, *held)).path))


def held_of(certificate: Certificate) -> Held:
    """Return a certificate as others judge it.

    Args:
        certificate: any.
    """
    facts = certificate.facts
    return Held(
        certificate.fingerprint_sha256,
        facts.subject,
        facts.issuer,
        facts.not_after,
        certificate.is_ca,
        certificate.key_id,
        certificate.issuer_key_id,
    )
