"""How far an audit is, for the person who waits: nodes that are not well are told as they come."""

from __future__ import annotations

from typing import TextIO

from mmpctl.audit.model import NodeAudit
from mmpctl.display.count_progress import CountProgress
from mmpctl.reports.sanitize import harmless
from mmpctl.severity import Severity


class AuditProgress(CountProgress):
    """Counts the nodes of an audit; called from several threads.

    Args:
        stream: where to tell it, standard error.
        nodes: how many there are.
    """

    def __init__(self, stream: TextIO, nodes: int) -> None:
        super().__init__(stream, nodes, "looking at nodes")

    def seen(self, audit: NodeAudit) -> None:
        """One more node was looked at.

        Args:
            audit: what was found.
        """
        self.more(_told(audit))


def _told(audit: NodeAudit) -> str:
    """Return a line for a node that is not well."""
    if audit.error is not None:
        return harmless(f"{audit.node.name}: not seen: {audit.error}")
    found = [row for row in audit.certificates if row.severity is not Severity.OK]
    found.sort(key=lambda row: row.severity.rank)
    if not found:
        return ""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    days = f" ({found[0].days_left} days)" if found[0].days_left is not None else ""
    return harmless(f"{audit.node.name}: {found[0].severity}: {found[0].use}{days}{more}")
