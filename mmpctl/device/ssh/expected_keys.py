"""Fingerprints that were got another way: a file that `mmpctl trust --expect` compares with."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from mmpctl.device.ssh.host_key import HostKey
from mmpctl.device.ssh.known_hosts import known
from mmpctl.errors import UsageError

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_KEY = re.compile(r"(?=[A-Za-z0-9@.-]*(?:ssh|ecdsa))[A-Za-z0-9@.-]*")


@dataclass(frozen=True, slots=True)
class ExpectedKeys:
    """The fingerprints that each name of the file may show.

    Args:
        file: where they stand.
        by_name: fingerprints by the name that a line has: an inventory name, a host name or an address.
    """

    file: Path
    by_name: Mapping[str, frozenset[str]]

    def of(self, name: str, host: str, port: int) -> frozenset[str]:
        """Return the fingerprints that are expected of a node; empty if the file does not name it.

        Args:
            name: the node's inventory name.
            host: its host name or address.
            port: of its SSH server.
        """
        found: set[str] = set()
        for word in names_of(name, host, port):
            found |= self.by_name.get(word.lower(), frozenset())
        lines = known(self.file, host, port)
        return frozenset(found | {key.fingerprint for key in lines.keys})

    def fits(self, name: str, host: str, port: int, key: HostKey) -> bool | None:
        """Return whether a node's key is the expected one; None if the file does not name the node.

        Args:
            name: the node's inventory name.
            host: its host name or address.
            port: of its SSH server.
            key: what it proved itself with.
        """
        expected = self.of(name, host, port)
        return key.fingerprint in expected if expected else None


def names_of(name: str, host: str, port: int) -> Collection[str]:
    """Return the words by which a line may name a node.

    Args:
        name: the node's inventory name.
        host: its host name or address.
        port: of its SSH server.
    """
    names = [name, f"{host}:{port}", f"[{host}]:{port}"]
    return (*names, host) if port == 22 else names


def read_expected(file: Path) -> ExpectedKeys:
    """Read a file of expected fingerprints.

    Args:
        file: each line names a node and its fingerprint (`cms1 SHA256:…`), as `ssh-keygen -l` prints it for a file of
            known hosts too; or it is a line of such a file, e.g. of `ssh-keyscan`.

    Raises:
        UsageError: it cannot be read, or a line is neither.
    """
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{file} cannot be read ({getattr(error, 'strerror', None) or 'it is no text'})",
            code="expected-keys",
            advice="Name a text file with --expect.",
        ) from error
    by_name: dict[str, set[str]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith(("#", "@")):
            continue
        fingerprints = {word for word in words if _FINGERPRINT.fullmatch(word)}
        if fingerprints:
            # `ssh-keygen -l` puts the size of the key first, and its kind last, in brackets.
            named = (word for word in words if not (word.isdigit() or word.startswith("(")))
            for name in (part for word in named for part in word.split(",")):
                by_name.setdefault(name.lower(), set()).update(fingerprints)
        elif len(words) < 3 or not _KEY.fullmatch(words[1]):
            raise UsageError(
                f"{file}: line {number} has neither a node with its fingerprint (SHA256:…) nor a host with its key",
                code="expected-keys",
                advice="Write lines such as `cms1 SHA256:…`.",
            )
    return ExpectedKeys(file, {name: frozenset(found) for name, found in by_name.items()})
