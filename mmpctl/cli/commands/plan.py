"""`mmpctl plan`: whether a renewal may begin, and its steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mmpctl.cli import options
from mmpctl.cli.new_certificates import NewCertificates
from mmpctl.cli.option_groups import grouped
from mmpctl.cli.renewal_options import OperatorWord, Shape, asked_again, wanted, wanted_at_sites
from mmpctl.cli.result import TimedResult
from mmpctl.cli.selection import Selection
from mmpctl.cli.sites import Sites, sites_that_renew, tell_sites

if TYPE_CHECKING:
    from mmpctl.documents.plan import PlanDocument
    from mmpctl.reach.verbs import PlanRequest


@dataclass(frozen=True, slots=True)
class Manner:
    """How it is planned.

    Args:
        by_hand: with the complete manual procedure.
        runs: the folder of all runs.
    """

    by_hand: options.ByHand = False
    runs: options.Runs = options.RUNS


@grouped
def plan(
    *,
    new: NewCertificates,
    selection: Selection,
    sites: Sites,
    word: OperatorWord,
    shape: Shape,
    manner: Manner,
    result: TimedResult,
) -> int:
    """Check whether a renewal may begin, and show its steps.

    Changes nothing. With --by-hand, shows the complete manual procedure. With --service, it is about the certificates
    of services, and not about those of the database cluster. With --engine, clusters and services are planned at their
    sites, with the certificates that are there.
    """
    from mmpctl.fleet.run_on import close_all
    from mmpctl.renewal.not_begun import unless_unfinished
    from mmpctl.reports import tables
    from mmpctl.runbooks import plan as planning
    from mmpctl.runbooks.plan import PlanReport
    from mmpctl.times import now_utc

    by_hand, runs = manner.by_hand, manner.runs
    result.check()
    shape.check()
    word.check()
    new.check(word, shape)
    sites.check(
        certs=new.certs,
        by_hand=by_hand or None,
        runs=runs if runs != options.RUNS else None,
        workers=selection.workers,
        known_hosts=selection.known_hosts,
    )
    if sites.engine is not None:
        return _at_sites(sites.engine, new, selection, word, shape, result)
    certs = new.folder
    if new.of_services:
        from mmpctl.cli.service_renewal import AskedOfServices, plan_services

        return plan_services(AskedOfServices(new, selection, word, runs), result, by_hand=by_hand)
    nodes = selection.nodes(whole_clusters=True)
    try:
        report = planning.run_with(nodes, certs, wanted(word, shape, runs), clock=now_utc)
        report = PlanReport(tuple(unless_unfinished(cluster, runs) for cluster in report.clusters))
    finally:
        close_all(nodes)
    asked = {**asked_again(selection, runs), "certs": [str(certs)], **word.asked(), **shape.asked()}
    document: PlanDocument = {**planning.document(report), "asked": asked}
    if by_hand:
        document = planning.with_by_hand(document, nodes, report, now_utc())
    result.emit(document, tables.plan(document))
    return report.code


def _at_sites(
    file: Path, new: NewCertificates, selection: Selection, word: OperatorWord, shape: Shape, result: TimedResult
) -> int:
    from mmpctl.reach.sites import sites_plan
    from mmpctl.reports import tables

    def wanted(nodes: Sequence[str]) -> PlanRequest:
        # As a timer would have it, to whom nobody answers.
        return wanted_at_sites(word, shape, new.at_sites(nodes, alone=True))

    engine, selected, request, units = sites_that_renew(file, selection, wanted)
    planned = sites_plan.plan(engine, units, selected.everybody, request)
    chosen = {**selection.chosen(), **new.asked()} if new.of_services else {}
    asked = {**selection.asked(), "engine": [str(file)], **chosen, **word.asked(), **shape.asked()}
    document: PlanDocument = {**planned.document(), "asked": asked, "sites": tell_sites(planned.answers)}
    result.emit(document, tables.plan(document))
    return planned.code
