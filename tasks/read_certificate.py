"""Read a certificate file from the node by SFTP. Keys are never read."""

from __future__ import annotations

from dataclasses import dataclass

from nornir.core.task import Result, Task

from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.read import read_certificates
from mmpctl.certificates.recurring import read_once
from mmpctl.errors import UsageError
from mmpctl.findings.finding import Finding
from mmpctl.tasks.session import transfer


@dataclass(frozen=True, slots=True)
class CertificateFile:
    """A certificate file as it lies on the node.

    Args:
        name: on the device.
        sha256: of its content, lower-case hex.
        certificates: leaf first where it is a chain; those before a damaged place, if there is one.
        findings: what is wrong with the file's form and contents.
    """

    name: str
    sha256: str
    certificates: tuple[Certificate, ...]
    findings: tuple[Finding, ...] = ()


def read_certificate(task: Task, file: str, lenient: bool = False) -> Result:
    """Fetch a certificate file and read it here.

    Args:
        file: its name on the device; a key's name is refused.
        lenient: a file that is no certificate, or damaged, is a result with findings, and no error.

    Returns:
        A result with a `CertificateFile`.

    Raises:
        MmpError: it could not be fetched, or is no certificate.
    """
    if file.lower().endswith(".key"):
        raise UsageError(f"{file} is a key: keys stay on the device", node=task.host.name)
    content = transfer(task, lambda session: session.read(file))
    return Result(host=task.host, result=certificate_file(content, file, lenient=lenient))


def certificate_file(content: bytes, file: str, *, lenient: bool) -> CertificateFile:
    """Read what was fetched.

    Args:
        content: of the file.
        file: its name on the device.
        lenient: as for `read_certificate`.

    Raises:
        RefusedError: it is no certificate.
    """
    sha256, reading = read_once(content, file)
    certificates = reading.certificates if lenient else read_certificates(content, file)
    return CertificateFile(file, sha256, certificates, reading.findings)
