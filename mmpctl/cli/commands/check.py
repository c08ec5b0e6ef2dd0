"""`mmpctl check`: whether new certificates are fit, before anybody logs in anywhere."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from mmpctl.cli import options
from mmpctl.cli.option_groups import grouped
from mmpctl.cli.result import Result
from mmpctl.cli.selection import Selection


@grouped
def check(
    *,
    certs: options.Certs,
    selection: Selection,
    leave_out: options.LeaveOut = None,
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
    from mmpctl.reports.issuing.check_table import check as table
    from mmpctl.runbooks import check as checking

    result.check()
    nodes = selection.nodes(whole_clusters=True, devices=False)
    progress = CountProgress(sys.stderr, len(nodes.inventory.hosts), "checking files")
    with progress.shown():
        report = checking.run(
            nodes,
            certs,
            leave_out=frozenset(leave_out or ()),
            processes=processes,
            seen=lambda seen: progress.more(by=len(seen)),
        )
    asked = {**selection.asked(), "certs": [str(certs)], "leave_out": leave_out or []}
    document: CheckDocument = {**checking.document(report), "asked": asked}
    result.emit(document, table(document, everything))
    return report.code
