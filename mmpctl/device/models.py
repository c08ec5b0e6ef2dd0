"""What the device says beyond the cluster's status, as typed facts; names and order are those of the JSON contract."""

from __future__ import annotations

from dataclasses import dataclass

from mmpctl.cluster.certificate import CertificateFacts


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
    """

    found: bool
    certificates: tuple[CertificateFacts, ...]


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
        enabled: whether the service is on; None where the device does not say.
        files: the certificate, key and bundle files that are set, by their label as printed.
    """

    enabled: bool | None
    files: dict[str, str]
