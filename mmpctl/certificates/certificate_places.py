"""Where a node uses certificates: the places of its database cluster, and those of its services by their labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mmpctl.certificates.fitness import Use
from mmpctl.cluster.status import CertificateFiles

DATABASE = "database"

_WORDS = re.compile(r"[A-Za-z0-9]+")
# Words of a label that say that a file is there, or what kind of file, but not what for.
_FILLING = {"file", "full", "chain"}
_BUNDLE = {"bundle", "trust", "trusted", "branding"}


@dataclass(frozen=True, slots=True)
class Place:
    """A place where a node uses a file of certificates.

    Args:
        use: in the words of the JSON contract: `database server`, or `<service> <label without fillers>`.
        service: `database`, or the command of the service.
        file: its name on the device.
        bundle: it holds whom the service trusts; else the service's own certificate, perhaps with its chain.
        key: the file of the key that goes with it, if one is set.
        authority: the file that its chain must lead to, if one is set for this place.
    """

    use: str
    service: str
    file: str
    bundle: bool = False
    key: str | None = None
    authority: str | None = None


def database_places(files: CertificateFiles) -> tuple[Place, ...]:
    """Return the places of a database cluster that are set.

    Args:
        files: as `database cluster status` shows them.
    """
    given = (
        (Use.SERVER, files.server_certificate, files.server_key),
        (Use.CLIENT, files.client_certificate, files.client_key),
    )
    own = (Place(use.value, DATABASE, file, False, key, files.ca_certificate) for use, file, key in given if file)
    ca = files.ca_certificate
    return (*own, Place(Use.CA.value, DATABASE, ca, bundle=True)) if ca else tuple(own)


def service_places(service: str, files: Mapping[str, str]) -> tuple[Place, ...]:
    """Return the places of a service that are set; labels differ by release, and are known by their words.

    Args:
        service: its command, e.g. `webbridge3`.
        files: the files that are set, by label as printed.
    """
    return tuple(_places(service, {tuple(words_of(label)): file for label, file in files.items()}))


def _places(service: str, files: Mapping[tuple[str, ...], str]) -> Iterator[Place]:
    keys = {_purpose(words): file for words, file in files.items() if "key" in words}
    # The CA bundle stands beside the certificate whose chain it completes; a trust list is about others.
    authority = {_purpose(words): file for words, file in files.items() if {"ca", "bundle"} <= set(words)}
    authority |= {_purpose(words): file for words, file in files.items() if {"tls", "bundle"} <= set(words)}
    for words, file in files.items():
        if "key" in words:
            continue
        use = " ".join((service, *words))
        if _BUNDLE & set(words):
            yield Place(use, service, file, bundle=True)
        else:
            yield Place(use, service, file, False, keys.get(_purpose(words)), authority.get(_purpose(words)))


def words_of(label: str) -> Iterator[str]:
    """Yield the words of a label, in lower case, but for those that are in any label of a file.

    Args:
        label: as the device prints it.
    """
    for word in _WORDS.findall(label.lower()):
        if word not in _FILLING:
            yield {"cert": "certificate", "certs": "certificates"}.get(word, word)


def _purpose(words: tuple[str, ...]) -> frozenset[str]:
    """Return what distinguishes one pair of a service from another, e.g. `https` from `c2w`."""
    return frozenset(words) - {"key", "certificate", "ca", "bundle"}
