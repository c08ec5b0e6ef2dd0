"""How far the run of one cluster is, and what that means for the person who watches."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from mmpctl.cluster.status import DatabaseStatus
from mmpctl.cluster.step import Step, StepKey, StepKind
from mmpctl.cluster.step_effects import expected, is_untouched
from mmpctl.errors import MmpError


@dataclass(slots=True)
class Story:
    """One cluster's run.

    Args:
        cluster: its name.
        keeper: inventory name of the node whose database survives.
        steps: in order.
        started: when the run of the cluster began.
        begun: when each step began, by key.
        ended: how each step ended, by key: the error, or None.
        seen: the last status that a node showed, by inventory name.
        stops: the operator has asked to stop.
    """

    cluster: str
    keeper: str
    steps: tuple[Step, ...]
    started: datetime
    begun: dict[StepKey, datetime] = field(default_factory=dict)
    ended: dict[StepKey, MmpError | None] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    stops: bool = False

    @property
    def total(self) -> int:
        """How many steps there are."""
        return len(self.steps)

    @property
    def number(self) -> int:
        """The step that began last, from 1; all of them while only the verification is left."""
        if self.is_verifying:
            return self.total
        return max((step.number for step in self.steps if step.key in self.begun), default=0)

    @property
    def waves(self) -> int:
        """How many waves there are."""
        return max((step.wave for step in self.steps), default=0)

    @property
    def wave(self) -> int:
        """The wave that began last, from 1; 0 before the first."""
        begun = max((step.wave for step in self.steps if step.key in self.begun), default=0)
        return self.waves if self.is_verifying else begun

    @property
    def is_verifying(self) -> bool:
        """Every step has ended well, up to the verification."""
        return all(self.has_ended_well(step) for step in self.steps if not step.kind.is_check)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes that take part, in the order of the steps."""
        return tuple(dict.fromkeys(step.node for step in self.steps))

    def running(self, node: str) -> Step | None:
        """Return the step that a node is at."""
        at = (
            step for step in self.steps if step.node == node and step.key in self.begun and step.key not in self.ended
        )
        return next(at, None)

    def last(self, node: str) -> Step | None:
        """Return the step of a node that ended last."""
        done = [step for step in self.steps if step.node == node and step.key in self.ended]
        return done[-1] if done else None

    def has_ended_well(self, step: Step) -> bool:
        """Return whether the step is done."""
        return step.key in self.ended and self.ended[step.key] is None

    def seconds(self, step: Step, at: datetime) -> float:
        """Return how long a step has been running."""
        return (at - self.begun.get(step.key, at)).total_seconds()

    def now(self) -> str:
        """Return what is being done."""
        return self._doing(self.wave) if self.wave else "about to start"

    def then(self) -> str:
        """Return what comes next."""
        if any(error is not None for error in self.ended.values()):
            return "nothing: a node that failed stops this cluster after the wave"
        if self.stops:
            return "nothing: the run stops as asked when this has ended"
        return self._doing(self.wave + 1) if self.wave < self.waves else "the end"

    def data(self) -> str:
        """Return where the good copy of the data is."""
        if self._is_intact():
            return f"every node still has its data; {self.keeper} is the keeper"
        copies = self._copies()
        also = f"; in sync with it: {', '.join(copies)}" if copies else "; backups are on this machine"
        return f"the good copy is on {self.keeper}, the keeper{also}"

    def stopping(self) -> str:
        """Return whether it is safe to stop now, and what that would mean."""
        if self.is_verifying:
            return "safe now: all steps are done, only the check is left"
        if self._is_intact():
            return "safe now: the cluster is as it was"
        if self.stops:
            return "asked for: running steps will be completed, no new ones started; resume goes on"
        return "safe: Ctrl-C completes running steps, starts no new ones; resume goes on"

    def takes(self) -> str:
        """Return how long the wave and the whole are expected to take."""
        whole = f"in all {expected(self.steps).brief}"
        if not self.wave:
            return whole
        return f"now {expected(step for step in self.steps if step.wave == self.wave).brief}; {whole}"

    def brief(self) -> str:
        """Data, stopping and what is next in one line, for a picture with little room."""
        if self._is_intact():
            return f"data: on every node; stop: safe, as it was; next: {self.then()}"
        return f"data: on {', '.join((self.keeper, *self._copies()))}; stop: safe, resume goes on; next: {self.then()}"

    def _copies(self) -> list[str]:
        return [step.node for step in self.steps if step.kind.destroys and self.has_ended_well(step)]

    def _is_intact(self) -> bool:
        return is_untouched(self.steps, self.wave)

    def _doing(self, wave: int) -> str:
        by_kind: dict[StepKind, list[str]] = {}
        for step in self.steps:
            if step.wave == wave:
                by_kind.setdefault(step.kind, []).append(step.node + (" again" if step.again else ""))
        return "; ".join(kind.doing.format(nodes=", ".join(nodes)) for kind, nodes in by_kind.items())


def view(status: DatabaseStatus) -> str:
    """Return what a node shows of itself, in a few words that do not change with time alone."""
    own = f": {status.me.state}" if status.me else ""
    error = f" ({status.error})" if status.error else ""
    return f"{status.status}{own}{error}"


def duration(seconds: float) -> str:
    """Return seconds as a person reads them: `3 s`, `1:23`, `1:02:03`."""
    whole = max(int(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
