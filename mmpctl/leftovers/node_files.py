"""What is known of the certificate files on one node, and of who refers to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from mmpctl.cluster.request_names import is_certificate_for

# Letters, digits, hyphen, underscore, and an extension; a device may take dots too.
_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*\.[A-Za-z]+")
# Who refers to a file that the database cluster uses.
DATABASE: Final = "the database cluster"
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

        A pair of key and request counts as open if the key is not used and no certificate has its name; or one has been
        put there for it that is newer than those in use: it waits for its renewal.

        Args:
            file: name on the node.
        """
        for name, where in self.requests.items():
            if (parts(name)[0] == parts(file)[0] or is_certificate_for(file, name)) and not self.users(name):
                return f"{where} names the key of this pair"
        key = next((name for name in self.listed if _is_of_request(file, name)), None)
        if key is None or self.users(key):
            return None
        there = dict(self._alike(parts(key)[0]))
        if "csr" not in there or there.keys() - {"key", "csr"}:
            return None
        answers = [name for name in self.listed if is_certificate_for(name, key)]
        if not answers:
            return "its key and its request are there without a certificate"
        return None if self.is_past(*answers) else "its key and its certificate wait for their renewal"

    def is_past(self, *files: str) -> bool:
        """Return whether the database cluster uses newer files than these; False if that is not known.

        Args:
            files: names on the node.
        """
        theirs = [self.modified.get(name) for name in files]
        used = [self.modified[name] for name, who in self.used_by.items() if DATABASE in who and name in self.modified]
        known = [time for time in theirs if time is not None]
        return bool(used) and len(known) == len(theirs) and max(used) > max(known)

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


def _is_of_request(file: str, key: str) -> bool:
    """Return whether a file is this key, its request, or named as its certificate."""
    if parts(key)[1] != "key":
        return False
    base, extension = parts(file)
    return is_certificate_for(file, key) or (base == parts(key)[0] and extension in ("key", "csr"))


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
