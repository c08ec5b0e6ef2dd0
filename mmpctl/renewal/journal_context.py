"""What a run's journal keeps beside its steps: who is at work, and what the nodes show before and after."""

from __future__ import annotations

import getpass
import os
import socket
from contextlib import suppress
from typing import Any

import mmpctl
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.device.answers.parse import to_json
from mmpctl.renewal.jobs.database_cluster.observations import Verification
from mmpctl.runs.journal import Journal, JournalError
from mmpctl.runs.record import Event


def user() -> str:
    """Return the name of whoever runs this process, or the number if there is no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return str(os.getuid())


def beginning(cluster: ObservedCluster) -> dict[str, Any]:
    """Record who resumes the run, on which machine, with which release, and what each node shows.

    Args:
        cluster: as it was seen before the first step.

    Returns:
        The detail of a journal's record.
    """
    by = {"user": user(), "machine": socket.gethostname(), "version": mmpctl.__version__}
    return {"by": by, "states": states(cluster)}


def see(journal: Journal, cluster: ObservedCluster, verified: Verification | None = None) -> None:
    """Record what each node shows at the end; if the journal has failed, the outcome shows it already.

    Args:
        journal: the run's.
        cluster: as it was seen last.
        verified: what came of the check afterwards; None if it was not made.
    """
    with suppress(JournalError):
        check = {"verification": verified.document()} if verified else {}
        journal.append(Event.SEEN, cluster.name, detail={"states": states(cluster), **check})


def states(cluster: ObservedCluster) -> dict[str, Any]:
    """Return what each node shows of its cluster, by inventory name.

    Args:
        cluster: as it was seen.

    Returns:
        For each node its status as the contract has it, or why it could not be looked at.
    """
    return {
        node.name: {
            "error": node.error,
            "status": to_json(node.status) if node.status else None,
            **({} if node.status else {"trouble": node.trouble}),
        }
        for node in cluster.nodes
    }
