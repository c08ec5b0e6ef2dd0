"""What a person at the terminal is asked before and during a renewal; how a question is put is in `prompts.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from mmpctl.cli.prompts import ask_keeper, confirm_plan, may_ask, may_calls_drop, may_go_on
from mmpctl.cli.prompts import yes as said_yes
from mmpctl.cli.renewal_options import Execution
from mmpctl.cluster.step_documents import step_documents
from mmpctl.display.events import Progress
from mmpctl.documents.renewal import RenewalDocument, RenewedCluster
from mmpctl.renewal.context import Watch
from mmpctl.renewal.jobs.database_cluster.operator_confirmation import KeeperWord
from mmpctl.renewal.jobs.services.group_plan import GroupPlan
from mmpctl.renewal.journal_context import user
from mmpctl.renewal.plans import Plans
from mmpctl.renewal.resume.acceptance import RunFacts
from mmpctl.renewal.resume.continuation import Continuation
from mmpctl.renewal.stop import STOPPING, Stop, stopping
from mmpctl.reports import tables
from mmpctl.runbooks import plan as planning
from mmpctl.runbooks.plan import PlanReport
from mmpctl.times import now_utc

# The site tells by itself when it has heard of it.
_ASKING: Final = (
    "Asking the site to stop. Until it has heard of that, steps may still begin there. Press Ctrl-C again to stop "
    "waiting."
)


class PlanQuestion:
    """Asks the operator for the plan, or for nothing.

    Args:
        yes: nobody is asked, the answer is yes.
    """

    def __init__(self, yes: bool) -> None:
        self._yes = yes
        self.answered: PlanReport | None = None

    def __call__(self, report: PlanReport) -> PlanReport | None:
        """Return the plan as it was confirmed; None if nobody can be asked.

        Args:
            report: the plan.
        """
        if self._yes:
            return report
        self.answered = ask_for_plan(report)
        return self.answered


@contextmanager
def heeding(execution: Execution, progress: Progress, *, at_site: bool = False) -> Iterator[Watch]:
    """Take signals as the wish to stop while the block lasts, and give it who watches the run.

    Args:
        execution: how the run is carried out.
        progress: is told what happens.
        at_site: the steps are done elsewhere, where the wish comes later.
    """
    stop = Stop()

    def tell(text: str) -> None:
        if at_site:
            progress.note("", _ASKING if text == STOPPING else text)
        else:
            progress.asked_to_stop(text)

    with stopping(stop, tell, lambda: ask_to_wait_no_longer(progress)):
        yield execution.watch(progress, stop)


def ask_for_plan(report: PlanReport) -> PlanReport | None:
    """Return the operator's word on keepers and plan; None when nobody can be asked."""
    if not may_ask():
        return None
    clusters = []
    for one in report.clusters:
        nodes = tuple(node.name for node in one.cluster.nodes)
        typed = ask_keeper(one.name, one.keeper, nodes) if one.awaits_word else None
        clusters.append(one.confirm_keeper(KeeperWord(*typed, user(), now_utc())) if typed else one)
    answered = replace(report, clusters=tuple(clusters))
    # What is refused is told when the command ends, once.
    ready = tuple(one for one in answered.clusters if one.name in answered.ready)
    if ready:
        tables.show(tables.plan(planning.document(replace(answered, clusters=ready))), sys.stderr)
    return answered if confirm_plan(answered.ready) else replace(answered, declined=True)


def ask_for_services(report: Plans[GroupPlan]) -> Plans[GroupPlan] | None:
    """Return the operator's word on the calls that drop, and on the plan of services; None when nobody can be asked."""
    if not may_ask():
        return None
    groups = []
    for one in report.clusters:
        may_drop = one.awaits_word and may_calls_drop([key.node for key in one.dropping])
        groups.append(one.with_calls_dropped() if may_drop else one)
    answered = replace(report, clusters=tuple(groups))
    ready = tuple(one for one in answered.clusters if one.name in answered.ready)
    if ready:
        tables.show(tables.plan(planning.document(replace(answered, clusters=ready))), sys.stderr)
    services = [unit for one in ready for unit in one.document().get("units", ())]
    return answered if confirm_plan(answered.ready, services) else replace(answered, declined=True)


def answered_before(document: RenewalDocument, report: PlanReport | None) -> RenewalDocument:
    """The document of a renewal as the person reads it who was asked for the keeper: a wrong name is explained once.

    Args:
        document: of the renewal.
        report: the plans with the words that were typed; None if nobody was asked.
    """
    # The reason for a wrong name is not asked for: a name from the command line has one.
    wrong = {
        one.name: one.word.node
        for one in (report.clusters if report is not None else ())
        if one.word is not None and one.word.node != one.keeper.keeper and not one.word.reason
    }
    clusters: list[RenewedCluster] = [
        {**one, "reason": f"No keeper was confirmed. See the answer to {wrong[one['name']]} above."}
        if one["name"] in wrong
        else one
        for one in document["clusters"]
    ]
    return {**document, "clusters": clusters}


def show_run(facts: RunFacts, inventory: Path) -> None:
    """Show what a run is about, before its inventory is read and before anybody is asked.

    Args:
        facts: of the run.
        inventory: the one that is going to be used.
    """
    tables.show(
        tables.run_to_resume(facts.run, str(inventory), facts.keepers, facts.confirmed, facts.by, facts.unproved),
        sys.stderr,
    )


def ask_to_accept(facts: RunFacts) -> bool:
    """Ask a person to confirm that an unproved run is the right one; False if nobody can be asked.

    Args:
        facts: of the run, which were shown.
    """
    return may_ask() and said_yes(f"Go on with {facts.run} all the same, because you know that this is the right run")


def ask_to_go_on(found: tuple[Continuation[Any], ...]) -> bool | None:
    """Return whether the operator goes on with a run, after showing what was found; None if nobody can be asked."""
    if not may_ask():
        return None
    for one in found:
        unit = one.plan.unit
        steps = step_documents(one.plan.steps, unit.lead)
        nodes = [node.document() for node in one.nodes]
        tables.show(tables.continuation(unit.name, nodes, one.found, steps, unit.job), sys.stderr)
    return may_go_on({one.plan.unit.job for one in found})


def ask_to_wait_no_longer(progress: Progress) -> bool:
    """Ask at the second signal; if nobody can be asked, the signal itself counts as yes."""
    if not may_ask():
        return True
    with progress.paused():
        return said_yes(
            "Stop waiting? Operations already started continue on the nodes, unwatched; `mmpctl resume` "
            "checks them later. Press Enter only to wait until they have ended"
        )
