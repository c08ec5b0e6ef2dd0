"""What a run's journal keeps of services beside its steps: what each node shows before and after."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from mmpctl.renewal.resume.comparison import NodeSeen
from mmpctl.runs.journal import Journal, JournalError
from mmpctl.runs.record import Event
from mmpctl.services.seen_services import SeenGroup, SeenNode


def states(group: SeenGroup) -> dict[str, Any]:
    """Return what each node shows of its services, by inventory name.

    Args:
        group: as it was seen.
    """
    return {
        node.name: {
            "error": node.error,
            "services": {
                name: {
                    "enabled": seen.enabled,
                    "files": {command: list(pair.arguments) for command, pair in seen.pairs.items()},
                    "trust": {command: list(files) for command, files in seen.stores.items()},
                }
                for name, seen in node.services.items()
            },
        }
        for node in group.nodes
    }


def see(journal: Journal, group: SeenGroup, problems: Sequence[str] | None = None) -> None:
    """Record what each node shows at the end; if the journal has failed, the outcome shows it already.

    Args:
        journal: the run's.
        group: as it was seen last.
        problems: what came of the check afterwards; None if it was not made.
    """
    with suppress(JournalError):
        check = {"verification": {"problems": list(problems)}} if problems is not None else {}
        journal.append(Event.SEEN, group.name, detail={"states": states(group), **check})


def nodes_seen(group: SeenGroup) -> tuple[NodeSeen, ...]:
    """Return what each node shows now, in words.

    Args:
        group: as it is seen now.
    """
    return tuple(NodeSeen(node.name, _shown(node), node.answers) for node in group.nodes)


def _shown(node: SeenNode) -> str:
    if node.error is not None:
        return node.error
    return "; ".join(f"{name} {seen.brief}" for name, seen in node.services.items()) or "none of these services"
