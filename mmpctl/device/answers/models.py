"""What the device reports beside the cluster status, as typed facts; names and order are those of the JSON contract."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from mmpctl.cluster.account import UserAccount
from mmpctl.cluster.certificate_facts import CertificateFacts


@dataclass(frozen=True, slots=True)
class PkiList:
    """The answer of `pki list`.

    Args:
        files: names of the uploaded certificates, keys and requests, in the device's order.
    """

    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PkiInspection:
    """The answer of `pki inspect <file>`.

    Args:
        found: the device has the file.
        certificates: those in the file, in its order; none for keys and requests.
        kind: the line on what the file is, as printed, e.g. `File format not recognised`; empty if there is none.
        is_key: that line calls it a key: such a file is never fetched.
    """

    found: bool
    certificates: tuple[CertificateFacts, ...]
    kind: str = field(default="", metadata={"json": False})
    is_key: bool = field(default=False, metadata={"json": False})


@dataclass(frozen=True, slots=True)
class BackupList:
    """The answer of `backup list`.

    Args:
        backups: names as printed.
    """

    backups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """The answer of a service's bare name, without anything secret.

    Args:
        enabled: whether the service is on; None if the device does not say.
        files: the certificate, key and bundle files that are set, by their label as printed.
    """

    enabled: bool | None
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What the answer of a service's bare name says of the service itself.

    Args:
        enabled: whether the service is on; None if the device does not say.
        running: whether it runs; None if the device does not say: most services never do.
    """

    enabled: bool | None
    running: bool | None


@dataclass(frozen=True, slots=True)
class NodeClock:
    """The answer of `date`.

    Args:
        utc: the node's time, aware, UTC; None if its time zone is not told.
    """

    utc: datetime | None


@dataclass(frozen=True, slots=True)
class Release:
    """The answer of `version`.

    Args:
        release: as printed, e.g. `3.9.1`.
    """

    release: str


@dataclass(frozen=True, slots=True)
class UserList:
    """The answer of `user list`.

    Args:
        users: in the device's order.
    """

    users: tuple[UserAccount, ...]

    def account(self, name: str | None) -> UserAccount | None:
        """Return the account of that name; None if it is not in the list, e.g. because a directory (LDAP) has it."""
        return next((user for user in self.users if user.name == name), None)
