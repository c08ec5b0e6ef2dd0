"""What a run's journal keeps of a cluster beside its steps: what each node shows before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from mmpctl.cluster.marks import mark_of, run_of_backup
from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.status import CertificateFiles, DatabaseStatus, Member
from mmpctl.device.answers.parse import to_json
from mmpctl.renewal.jobs.database_cluster.observations import Verification
from mmpctl.renewal.resume.comparison import NodeSeen
from mmpctl.runs.journal import Journal, JournalError
from mmpctl.runs.record import Event


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


def nodes_seen(cluster: ObservedCluster, run: str) -> tuple[NodeSeen, ...]:
    """Return what each node shows now, in words: status, last command, backup and mark of the run.

    Args:
        cluster: as it is seen now.
        run: the run's name.
    """
    return tuple(NodeSeen(node.name, "; ".join(_shown(node, run)), node.answers) for node in cluster.nodes)


def _shown(node: ObservedNode, run: str) -> Iterator[str]:
    status = node.status
    if status is None:
        yield f"{node.trouble} ({node.error})" if node.error else node.trouble
        return
    yield status.status
    if status.last_command:
        yield f"last command '{status.last_command}': {status.last_result or 'no result shown'}"
    if any(run_of_backup(backup.name) == run for backup in node.backups or ()):
        yield "it has the run's backup"
    if any(mark.run == run for mark in map(mark_of, node.marks) if mark is not None):
        yield "it has the run's mark"


def status_of(document: Mapping[str, object]) -> DatabaseStatus:
    """Return a status from the JSON of the contract, as the journal keeps it.

    Args:
        document: the JSON.
    """
    values = dict(document)
    nodes = values.pop("nodes")
    files = values.pop("certificates")
    expired = values.pop("expired")
    unknown, alarming = values.pop("unknown", None), values.pop("alarming", None)
    assert isinstance(nodes, list) and isinstance(files, dict) and isinstance(expired, list)  # noqa: S101
    return DatabaseStatus(
        **values,  # type: ignore[arg-type]
        nodes=tuple(Member(**member) for member in nodes),
        certificates=CertificateFiles(**files),
        expired=tuple(expired),
        unknown=_lines(unknown),
        alarming=_lines(alarming),
    )


def _lines(kept: object) -> tuple[str, ...]:
    return tuple(str(line) for line in kept) if isinstance(kept, list) else ()
