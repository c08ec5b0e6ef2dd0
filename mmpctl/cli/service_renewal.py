"""`plan` and `renew` with --service: the same commands for the certificates of services."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mmpctl.cli.new_certificates import NewCertificates
from mmpctl.cli.renewal_options import Execution, OperatorWord, Order, asked_again
from mmpctl.cli.result import TimedResult
from mmpctl.cli.selection import Selection

if TYPE_CHECKING:
    from mmpctl.documents.plan import PlanDocument
    from mmpctl.documents.renewal import RenewalDocument
    from mmpctl.renewal.jobs.services.group_plan import GroupPlan
    from mmpctl.renewal.plans import Plans
    from mmpctl.renewal.run_options import RunOptions


@dataclass(frozen=True, slots=True)
class AskedOfServices:
    """What plan and renew of services share.

    Args:
        new: the certificates, and the services that they are for.
        selection: the nodes.
        word: what the operator confirms.
        runs: the folder of all runs.
    """

    new: NewCertificates
    selection: Selection
    word: OperatorWord
    runs: Path

    def options(self) -> RunOptions:
        """Return what is wanted of the run."""
        from mmpctl.renewal.run_options import RunOptions

        inventory = str(self.selection.inventory.absolute())
        return RunOptions(runs=self.runs, inventory=inventory, other_runs=self.word.others())

    def again(self) -> dict[str, list[str]]:
        """Return the options that the next command wants too."""
        others = {"other_run": self.word.other_run or []}
        chosen = self.selection.chosen()
        given = {**asked_again(self.selection, self.runs), **chosen, **self.new.asked()}
        return {**given, **others}


def plan_services(asked: AskedOfServices, result: TimedResult, *, by_hand: bool) -> int:
    """Show whether services may be renewed, and the steps.

    Args:
        asked: what is wanted.
        result: where the document goes.
        by_hand: with the manual procedure.
    """
    from mmpctl.fleet.run_on import close_all
    from mmpctl.renewal.not_begun import unless_unfinished
    from mmpctl.reports import tables
    from mmpctl.runbooks import plan as planning
    from mmpctl.runbooks import renew_services
    from mmpctl.times import now_utc

    nodes, selected, everybody = asked.selection.with_neighbours()
    try:
        report = renew_services.plan(nodes, asked.new.wish(selected, everybody, alone=True), asked.options())
        report = replace(report, clusters=tuple(unless_unfinished(one, asked.runs) for one in report.clusters))
    finally:
        close_all(nodes)
    document: PlanDocument = {**planning.document(report), "asked": asked.again()}
    if by_hand:
        document = renew_services.with_by_hand(document, nodes, report, now_utc())
    result.emit(document, tables.plan(document))
    return report.code


def renew_with(asked: AskedOfServices, order: Order, execution: Execution, result: TimedResult) -> int:
    """Renew services: plan, confirm, carry out, prove.

    Args:
        asked: what is wanted.
        order: in which order clusters follow each other.
        execution: how the run is carried out.
        result: where the document goes.
    """
    from mmpctl.cli.confirmation import ask_for_services, heeding
    from mmpctl.display.display import display
    from mmpctl.reports import tables
    from mmpctl.runbooks import renew as renewing
    from mmpctl.runbooks import renew_services
    from mmpctl.services.service_words import SERVICE_WORDS

    nodes, selected, everybody = asked.selection.with_neighbours()
    wish, options = (
        asked.new.wish(selected, everybody, alone=execution.yes),
        replace(asked.options(), rollout=order.rollout()),
    )

    def confirm(report: Plans[GroupPlan]) -> Plans[GroupPlan] | None:
        return report if execution.yes else ask_for_services(report)

    with display(sys.stderr, SERVICE_WORDS) as progress, heeding(execution, progress) as watch:
        report = renew_services.run_with(nodes, wish, options, confirm=confirm, watch=watch)
    again = asked_again(asked.selection, execution.runs)
    document: RenewalDocument = {**renewing.document(report), "asked": again}
    result.emit(document, tables.renewal(document))
    return report.code
