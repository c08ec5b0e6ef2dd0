"""Read all that a plan needs from one node: its identity, its status of the cluster, the certificates in use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from nornir.core.task import Result, Task

from mmpctl.cluster.status import DatabaseStatus
from mmpctl.device.commands.service import SERVICES
from mmpctl.errors import MmpError
from mmpctl.tasks.clock_release_backups import Surroundings, surroundings
from mmpctl.tasks.read_certificate import CertificateFile, read_certificate
from mmpctl.tasks.service import service
from mmpctl.tasks.session import mmp
from mmpctl.tasks.status import seen_status


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What was found on one node.

    Args:
        host_key: SHA-256 fingerprint of the key it proved itself with.
        hostname: host name in its prompt.
        status: its view of the cluster.
        certificates: the configured certificate files that could be read, by name.
        unread: why the others could not be read, by name.
        service_files: names of files that other services use; empty unless asked for.
        surroundings: clock, release and backups; None unless asked for.
    """

    host_key: str
    hostname: str
    status: DatabaseStatus
    certificates: Mapping[str, CertificateFile]
    unread: Mapping[str, MmpError]
    service_files: frozenset[str]
    surroundings: Surroundings | None


def observe(task: Task, services: bool = False, clock: Callable[[], datetime] | None = None) -> Result:
    """Look at the node; nothing is changed and no key is read.

    Args:
        services: ask the other services for their files too.
        clock: gives this machine's time, aware; with it, the node's clock, release and backups are looked at too.

    Returns:
        A result with `NodeFacts`.

    Raises:
        MmpError: the node could not be asked, or its answer not be understood.
    """
    status = seen_status(task)
    session = mmp(task)
    files = status.certificates
    certificates: dict[str, CertificateFile] = {}
    unread: dict[str, MmpError] = {}
    for name in dict.fromkeys((files.server_certificate, files.client_certificate, files.ca_certificate)):
        if name is None:
            continue
        try:
            certificates[name] = read_certificate(task, name).result
        except MmpError as error:
            unread[name] = error
    used = frozenset[str]()
    if services:
        found = (service(task, name).result for name in SERVICES)
        used = frozenset(file for settings in found if settings is not None for file in settings.files.values())
    beside = surroundings(task, clock).result if clock is not None else None
    return Result(
        host=task.host,
        result=NodeFacts(session.host_key, session.device_name, status, certificates, unread, used, beside),
    )
