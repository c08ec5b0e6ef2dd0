"""What a renewal wants: the certificate files of each node, the keeper, and how it is to be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mmpctl.cluster.status import CertificateFiles
from mmpctl.enums import Word
from mmpctl.errors import UsageError


class Naming(Word):
    """How the new files are called on the device."""

    # New names, uploaded beforehand; nothing is overwritten.
    VERSIONED = "versioned"
    # The names in use, replaced after the node has left.
    SAME = "same"

    @classmethod
    def of(cls, text: str) -> Naming:
        """Return the naming that a user gave.

        Args:
            text: as it was given.

        Raises:
            UsageError: there is no such one.
        """
        if text not in tuple(cls):
            raise UsageError(f"--names {text}: no such choice", advice=f"Choose {cls.VERSIONED} or {cls.SAME}.")
        return cls(text)


@dataclass(frozen=True, slots=True)
class WantedFiles:
    """The certificate files of one node.

    Args:
        names: the names on the device, in the places of the `certs` command.
        digests: SHA-256 of each file's content, by name on the device.
        problems: why the files are not fit for use, one sentence each.
        notes: what is worth knowing about them, one sentence each.
        valid_from: when all of them are valid, aware; None if it is not known.
        valid_until: when the first of them expires, aware; None if it is not known.
        first_expiry: the same with the CAs that they lean on.
        keys_on_node: SHA-256 of the public keys whose private keys are on the node, by the keys' files there: they are
            configured, and not sent.
    """

    names: CertificateFiles
    digests: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    first_expiry: datetime | None = None
    keys_on_node: Mapping[str, str] = field(default_factory=dict)

    def sent(self) -> tuple[str, ...]:
        """Return the names of the files that are sent to the node, in the order of the `certs` command."""
        return tuple(name for name in self.names.names() if name not in self.keys_on_node)

    def certificates_of_keys(self) -> dict[str, str]:
        """Return the name of the certificate that goes with each key on the node, by the key's file."""
        pairs = (
            (self.names.server_key, self.names.server_certificate),
            (self.names.client_key, self.names.client_certificate),
        )
        return {key: certificate for key, certificate in pairs if certificate and key in self.keys_on_node and key}

    def certificate_digests(self) -> tuple[str, ...]:
        """Return SHA-256 of the certificates alone: keys are never read back from a running node."""
        names = (self.names.server_certificate, self.names.client_certificate, self.names.ca_certificate)
        return tuple(self.digests[name] for name in names if name)


@dataclass(frozen=True, slots=True)
class Goal:
    """What one cluster is to become.

    Args:
        keeper: inventory name of the node whose database survives.
        keeper_address: the address to join: the keeper's own, as the nodes know it.
        wanted: the files of each node that takes part, by inventory name.
        left_out: names of dead nodes that the operator left out.
        names: how the new files are called on the device.
        slaves_at_once: how many slaves leave or join together; None for all.
        snapshot: name of the backup on the devices, without extension.
        known_runs: runs that nobody works on any more: their backups on the nodes are no sign of somebody at work.
    """

    keeper: str
    keeper_address: str
    wanted: Mapping[str, WantedFiles]
    left_out: frozenset[str] = frozenset()
    names: Naming = Naming.VERSIONED
    slaves_at_once: int | None = None
    snapshot: str = "pre-<run>"
    known_runs: frozenset[str] = frozenset()

    @property
    def valid_until(self) -> datetime | None:
        """When the first certificate of the cluster expires, its CAs included; None if it is not known."""
        ends = [files.first_expiry for files in self.wanted.values()]
        known = [end for end in ends if end is not None]
        return min(known) if known and len(known) == len(ends) else None
