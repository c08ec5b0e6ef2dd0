"""A second job for the engine: it gives nodes other host names, and restarts them one after the other.

It shares nothing with the database's renewal but the engine: kinds of steps, a guard, a permit and a check of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from nornir.core import Nornir
from nornir.core.task import Result, Task

from mmpctl.cluster.expected import Expected
from mmpctl.cluster.job_words import JobWords
from mmpctl.cluster.permit import SEAL, Identity, Permit
from mmpctl.cluster.progress import History
from mmpctl.cluster.step import Step, StepKey, StepKind
from mmpctl.device.questions import Question
from mmpctl.errors import ConnectionLost, MmpError, NoPrompt, RefusedError, VerificationError
from mmpctl.fleet.run_on import Outcome, run_on
from mmpctl.moment import Moment
from mmpctl.procedure.common_rules import NEVER_AGAIN, RIGHT_WINDOW, WAVES
from mmpctl.procedure.instruction_parts import MMP as COMMAND_LINE
from mmpctl.procedure.instruction_parts import Document, typed
from mmpctl.renewal.action import Action
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.step_journal import StepLedger, endings
from mmpctl.renewal.stopped import describe, rest_of
from mmpctl.renewal.unit import Unit
from mmpctl.runs.record import Record, StepResult
from mmpctl.tasks.awaited import Awaited
from mmpctl.tasks.operation import proof_of
from mmpctl.tasks.session import MMP, drop, mmp
from mmpctl.tasks.wait_for_state import wait_for_state
from tests.support.children import PATIENCE_SECONDS

KIND = "hostname"
NAME, RESTART, CHECK = "name", "restart", "check"

# The host name that each node shows, by inventory name; None for one that does not answer.
Names = Mapping[str, str | None]


WORDS = JobWords(
    work="renaming",
    of="nodes",
    unit="group",
    units="groups",
    touched="host name",
    has="has its new names",
    waits="not restarted yet: {nodes}",
)


class Naming(StepKind):
    """The node is told its new name, which counts after a restart."""

    words = WORDS
    name = NAME
    verb = "hostname"
    doing = "naming {nodes}"
    expected = Expected(1, 5)
    comes_first = True
    touches = False

    def effect(self, step: Step, plan: tuple[Step, ...], lead: str) -> str:
        """Nothing yet."""
        return "none before the restart"


class Restarting(StepKind):
    """The node restarts."""

    words = WORDS
    name = RESTART
    verb = "reboot"
    doing = "restarting {nodes}"
    expected = Expected(60, 300)
    returns = True

    def effect(self, step: Step, plan: tuple[Step, ...], lead: str) -> str:
        """Calls drop."""
        return "calls drop"


NAMING, RESTARTING = Naming(), Restarting()


class RestartPermit(Permit):
    """A permission to restart one node."""

    kind = RESTARTING


@dataclass(frozen=True)
class Guard:
    """Lets a node restart only if it has its new name, and every other node answers."""

    identities: Mapping[str, Identity]
    history: History

    def restart(self, name: str, now: Names) -> RestartPermit:
        """Permit a restart."""
        if not self.history.has(NAME, name):
            raise RefusedError("it was not told its new name", code="guard", node=name)
        silent = [node for node, shown in now.items() if shown is None]
        if silent:
            raise RefusedError(f"{', '.join(silent)} is down already", code="guard", node=name)
        return RestartPermit(name, (), self.identities[name], seal=SEAL)


@dataclass(frozen=True)
class AwaitedName(Awaited[str]):
    """The name that a node shows once it has restarted."""

    command: str
    wanted: str
    before: str | None

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
class NameFacts:
    """What the procedure by hand of a group is made of."""

    unit: Unit
    identities: Mapping[str, Identity]
    history: History
    endings: Mapping[StepKey, str] = field(default_factory=dict)
    words: JobWords = WORDS
    rules: tuple[str, ...] = (WAVES, RIGHT_WINDOW, NEVER_AGAIN)
    about: tuple[str, ...] = ()
    left_out: frozenset[str] = frozenset()
    lead_address: str | None = None

    @property
    def name(self) -> str:
        """The group's name."""
        return self.unit.name

    @property
    def lead(self) -> str:
        """The node that is named if something concerns no other."""
        return self.unit.lead

    def node(self, name: str) -> Identity:
        """What a node proved itself with."""
        return self.identities[name]

    def with_questions(self, reviewed: tuple[Question, ...]) -> NameFacts:
        """It asks none."""
        return self


class GiveName(Action[Names, None, NameFacts]):
    """The name is told to the node; told twice, it is the same."""

    kind = NAMING

    def permit(self, step: Step, now: Names) -> None:
        """Nothing has to be permitted."""

    def perform(self, task: Task, step: Step, permit: None, ledger: StepLedger, now: Names, seen: Moment) -> Result:
        """Send the command."""
        ledger.intend(step.command)
        ledger.settle({"said": mmp(task).command(step.command)})
        return Result(host=task.host, changed=True)

    def look_up(self, task: Task, ledger: StepLedger, begun: Record, now: Names) -> str:
        """A node shows its new name after a restart only."""
        return "it can be done again without harm · therefore: again"

    @staticmethod
    def instructions(facts: NameFacts, step: Step) -> Document:
        """Return the line to type."""
        return {
            "type": [typed(step, COMMAND_LINE, step.command)],
            "must_see": ["the node is back at its prompt"],
            "if_not": ["Look again."],
        }


class Restart(Action[Names, RestartPermit, NameFacts]):
    """The node restarts once, and then shows its new name."""

    kind = RESTARTING

    def __init__(self, job: HostnameJob) -> None:
        self._job = job

    def permit(self, step: Step, now: Names) -> RestartPermit:
        """Return the guard's permit."""
        return Guard(self._job.identities, self._job.history).restart(step.node, now)

    def perform(
        self, task: Task, step: Step, permit: RestartPermit, ledger: StepLedger, now: Names, seen: Moment
    ) -> Result:
        """Send the command and wait until the node is back."""
        session = mmp(task)
        command = permit.spend(proof_of(task, session))
        ledger.intend(command)
        # The session ends with the node: only looking tells.
        with suppress(ConnectionLost, NoPrompt):
            session.command(command)
        drop(task, MMP)
        awaited = AwaitedName(command, self._job.wanted[step.node], now[step.node])
        try:
            shown = wait_for_state(task, awaited, PATIENCE_SECONDS, PATIENCE_SECONDS).result
        except MmpError as error:
            ledger.end(StepResult.FAILED, error)
            raise
        ledger.settle({"shows": shown})
        return Result(host=task.host, result=shown, changed=True)

    def look_up(self, task: Task, ledger: StepLedger, begun: Record, now: Names) -> str:
        """A node that shows its new name has restarted."""
        shown = now[task.host.name]
        if shown == self._job.wanted[task.host.name]:
            ledger.settle({"shows": shown})
            return f"the device shows {shown} · therefore: done"
        ledger.intended = True
        ledger.end(StepResult.NOT_ACCEPTED, MmpError(f"the device shows {shown}"))
        return f"the device shows {shown} · therefore: again"

    @staticmethod
    def instructions(facts: NameFacts, step: Step) -> Document:
        """Return the line to type."""
        return {
            "type": [typed(step, COMMAND_LINE, step.command)],
            "must_see": ["the node is back at its prompt"],
            "if_not": ["Look again."],
        }


class HostnameJob:
    """One group of nodes in one run.

    Args:
        run: the run.
        name: of the group.
        wanted: the new names, by inventory name.
        identities: what each node proved itself with when the run was planned.
    """

    def __init__(
        self, run: RunContext, name: str, wanted: Mapping[str, str], identities: Mapping[str, Identity]
    ) -> None:
        self.run = run
        self.name = name
        self.wanted = wanted
        self.identities = identities
        self.unit = Unit(KIND, name, next(iter(wanted)), {"wanted": dict(wanted)})
        self.actions: Mapping[str, Action[Names, Any, NameFacts]] = {NAME: GiveName(), RESTART: Restart(self)}
        self.seen: Names = names_of(run.nr, wanted)
        self.steps = self.remaining()

    @property
    def history(self) -> History:
        """What the journal says; a node forgets nothing that it was told while the run was stopped."""
        return self.run.journal.history(self.name, resumed=lambda history: history)

    @property
    def is_opened(self) -> bool:
        """Whether a node may have restarted."""
        return any(key.action == RESTART for key in self.history.settled | self.history.intended)

    def outdated(self, seen: Moment) -> UnitOutcome | None:
        """Names do not change by themselves."""
        return None

    def beginning(self) -> Mapping[str, Any]:
        """The wanted names are facts of the unit."""
        return {}

    def begin(self, resumed: bool) -> None:
        """Nothing has to be prepared."""

    def remaining(self) -> tuple[Step, ...]:
        """Return the steps of the nodes that do not show their new name."""
        history = self.history
        return steps_to(self.wanted, self.seen, frozenset(node for node in self.wanted if history.has(NAME, node)))

    def look(self) -> Names:
        """Ask every node for its name."""
        self.seen = names_of(self.run.nr, self.wanted)
        return self.seen

    def before_opening(self) -> None:
        """Nobody else gives names."""

    def must_follow(self, step: Step) -> bool:
        """A node that is named and not restarted can stay so."""
        return False

    def way_back(self, errors: Mapping[str, MmpError]) -> tuple[Step, ...]:
        """There is none."""
        return ()

    def after(self, outcomes: Mapping[str, Outcome]) -> None:
        """Each wave looks again."""

    def found_by_hand(self) -> list[str]:
        """A node that somebody has named has no step left."""
        return []

    def verify(self) -> tuple[str, ...]:
        """Every node shows its new name."""
        seen = self.look()
        return tuple(f"{node} shows {seen[node]}" for node, name in self.wanted.items() if seen[node] != name)

    def stopped(self, errors: Mapping[str, MmpError]) -> UnitOutcome:
        """Say what went wrong, what is left, and how it is done by hand."""
        self.look()
        facts = NameFacts(self.unit, self.identities, self.history, endings(self.run.journal, self.name))
        instructions = {name: action.instructions for name, action in self.actions.items()}
        rest = rest_of(self.run, facts, self.remaining(), instructions)
        return describe(self.run, self.unit, rest, errors, ("A node keeps its old name until it restarts.",))

    def told(self, outcome: UnitOutcome) -> UnitOutcome:
        """Return it as it is: there are no parts."""
        return outcome

    def close(self) -> None:
        """Nothing has to be put away."""


def steps_to(wanted: Mapping[str, str], seen: Names, named: frozenset[str]) -> tuple[Step, ...]:
    """The steps of the nodes that do not show their new name.

    Args:
        wanted: the new names, by inventory name.
        seen: the names that the nodes show.
        named: the nodes that were told theirs.
    """
    open_ones = [node for node, name in wanted.items() if seen[node] != name]
    unnamed = [node for node in open_ones if node not in named]
    steps = [Step(number, 1, node, NAMING, (wanted[node],)) for number, node in enumerate(unnamed, 1)]
    for node in open_ones:
        steps.append(Step(len(steps) + 1, steps[-1].wave + 1 if steps else 1, node, RESTARTING))
    return tuple(steps)


def identities_of(nr: Nornir, nodes: Mapping[str, str]) -> dict[str, Identity]:
    """What each node proves itself with now."""

    def look(task: Task) -> Result:
        session = mmp(task)
        return Result(host=task.host, result=Identity(session.host_key, session.device_name, frozenset()))

    return {name: outcome.value for name, outcome in run_on(nr, nodes, look).items()}


def names_of(nr: Nornir, nodes: Mapping[str, str]) -> dict[str, str | None]:
    """The name that each node shows now; None for one that does not answer."""

    def look(task: Task) -> Result:
        return Result(host=task.host, result=shown_name(task))

    return {name: outcome.value for name, outcome in run_on(nr, nodes, look).items()}


def shown_name(task: Task) -> str | None:
    """The name that a node shows; None if it does not answer."""
    try:
        return mmp(task).command("hostname").strip()
    except MmpError:
        drop(task, MMP)
        return None


def request(wanted: Mapping[str, str]) -> dict[str, Any]:
    """The request of a run of this job."""
    return {
        "job": KIND,
        "words": WORDS.document(),
        "clusters": [{"name": "lon-prod", "keeper": None, "wanted": dict(wanted)}],
    }
