"""What the steps have in common that send a command to a service, with a permit."""

from __future__ import annotations

from typing import TypeVar

from nornir.core.task import Task

from mmpctl.cluster.step import StepKey
from mmpctl.errors import CommandRefused, ConnectionLost, MmpError, NoPrompt
from mmpctl.moment import Moment
from mmpctl.renewal.every_job.working_action import WorkingAction
from mmpctl.renewal.freshness import check_age
from mmpctl.renewal.jobs.services.awaited_service import AwaitedService
from mmpctl.renewal.jobs.services.group_work import GroupWork
from mmpctl.renewal.jobs.services.observation import seen_of
from mmpctl.renewal.jobs.services.service_facts import ServiceFacts
from mmpctl.renewal.step_journal import StepLedger
from mmpctl.runs.record import Record, StepResult
from mmpctl.services.seen_services import SeenGroup, SeenService, UnitKey
from mmpctl.services.service_permits import DisablePermit, EnablePermit, RestartPermit, ServiceCertsPermit, TrustPermit
from mmpctl.tasks.awaited import NotAccepted
from mmpctl.tasks.pace import Pace
from mmpctl.tasks.session import MMP, drop
from mmpctl.tasks.switch_service import Switched, switch_service
from mmpctl.tasks.wait_for_state import wait_for_state

AnyPermit = DisablePermit | EnablePermit | RestartPermit | ServiceCertsPermit | TrustPermit
P = TypeVar("P", bound=AnyPermit)


class Switching(WorkingAction[SeenGroup, P, ServiceFacts, GroupWork]):
    """Prove the node, tell the journal, send the command; what comes of it is looked for."""

    def send(
        self, task: Task, permit: P, ledger: StepLedger, before: SeenService | None, seen: Moment, **known: object
    ) -> Switched | None:
        """Send the command of a permit.

        Args:
            task: Nornir's task on the step's node.
            permit: of the guards.
            ledger: the journal's records of the step.
            before: what the service showed before the step's wave.
            seen: when that was.
            known: what else the journal keeps of that moment.

        Returns:
            What the device printed; None if the session was lost on it: then only looking tells.

        Raises:
            MmpError: it was not sent, or the device said no; the journal says which.
        """

        links = self.work.links.kept(key_of(permit.node, ledger.part))

        def intend(command: str) -> None:
            check_age(seen)
            ledger.intend(command, {**as_json(before), **links, **known})

        try:
            switched: Switched = switch_service(task, permit, intend).result
        except (ConnectionLost, NoPrompt) as error:
            drop(task, MMP)
            if not ledger.intended:
                raise
            self.work.note(f"{permit.node}: {error.message}; looking at the node")
            return None
        except CommandRefused as error:
            ledger.end(StepResult.REFUSED, error)
            raise
        except MmpError as error:
            ledger.end(StepResult.UNKNOWN, error)
            raise
        return switched

    def wait(self, task: Task, ledger: StepLedger, awaited: AwaitedService) -> SeenService:
        """Look at a service until it is on or off, and tell the journal if it does not come to that.

        Args:
            task: Nornir's task on the step's node.
            ledger: the journal's records of the step.
            awaited: what the command leads to.

        Raises:
            MmpError: it has not come to that.
        """
        watch = self.work.run.watch
        ledger.intended = True
        try:
            state: SeenService = wait_for_state(
                task,
                awaited,
                watch.limits.operation,
                watch.limits.accept,
                seen=lambda node, shown: watch.progress.saw(self.work.name, node, shown),
                give_up=lambda: watch.stop.insisted,
                pace=Pace(self.kind.name, watch.lengths),
            ).result
        except MmpError as error:
            ledger.end(StepResult.UNKNOWN, error)
            raise
        return state

    def found(self, task: Task, ledger: StepLedger, begun: Record, *, on: bool) -> str:
        """Look whether a service is on or off, for a step whose end nobody saw, and tell the journal.

        Args:
            task: Nornir's task on the step's node.
            ledger: the journal's records of the step.
            begun: its last intention.
            on: whether it is to be on.

        Returns:
            What the device shows, and what follows.
        """
        unit, word = self.work.unit(StepKey.parse(begun.step or "")), "on" if on else "off"
        state = seen_of(task, unit.service)
        if state is not None and state.enabled is on:
            ledger.settle({"enabled": on, "seen": "when the run was resumed"})
            return f"the device shows that {unit.key} is {word} · therefore: done{', to be proved' if on else ''}"
        ledger.not_done(NotAccepted(f"{unit.key} does not show that it is {word}"))
        return f"the device does not show that {unit.key} is {word} · therefore: again"


def as_json(seen: SeenService | None) -> dict[str, object]:
    """Return what a service shows, for the journal: whoever looks later can tell that it was on.

    Args:
        seen: the service; None if its node does not know it.
    """
    if seen is None:
        return {"enabled": None, "files": {}, "trust": {}}
    return {
        "enabled": seen.enabled,
        "files": {command: list(pair.arguments) for command, pair in seen.pairs.items()},
        "trust": {command: list(files) for command, files in seen.stores.items()},
    }


def key_of(node: str, part: str) -> UnitKey:
    """Return the service that a step is about.

    Args:
        node: inventory name.
        part: of the step.
    """
    return UnitKey.of_part(node, part)
