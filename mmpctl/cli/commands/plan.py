"""`mmpctl plan`: whether a renewal may begin, and its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmpctl.cli import options
from mmpctl.cli.new_certificates import NewCertificates
from mmpctl.cli.option_groups import grouped
from mmpctl.cli.renewal_options import OperatorWord, Shape, asked_again, wanted
from mmpctl.cli.result import TimedResult
from mmpctl.cli.selection import Selection

if TYPE_CHECKING:
    from mmpctl.documents.plan import PlanDocument


@grouped
def plan(
    *,
    new: NewCertificates,
    selection: Selection,
    word: OperatorWord,
    shape: Shape,
    by_hand: options.ByHand = False,
    runs: options.Runs = options.RUNS,
    result: TimedResult,
) -> int:
    """Check whether a renewal may begin, and show its steps.

    Changes nothing. With --by-hand, shows the complete manual procedure. With --service, it is about the certificates
    of services, and not about those of the database cluster.
    """
    from mmpctl.fleet.run_on import close_all
    from mmpctl.renewal.not_begun import unless_unfinished
    from mmpctl.reports import tables
    from mmpctl.runbooks import plan as planning
    from mmpctl.runbooks.plan import PlanReport
    from mmpctl.times import now_utc

    result.check()
    shape.check()
    word.check()
    new.check(word, shape)
    if new.of_services:
        from mmpctl.cli.service_renewal import AskedOfServices, plan_services

        return plan_services(AskedOfServices(new, selection, word, runs), result, by_hand=by_hand)
    nodes = selection.nodes(whole_clusters=True)
    try:
        report = planning.run_with(nodes, new.certs, wanted(word, shape, runs), clock=now_utc)
        report = PlanReport(tuple(unless_unfinished(cluster, runs) for cluster in report.clusters))
    finally:
        close_all(nodes)
    asked = {**asked_again(selection, runs), "certs": [str(new.certs)], **word.asked(), **shape.asked()}
    document: PlanDocument = {**planning.document(report), "asked": asked}
    if by_hand:
        document = planning.with_by_hand(document, nodes, report, now_utc())
    result.emit(document, tables.plan(document))
    return report.code
