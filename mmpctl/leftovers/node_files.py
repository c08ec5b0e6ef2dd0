"""What is known of the certificate files on one node, and of who refers to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

# Letters, digits, hyphen, underscore, and an extension; a device may take dots too.
_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*\.[A-Za-z]+")
EXTENSIONS: Final = ("key", "cer", "crt", "pem", "csr")


@dataclass(frozen=True, slots=True)
class NodeFiles:
    """One look at one node.

    Args:
        node: inventory name.
        host_key: SHA-256 fingerprint of the key that the session with its files was opened with.
        listed: names of the files that `pki list` shows.
        modified: time of the last change by name, aware, UTC, as far as the node shows it.
        used_by: who refers to a file, by its name as it is configured.
        requests: which `request.json` here says that a key on the node waits for its certificate, by the key's name.
        unsure: what could not be looked at, one sentence each: any file may be used there.
        at_work: why a run may be working on the node, one sentence each.
    """

    node: str
    host_key: str = ""
    listed: tuple[str, ...] = ()
    modified: Mapping[str, datetime] = field(default_factory=dict)
    used_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    requests: Mapping[str, str] = field(default_factory=dict)
    unsure: tuple[str, ...] = ()
    at_work: tuple[str, ...] = ()

    def users(self, file: str) -> tuple[str, ...]:
        """Return who refers to a file; nobody knows whether the device tells capitals from small letters.

        Args:
            file: name on the node.
        """
        wanted = file.casefold()
        return tuple(
            dict.fromkeys(user for name, who in self.used_by.items() if name.casefold() == wanted for user in who)
        )

    def open_request(self, file: str) -> str | None:
        """Return why a file belongs to a request that still waits for its certificate; None if it does not.

        A pair of key and request counts as open if the key is not used and no certificate has its name.

        Args:
            file: name on the node.
        """
        base, extension = parts(file)
        for key, where in self.requests.items():
            if parts(key)[0] == base and not self.users(key):
                return f"{where} names {key} as the key of a request"
        there = dict(self._alike(base))
        pair = {"key", "csr"} <= there.keys() and not there.keys() - {"key", "csr"}
        if extension in ("key", "csr") and pair and not self.users(there["key"]):
            return f"{there['key']} and {there['csr']} are a request without a certificate"
        return None

    def _alike(self, base: str) -> Iterator[tuple[str, str]]:
        for name in self.listed:
            own, extension = parts(name)
            if own == base:
                yield extension, name


@dataclass(frozen=True, slots=True)
class KnownHere:
    """What this machine knows of the nodes, by inventory name.

    Args:
        requests: the `request.json` of each key of a node that waits for its certificate, by the key's name.
        unfinished: the run in the runs folder that has begun with the node and has not ended.
        over: runs that have ended.
    """

    requests: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    unfinished: Mapping[str, str] = field(default_factory=dict)
    over: Mapping[str, frozenset[str]] = field(default_factory=dict)


def used_by(places: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return who refers to each file.

    Args:
        places: a file's name, and who refers to it.
    """
    found: dict[str, tuple[str, ...]] = {}
    for file, who in places:
        found[file] = (*found.get(file, ()), who)
    return found


def parts(file: str) -> tuple[str, str]:
    """Return a file's name without its extension, and the extension, in small letters.

    Args:
        file: name on a node.
    """
    base, _, extension = file.casefold().rpartition(".")
    return (base, extension) if base else (extension, "")


def is_certificate_file(file: str) -> bool:
    """Return whether a name is that of a certificate, a key or a request.

    Args:
        file: name on a node.
    """
    return _NAME.fullmatch(file) is not None and parts(file)[1] in EXTENSIONS
