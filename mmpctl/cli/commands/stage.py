"""`mmpctl stage`: new files on the nodes days before the window."""

from __future__ import annotations

from mmpctl.cli import options
from mmpctl.cli.option_groups import grouped
from mmpctl.cli.result import Result
from mmpctl.cli.selection import Selection


@grouped
def stage(*, certs: options.Certs, selection: Selection, leave_out: options.LeaveOut = None, result: Result) -> int:
    """Put new certificate files on the nodes days before the window.

    They lie there unused, under the names that the renewal gives them: `renew` finds them, and its window is shorter.
    """
    from mmpctl.documents.issuing.stage import StageDocument
    from mmpctl.reports.issuing.stage_table import stage as table
    from mmpctl.runbooks import stage as staging

    result.check()
    nodes = selection.nodes(whole_clusters=True)
    report = staging.run(nodes, certs, leave_out=frozenset(leave_out or ()))
    asked = {**selection.asked(), "certs": [str(certs)], "leave_out": leave_out or []}
    document: StageDocument = {**staging.document(report, asked), "asked": asked}
    result.emit(document, table(document))
    return report.code
