"""A host's key, and what is said of it: known, new, changed or revoked."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import paramiko

from mmpctl.enums import Word

# The names under which one RSA key signs.
_SIGNATURES: Final[Mapping[str, tuple[str, ...]]] = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")}


@dataclass(frozen=True, slots=True)
class HostKey:
    """A node's public host key.

    Args:
        kind: e.g. `ssh-ed25519`.
        base64: the key as it stands in a file of known hosts.
    """

    kind: str
    base64: str

    @property
    def fingerprint(self) -> str:
        """The fingerprint as `ssh-keygen -l` prints it, `SHA256:…`."""
        try:
            digest = hashlib.sha256(base64.b64decode(self.base64)).digest()
        except ValueError:
            return "no key that can be read"
        return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


class Trust(Word):
    """What is known of the key that a host shows."""

    KNOWN = "known"
    NEW = "new"
    CHANGED = "changed"
    REVOKED = "revoked"
    # It has shown none; no file of known hosts says this.
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Known:
    """What a file of known hosts has about one host.

    Args:
        keys: its keys, in the order of the file; any of them counts, several of one kind too.
        revoked: keys that are never accepted from it, whatever else the file says.
        authority: an `@cert-authority` line names it; certificates of hosts are not supported.
    """

    keys: tuple[HostKey, ...] = ()
    revoked: tuple[HostKey, ...] = ()
    authority: bool = False

    def trust(self, key: HostKey) -> Trust:
        """Compare a key that the host shows; the one comparison, for connections and for `mmpctl trust`.

        Args:
            key: what the host proved itself with.
        """
        if key in self.revoked:
            return Trust.REVOKED
        if key in self.keys:
            return Trust.KNOWN
        return Trust.CHANGED if self.keys else Trust.NEW

    def preferred(self, spoken: Sequence[str]) -> tuple[str, ...]:
        """Return the kinds of host keys to ask a host for, the recorded ones first, so that it shows one that we know.

        Args:
            spoken: the kinds that this machine speaks, in its order.
        """
        wanted = [name for key in self.keys for name in _SIGNATURES.get(key.kind, (key.kind,))]
        return tuple(dict.fromkeys((*(name for name in wanted if name in spoken), *spoken)))


def paramiko_key(key: paramiko.PKey) -> HostKey:
    """Return a key of paramiko's as it stands in a file of known hosts.

    Args:
        key: the key that a host showed.
    """
    return HostKey(key.get_name(), key.get_base64())
