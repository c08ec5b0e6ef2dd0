"""`mmpctl renew`: plan, confirm, carry out, check."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from mmpctl.cli.new_certificates import NewCertificates
from mmpctl.cli.option_groups import grouped
from mmpctl.cli.renewal_options import ExecutionAtSites, OperatorWord, Order, Shape, asked_again, wanted
from mmpctl.cli.result import TimedResult
from mmpctl.cli.selection import Selection

if TYPE_CHECKING:
    from mmpctl.documents.renewal import RenewalDocument


@grouped
def renew(
    new: NewCertificates,
    selection: Selection,
    word: OperatorWord,
    shape: Shape,
    order: Order,
    execution: ExecutionAtSites,
    result: TimedResult,
) -> int:
    """Renew the certificates of whole clusters.

    Shows the plan, asks for confirmation, carries the plan out, and checks the result. With --service, the certificates
    of services are renewed, one service of one node after the other, and not those of the database cluster. With
    --engine, clusters and services are renewed by their sites, with the certificates that are there.
    """
    from mmpctl.cli.confirmation import PlanQuestion, answered_before, heeding
    from mmpctl.cluster.database_words import DATABASE_WORDS
    from mmpctl.display.display import display
    from mmpctl.reports import tables
    from mmpctl.runbooks import renew as renewing

    result.check()
    shape.check()
    word.check()
    new.check(word, shape)
    if execution.engine is not None:
        from mmpctl.cli.at_sites import renew_at_sites

        return renew_at_sites(new, selection, word, shape, order, execution, result)
    certs = new.folder
    if new.of_services:
        from mmpctl.cli.service_renewal import AskedOfServices, renew_with

        asked = AskedOfServices(new, selection, word, execution.runs)
        return renew_with(asked, order, execution, result)
    nodes = selection.nodes(whole_clusters=True)
    options = replace(
        wanted(word, shape, execution.runs), rollout=order.rollout(), inventory=str(selection.inventory.absolute())
    )
    question = PlanQuestion(execution.yes)
    with display(sys.stderr, DATABASE_WORDS) as progress, heeding(execution, progress) as watch:
        report = renewing.run_with(nodes, certs, options, confirm=question, watch=watch)
    document: RenewalDocument = {**renewing.document(report), "asked": asked_again(selection, execution.runs)}
    # A file is read by others, who have not seen the dialogue.
    shown = answered_before(document, question.answered) if result.output_file is None else document
    result.emit(document, tables.renewal(shown))
    return report.code
