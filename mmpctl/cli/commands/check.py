"""`mmpctl check`: whether new certificates are fit, before anybody logs in anywhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmpctl.cli import options
from mmpctl.cli.extras import require
from mmpctl.cli.option_groups import grouped
from mmpctl.cli.result import Result
from mmpctl.cli.selection import Selection
from mmpctl.errors import UsageError

if TYPE_CHECKING:
    from mmpctl.documents.kept import KeptAudit


@dataclass(frozen=True, slots=True)
class Comparison:
    """Where it is found what is in use.

    Args:
        against: file of an audit.
        history: where audits are kept.
    """

    against: Annotated[
        Path | None,
        typer.Option("--against", metavar="FILE", help="Compare with what is in use: an audit that was saved as JSON."),
    ] = None
    history: Annotated[
        str | None,
        typer.Option(
            "--history",
            metavar="FILE",
            help="Compare with the last audits that were kept in a file, at a database URL, or at the URL that @FILE "
            "contains.",
        ),
    ] = None

    def audits(self) -> Iterable[KeptAudit] | None:
        """Return the audits to compare with, the last one first; None if there are none.

        Raises:
            UsageError: both places are named, or one cannot be read.
        """
        if self.against is not None and self.history is not None:
            raise UsageError("--against and --history cannot be combined", advice="Give one of them.")
        if self.against is not None:
            from mmpctl.history.last_in_use import read_audit

            return [read_audit(self.against)]
        if self.history is None:
            return None
        from mmpctl.history.place import warn_of_password

        require("history", "mmpctl check --history")
        warn_of_password(self.history)
        # Its package may be missing, which is told first.
        from mmpctl.history.store import History

        return History(self.history).back()


@grouped
def check(
    *,
    certs: options.Certs,
    selection: Selection,
    leave_out: options.LeaveOut = None,
    comparison: Comparison,
    processes: options.Processes = None,
    everything: Annotated[bool, typer.Option("--all", help="Show the files of each node, also of many.")] = False,
    result: Result,
) -> int:
    """Check new certificates, or requests, without any device.

    No login is needed. The files are checked as by plan, with TLS handshakes between those of different nodes. If no
    node has a certificate yet, the requests in the folder are checked before they go to a CA.
    """
    from mmpctl.display.count_progress import CountProgress
    from mmpctl.documents.issuing.check import CheckDocument
    from mmpctl.inventory.nodes import nodes_of
    from mmpctl.reports.issuing.check_table import check as table
    from mmpctl.runbooks import check as checking

    result.check()
    audits = comparison.audits()
    nodes = selection.nodes(whole_clusters=True, devices=False)
    left_out = frozenset(leave_out or ())
    number = sum(node.cluster is not None and node.name not in left_out for node in nodes_of(nodes))
    progress = CountProgress(sys.stderr, number, "checking files")
    with progress.shown():
        report = checking.run(
            nodes,
            certs,
            leave_out=left_out,
            audits=audits,
            processes=processes,
            seen=lambda seen: progress.more(by=len(seen)),
        )
    asked = {**selection.asked(), **selection.chosen(), "certs": [str(certs)], "leave_out": leave_out or []}
    document: CheckDocument = {**checking.document(report, asked), "asked": asked}
    result.emit(document, table(document, everything))
    return report.code
