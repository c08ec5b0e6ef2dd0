"""Check after a renewal, on one node, that all is as it was meant to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nornir.core.task import Result, Task

from mmpctl.cluster.status import CertificateFiles, DatabaseStatus
from mmpctl.device.commands.pki_inspect import PKI_INSPECT
from mmpctl.tasks._ask import ask
from mmpctl.tasks.status import seen_status


@dataclass(frozen=True, slots=True)
class NodeView:
    """What one node shows after a renewal.

    Args:
        status: its view of the cluster; the cluster as a whole is judged with all views together.
        problems: what is wrong with its own files, one sentence each.
    """

    status: DatabaseStatus
    problems: tuple[str, ...]


def verify(task: Task, files: CertificateFiles, serials: Mapping[str, str]) -> Result:
    """Look at the node's status and at the serial numbers of its files.

    Args:
        files: the names that must be configured.
        serials: the serial number (lower-case hex) that `pki inspect` must show first, by file name.

    Returns:
        A result with a `NodeView`.

    Raises:
        MmpError: the node could not be asked, or its answer not be understood.
    """
    status = seen_status(task)
    problems = []
    shown = status.certificates.in_places_of(files)
    if shown != files:
        problems.append(f"the status shows {', '.join(shown.names()) or 'no files'}, not {', '.join(files.names())}")
    problems += [f"{name} is marked as expired" for name in status.expired if name in shown.names()]
    for name, serial in serials.items():
        inspected = ask(task, PKI_INSPECT, name)
        seen = inspected.certificates[0].serial if inspected.certificates else "nothing"
        if seen != serial:
            problems.append(f"pki inspect {name} shows serial {seen}, not {serial}")
    return Result(host=task.host, result=NodeView(status, tuple(problems)))
