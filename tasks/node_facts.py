"""What can be read of a node, and what was found on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.certificate_places import Place
from mmpctl.cluster.account import UserAccount
from mmpctl.cluster.backups import BackupOnNode
from mmpctl.cluster.certificate_facts import CertificateFacts
from mmpctl.cluster.status import DatabaseStatus
from mmpctl.device.commands.service import ServiceSettings
from mmpctl.errors import MmpError
from mmpctl.findings.finding import Finding


class Subject(Enum):
    """What a caller may want to know of a node; a node is asked in this order.

    All that only the command line tells comes first, then files: a node that allows one session at a time is connected
    to anew at each turn from one to the other.
    """

    STATUS = auto()  # its view of the cluster
    IDENTITY = auto()  # its host key, and the host name in its prompt
    RELEASE = auto()  # the release that it runs
    SERVICES = auto()  # the settings of the services; of those that its release may have, if that is known by now
    CLOCK = auto()  # how far its clock is ahead of this machine's
    KEYS = auto()  # the certificates, keys and requests that it lists, and which of the configured keys are not on it
    ACCOUNT = auto()  # the account that this program logs in with
    TRACES = auto()  # the backups and the marks of runs that lie on it
    DATABASE_FILES = auto()  # the database's certificates, fetched
    SECOND_OPINION = auto()  # files and pairs by the node's own word too, even where nothing is odd about a file
    FILES = auto()  # all certificates of the places that are known by now, fetched; inspected by the node where odd
    PAIRS = auto()  # whether keys and certificates fit, by the node's own word
    TRANSFER = auto()  # whether files can be moved by SFTP


@dataclass(frozen=True, slots=True)
class FileSeen:
    """A certificate file on a node.

    Args:
        name: on the device.
        certificates: read from the file itself, leaf first; empty if it could not be fetched or read.
        inspected: what `pki inspect` says is in it, nothing for a key or a request; None if it is not understood, or
            was not asked.
        missing: the device has no such file.
        error: why the file itself could not be fetched or read; None if it was.
        findings: what is wrong with the form of the file that was fetched.
        reported: how `pki inspect` words what the file is, e.g. `File format not recognised`; empty if it does not.
        sha256: of its content, lower-case hex; empty if it was not fetched.
    """

    name: str
    certificates: tuple[Certificate, ...] = ()
    inspected: tuple[CertificateFacts, ...] | None = None
    missing: bool = False
    error: MmpError | None = None
    findings: tuple[Finding, ...] = ()
    reported: str = ""
    sha256: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether the file itself told all, so that the node was not asked about it."""
        return bool(self.certificates) and self.inspected is None and not self.findings


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What was found on one node; what was not asked for is empty or None.

    Args:
        host_key: SHA-256 fingerprint of the key it proved itself with.
        hostname: host name in its prompt.
        status: its view of the cluster; None if its release has no such command, or it was not understood.
        troubles: what could not be asked or understood, one sentence each.
        clock_ahead: seconds that its clock is ahead of this machine's; None if it does not tell.
        places: where it uses certificates.
        files: what lies there, by name.
        fits: whether key and certificate fit, by both names; None if the device gave no verdict.
        listed: names of the certificates, keys and requests that it lists, in its order.
        lost_keys: names of configured keys that are not on the node.
        account: that this program logs in with; None if the node does not list it.
        services: the settings of the services that its release knows, by name.
        release: what it runs; None if it does not tell.
        backups: those that lie on it, by name; None if it does not tell.
        marks: names of the marks of runs that lie on it; none if it does not list its files.
        no_transfer: why no files can be moved by SFTP; None if they can.
        stored: names of all files that lie on it; none if it does not list them.
    """

    host_key: str = ""
    hostname: str = ""
    status: DatabaseStatus | None = None
    troubles: tuple[str, ...] = ()
    clock_ahead: float | None = None
    places: tuple[Place, ...] = ()
    files: Mapping[str, FileSeen] = field(default_factory=dict)
    fits: Mapping[tuple[str, str], bool | None] = field(default_factory=dict)
    listed: tuple[str, ...] = ()
    lost_keys: frozenset[str] = frozenset()
    account: UserAccount | None = None
    services: Mapping[str, ServiceSettings] = field(default_factory=dict)
    release: str | None = None
    backups: tuple[BackupOnNode, ...] | None = None
    marks: frozenset[str] = frozenset()
    no_transfer: str | None = None
    stored: frozenset[str] = frozenset()

    @property
    def certificates(self) -> dict[str, FileSeen]:
        """The certificate files that could be fetched and read, by name."""
        return {name: file for name, file in self.files.items() if file.sha256}

    @property
    def service_files(self) -> frozenset[str]:
        """Names of the files that services use."""
        return frozenset(file for settings in self.services.values() for file in settings.files.values())
