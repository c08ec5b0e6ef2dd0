"""`mmpctl renew`: plan, confirm, carry out, check."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from mmpctl.cli import options
from mmpctl.cli.option_groups import grouped
from mmpctl.cli.renewal_options import Execution, OperatorWord, Order, Shape, asked_again, wanted
from mmpctl.cli.result import TimedResult
from mmpctl.cli.selection import Selection

if TYPE_CHECKING:
    from mmpctl.documents.renewal import RenewalDocument
    from mmpctl.runbooks.plan import PlanReport


@grouped
def renew(
    certs: options.Certs,
    selection: Selection,
    word: OperatorWord,
    shape: Shape,
    order: Order,
    execution: Execution,
    result: TimedResult,
) -> int:
    """Renew the certificates of whole clusters.

    Shows the plan, asks for confirmation, carries the plan out, and checks the result.
    """
    from mmpctl.cli.confirmation import answered_before, ask_for_plan, ask_to_wait_no_longer
    from mmpctl.cluster.database_words import DATABASE_WORDS
    from mmpctl.display.display import display
    from mmpctl.renewal.stop import Stop, stopping
    from mmpctl.reports import tables
    from mmpctl.runbooks import renew as renewing

    result.check()
    shape.check()
    word.check()
    nodes = selection.nodes(whole_clusters=True)
    stop = Stop()
    answered: PlanReport | None = None
    with display(sys.stderr, DATABASE_WORDS) as progress:

        def confirm(report: PlanReport) -> PlanReport | None:
            nonlocal answered
            if execution.yes:
                return report
            answered = ask_for_plan(report)
            return answered

        with stopping(stop, progress.asked_to_stop, lambda: ask_to_wait_no_longer(progress)):
            options = replace(
                wanted(word, shape, execution.runs),
                rollout=order.rollout(),
                inventory=str(selection.inventory.absolute()),
            )
            report = renewing.run_with(nodes, certs, options, confirm=confirm, watch=execution.watch(progress, stop))
    document: RenewalDocument = {**renewing.document(report), "asked": asked_again(selection, execution.runs)}
    # A file is read by others, who have not seen the dialogue.
    shown = answered_before(document, answered) if result.output_file is None else document
    result.emit(document, tables.renewal(shown))
    return report.code
