"""The step that configures a node's new files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nornir.core.task import Result, Task

from mmpctl.cluster import step_kinds as kinds
from mmpctl.cluster.observed import ObservedCluster
from mmpctl.cluster.permit import CertsPermit
from mmpctl.cluster.status import DatabaseStatus
from mmpctl.cluster.step import Step, StepKey
from mmpctl.cluster.step_kinds import ActionName
from mmpctl.cluster.target import Naming
from mmpctl.device.answers.parse import to_json
from mmpctl.errors import CommandRefused, MmpError, VerificationError
from mmpctl.moment import Moment
from mmpctl.renewal.every_job.working_action import WorkingAction
from mmpctl.renewal.freshness import check_age
from mmpctl.renewal.jobs.database_cluster import instructions as by_hand
from mmpctl.renewal.jobs.database_cluster.cluster_facts import ClusterFacts
from mmpctl.renewal.jobs.database_cluster.cluster_work import ClusterWork
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.runs.record import Record, StepResult
from mmpctl.tasks import set_certificates
from mmpctl.tasks.awaited import NotAccepted
from mmpctl.tasks.operation import Hooks
from mmpctl.tasks.status import seen_status


class Certs(WorkingAction[ObservedCluster, CertsPermit, ClusterFacts, ClusterWork]):
    """The new files are named to the node, which must have left its cluster."""

    kind = kinds.CERTS
    instructions = staticmethod(by_hand.certs)

    def permit(self, step: Step, now: ObservedCluster) -> CertsPermit:
        """Return the guards' permit."""
        return self.work.guards().certs(step.node, now)

    def perform(
        self, task: Task, step: Step, permit: CertsPermit, ledger: StepLedger, now: ObservedCluster, seen: Moment
    ) -> Result:
        """Configure the files; if that is refused, the remove before it may not have succeeded after all."""

        def intend(command: str, before: DatabaseStatus) -> None:
            check_age(seen)
            ledger.intend(command, to_json(before))

        try:
            set_certificates(task, permit, Hooks(intend=intend))
        except VerificationError as error:
            ledger.end(StepResult.FAILED, error)
            raise
        except MmpError as error:
            ledger.end(StepResult.UNKNOWN, error)
            removed = self.work.ledger(StepKey(ActionName.REMOVE, step.node))
            doubt = _doubt(removed.evidence)
            if isinstance(error, CommandRefused) and doubt:
                # It is in its old cluster still, or refuses whatever it is told.
                removed.take_back(error)
                told = f"{error.message}; {doubt}: it may still be in its old cluster"
                raise CommandRefused(
                    told, text=error.text, advice="`mmpctl resume` sends both commands again."
                ) from error
            raise
        status = seen_status(task)
        ledger.settle({"files": list(status.certificates.names())})
        return Result(host=task.host, result=status, changed=True)

    def look_up(self, task: Task, ledger: StepLedger, begun: Record, now: ObservedCluster) -> str:
        """Look whether the node shows the new files; names that were in use before show nothing."""
        node = task.host.name
        status, goal = now.node(node).status, self.work.goal
        wanted = goal.wanted[node].names
        shown = status.certificates.in_places_of(wanted) if status is not None else None
        if shown == wanted and goal.names is not Naming.SAME:
            ledger.settle({"files": list(wanted.names()), "seen": "when the run was resumed"})
            return "the device shows the new files · therefore: done"
        ledger.intended = True
        ledger.end(StepResult.NOT_ACCEPTED, NotAccepted("the device does not show the new files"))
        return "the device does not show the new files · therefore: again"


def _doubt(removed: Mapping[str, Any]) -> str:
    """Return why a remove may not have succeeded after all, when `certs` is refused; empty if it did."""
    if "remove_refused" in removed:
        return "its remove was refused before, too"
    is_unnamed = "last_command" in removed and removed["last_command"] is None
    return "the node never reported that its remove succeeded" if is_unnamed else ""
