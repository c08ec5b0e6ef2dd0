"""A second job for the engine: it gives nodes other host names, and restarts them one after the other.

It shares nothing with the database's renewal but the engine: kinds of steps, a guard, a permit and a check of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from nornir.core import Nornir
from nornir.core.task import Result, Task

from mmpctl.cluster.backups import BackupOnNode
from mmpctl.cluster.draft import Draft, numbered
from mmpctl.cluster.expected import Expected
from mmpctl.cluster.job_words import JobWords
from mmpctl.cluster.marks import Alone
from mmpctl.cluster.permit import SEAL, Identity, Permit
from mmpctl.cluster.preflight import Preflight, Verdict
from mmpctl.cluster.progress import History
from mmpctl.cluster.step import PlainKind, Step
from mmpctl.errors import ConnectionLost, MmpError, NoPrompt, RefusedError, VerificationError
from mmpctl.fleet.run_on import run_on
from mmpctl.moment import Moment
from mmpctl.procedure.common_rules import NEVER_AGAIN, RIGHT_WINDOW, WAVES
from mmpctl.procedure.instruction_parts import MMP as COMMAND_LINE
from mmpctl.procedure.instruction_parts import Document, typed
from mmpctl.procedure.leaderless_facts import LeaderlessFacts
from mmpctl.renewal.action import Action
from mmpctl.renewal.every_job.harmless import Harmless
from mmpctl.renewal.every_job.judged_plan import JudgedPlan
from mmpctl.renewal.every_job.planned_job import PlannedJob
from mmpctl.renewal.every_job.unit_work import UnitWork
from mmpctl.renewal.every_job.working_action import WorkingAction, actions_of, instructions_of
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.step_journal import StepLedger, endings
from mmpctl.renewal.stopped import describe, rest_of
from mmpctl.renewal.unit import Unit
from mmpctl.runs.record import Record, StepResult
from mmpctl.tasks.awaited import Awaited, NotAccepted
from mmpctl.tasks.node_facts import NodeFacts, Subject
from mmpctl.tasks.operation import proof_of
from mmpctl.tasks.read_node import read_node
from mmpctl.tasks.session import MMP, drop, mmp
from mmpctl.tasks.wait_for_state import wait_for_state
from tests.support.children import PATIENCE_SECONDS

KIND = "hostname"
NAME, RESTART, CHECK = "name", "restart", "check"


@dataclass(frozen=True)
class Host:
    """One node as it was seen last; `why` it could not be."""

    name: str
    shown: str = ""
    host_key: str = ""
    hostname: str = ""
    backups: tuple[BackupOnNode, ...] | None = None
    marks: frozenset[str] = frozenset()
    why: MmpError | None = None

    @property
    def answers(self) -> bool:
        """It was seen."""
        return self.why is None

    @property
    def error(self) -> str | None:
        """Why it was not, in words."""
        return self.why.told if self.why is not None else None


@dataclass(frozen=True)
class Hosts:
    """The nodes of one group."""

    name: str
    nodes: tuple[Host, ...]

    def node(self, name: str) -> Host:
        """Return a node."""
        return next(node for node in self.nodes if node.name == name)

    @property
    def errors(self) -> dict[str, MmpError]:
        """Why nodes could not be seen."""
        return {node.name: node.why for node in self.nodes if node.why is not None}


WORDS = JobWords(
    work="renaming",
    of="nodes",
    unit="group",
    units="groups",
    touched="host name",
    has="has its new names",
    waits="not restarted yet: {nodes}",
)


class Naming(PlainKind):
    """The node is told its new name, which counts after a restart."""

    words = WORDS
    name = NAME
    verb = "hostname"
    doing = "naming {nodes}"
    expected = Expected(1, 5)
    comes_first = True
    touches = False
    does = "none before the restart"


class Restarting(PlainKind):
    """The node restarts."""

    words = WORDS
    name = RESTART
    verb = "reboot"
    doing = "restarting {nodes}"
    expected = Expected(60, 300)
    returns = True
    does = "calls drop"


NAMING, RESTARTING = Naming(), Restarting()


class RestartPermit(Permit):
    """A permission to restart one node."""

    kind = RESTARTING


@dataclass(frozen=True)
class HostnamePlan(JudgedPlan):
    """The plan of one group: its new names, and what each node proved itself with when the run began."""

    wanted: Mapping[str, str]
    identities: Mapping[str, Identity]
    seen: Hosts

    @property
    def unit(self) -> Unit:
        """The group, led by its first node."""
        return group_of(self.seen.name, self.wanted)


@dataclass(slots=True)
class HostWork(UnitWork):
    """What the steps of one group share."""

    plan: HostnamePlan

    @property
    def history(self) -> History:
        """What the journal says; a node forgets nothing that it was told while the run was stopped."""
        return self.run.journal.history(self.name, resumed=lambda history: history)


@dataclass(frozen=True)
class Guard:
    """Lets a node restart only if it has its new name, and every other node answers."""

    work: HostWork

    def restart(self, name: str, now: Hosts) -> RestartPermit:
        """Permit a restart."""
        if not self.work.history.has(NAME, name):
            raise RefusedError("it was not told its new name", code="guard", node=name)
        if now.errors:
            raise RefusedError(f"{', '.join(now.errors)} is down already", code="guard", node=name)
        return RestartPermit(name, (), self.work.plan.identities[name], self.work.alone.get(name, Alone()), seal=SEAL)


@dataclass(frozen=True)
class AwaitedName(Awaited[str]):
    """The name that a node shows once it has restarted."""

    command: str
    wanted: str
    before: str

    def read(self, task: Task) -> str:
        """Ask the node for its name."""
        return mmp(task).command("hostname").strip()

    def reached(self, state: str) -> bool:
        """It shows its new name."""
        return state == self.wanted

    def untouched(self, state: str) -> bool:
        """It shows the name of before."""
        return state == self.before

    def failed(self, state: str) -> MmpError | None:
        """It shows a name that is neither."""
        return VerificationError(f"it shows {state}")


@dataclass(frozen=True)
class NameFacts(LeaderlessFacts):
    """What the procedure by hand of a group is made of."""

    name: str
    identities: Mapping[str, Identity]
    words: JobWords = WORDS
    rules: tuple[str, ...] = (WAVES, RIGHT_WINDOW, NEVER_AGAIN)

    def node(self, name: str) -> Identity:
        """What a node proved itself with."""
        return self.identities[name]


def as_typed(facts: NameFacts, step: Step) -> Document:
    """How a person does a step: its line is typed."""
    told = typed(step, COMMAND_LINE, step.command)
    return {"type": [told], "must_see": ["the node is back at its prompt"], "if_not": ["Look again."]}


class GiveName(Harmless[Hosts, HostWork, NameFacts]):
    """The name is told to the node; told twice, it is the same."""

    kind = NAMING
    instructions = staticmethod(as_typed)

    def perform(self, task: Task, step: Step, permit: None, ledger: StepLedger, now: Hosts, seen: Moment) -> Result:
        """Send the command."""
        ledger.intend(step.command)
        ledger.settle({"said": mmp(task).command(step.command)})
        return Result(host=task.host, changed=True)


class Restart(WorkingAction[Hosts, RestartPermit, NameFacts, HostWork]):
    """The node restarts once, and then shows its new name."""

    kind = RESTARTING
    instructions = staticmethod(as_typed)

    def permit(self, step: Step, now: Hosts) -> RestartPermit:
        """Return the guard's permit."""
        return Guard(self.work).restart(step.node, now)

    def perform(
        self, task: Task, step: Step, permit: RestartPermit, ledger: StepLedger, now: Hosts, seen: Moment
    ) -> Result:
        """Send the command and wait until the node is back."""
        session = mmp(task)
        command = permit.spend(proof_of(task, session))
        ledger.intend(command)
        # The session ends with the node: only looking tells.
        with suppress(ConnectionLost, NoPrompt):
            session.command(command)
        drop(task, MMP)
        awaited = AwaitedName(command, self.work.plan.wanted[step.node], now.node(step.node).shown)
        try:
            shown = wait_for_state(task, awaited, PATIENCE_SECONDS, PATIENCE_SECONDS).result
        except MmpError as error:
            ledger.end(StepResult.FAILED, error)
            raise
        ledger.settle({"shows": shown})
        return Result(host=task.host, result=shown, changed=True)

    def look_up(self, task: Task, ledger: StepLedger, begun: Record, now: Hosts) -> str:
        """A node that shows its new name has restarted."""
        shown = now.node(task.host.name).shown
        if shown == self.work.plan.wanted[task.host.name]:
            ledger.settle({"shows": shown})
            return f"the device shows {shown} · therefore: done"
        ledger.not_done(NotAccepted(f"the device shows {shown}"))
        return f"the device shows {shown} · therefore: again"


class HostnameJob(PlannedJob[Hosts, HostnamePlan, HostWork]):
    """One group of nodes in one run."""

    def __init__(self, plan: HostnamePlan, work: HostWork) -> None:
        super().__init__(plan, plan.seen, work)
        self.actions: Mapping[str, Action[Hosts, Any, NameFacts]] = actions_of((GiveName, Restart), work)

    @property
    def history(self) -> History:
        """What the journal says that the run has done."""
        return self.work.history

    def planned_again(self) -> HostnamePlan:
        """Return the plan, judged by the names that the nodes show now."""
        return planned(self.run.nr, self.name, self.planned.wanted)

    def beginning(self) -> Mapping[str, Any]:
        """The wanted names are facts of the unit."""
        return {}

    def remaining(self) -> tuple[Step, ...]:
        """Return the steps of the nodes that do not show their new name."""
        return steps_to(self.planned.wanted, self.seen, self.history)

    def look(self) -> Hosts:
        """Ask every node for its name; who it is and what lies on it was judged before."""
        now = look_at(self.run.nr, self.name, self.planned.wanted, frozenset({Subject.IDENTITY}))
        self.seen = replace(
            now, nodes=tuple(replace(self.seen.node(one.name), shown=one.shown, why=one.why) for one in now.nodes)
        )
        return self.seen

    def verify(self) -> tuple[str, ...]:
        """Every node shows its new name."""
        self.look()
        return tuple(
            f"{node.name} shows {node.shown}"
            for node in self.seen.nodes
            if node.shown != self.planned.wanted[node.name]
        )

    def stopped(self, errors: Mapping[str, MmpError]) -> UnitOutcome:
        """Say what went wrong, what is left, and how it is done by hand."""
        self.look()
        ends = endings(self.run.journal, self.name)
        facts = NameFacts(self.name, self.planned.identities, history=self.history, endings=ends)
        instructions = instructions_of((GiveName, Restart))
        rest = rest_of(self.run, facts, self.remaining(), instructions)
        return describe(self.run, self.unit, rest, errors, ("A node keeps its old name until it restarts.",))


def group_of(name: str, wanted: Mapping[str, str]) -> Unit:
    """A group as a unit of a run."""
    return Unit(KIND, name, next(iter(wanted)), {"wanted": dict(wanted)})


def planned(nr: Nornir, name: str, wanted: Mapping[str, str]) -> HostnamePlan:
    """Look at every node of a group, and plan it; one that does not answer is a reason to refuse."""
    seen = look_at(nr, name, wanted, frozenset({Subject.IDENTITY, Subject.TRACES}))
    silent = tuple(f"{node} does not answer" for node in seen.errors)
    steps = () if silent else steps_to(wanted, seen, History())
    verdict = Verdict.REFUSED if silent else Verdict.READY if steps else Verdict.NOTHING_TO_DO
    identities = {node.name: Identity(node.host_key, node.hostname, frozenset()) for node in seen.nodes}
    return HostnamePlan(wanted, identities, seen, preflight=Preflight(verdict, silent), steps=steps)


def steps_to(wanted: Mapping[str, str], seen: Hosts, history: History) -> tuple[Step, ...]:
    """The steps of the nodes that do not show their new name; those that were told it restart, one by one."""
    open_ones = [node for node, name in wanted.items() if seen.node(node).shown != name]
    unnamed = [Draft(node, NAMING, (wanted[node],)) for node in open_ones if not history.has(NAME, node)]
    return numbered((unnamed, *([Draft(node, RESTARTING)] for node in open_ones)))


def look_at(nr: Nornir, name: str, nodes: Mapping[str, str], subjects: frozenset[Subject]) -> Hosts:
    """The nodes of a group as they are seen now."""

    def look(task: Task) -> Result:
        facts: NodeFacts = read_node(task, subjects).result
        shown = mmp(task).command("hostname").strip()
        one = Host(task.host.name, shown, facts.host_key, facts.hostname, facts.backups, facts.marks)
        return Result(host=task.host, result=one)

    outcomes = run_on(nr, nodes, look)
    return Hosts(name, tuple(outcomes[node].value or Host(node, why=outcomes[node].error) for node in nodes))
