"""How far the run of one unit is, and what that means for the person who watches."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from mmpctl.cluster.job_words import JobWords
from mmpctl.cluster.step import Step, StepKey, StepKind
from mmpctl.cluster.step_effects import expected, is_untouched
from mmpctl.errors import MmpError


@dataclass(slots=True)
class Story:
    """One unit's run.

    Args:
        unit: its name.
        words: what the job calls things.
        lead: inventory name of the node that the others follow.
        steps: in order.
        started: when the run of the unit began.
        begun: when each step began, by key.
        ended: how each step ended, by key: the error, or None.
        seen: what a node showed last, by inventory name.
        stops: the operator has asked to stop.
    """

    unit: str
    words: JobWords
    lead: str
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
            return f"nothing: a node that failed stops this {self.words.unit} after the wave"
        if self.stops:
            return "nothing: the run stops as asked when this has ended"
        return self._doing(self.wave + 1) if self.wave < self.waves else "the end"

    def stake(self) -> str | None:
        """Return where what must not be lost is; None if nothing can be."""
        stake = self.words.stake
        return stake.told(self.lead, self._copies(), self._is_intact()) if stake else None

    def stopping(self) -> str:
        """Return whether it is safe to stop now, and what that would mean."""
        if self.is_verifying:
            return "safe now: all steps are done, only the check is left"
        if self._is_intact():
            return f"safe now: {self.words.as_it_was}"
        if self.stops:
            return f"asked for: {self.words.if_asked}; resume goes on"
        return f"safe: Ctrl-C {self.words.by_signal}; resume goes on"

    def takes(self) -> str:
        """Return how long the wave and the whole are expected to take."""
        whole = f"in all {expected(self.steps).brief}"
        if not self.wave:
            return whole
        return f"now {expected(step for step in self.steps if step.wave == self.wave).brief}; {whole}"

    def brief(self) -> str:
        """What must not be lost, stopping and what is next in one line, for a picture with little room."""
        stake, intact = self.words.stake, self._is_intact()
        kept = f"{stake.brief(self.lead, self._copies(), intact)}; " if stake else ""
        return f"{kept}stop: safe, {'as it was' if intact else 'resume goes on'}; next: {self.then()}"

    def _copies(self) -> list[str]:
        return [step.node for step in self.steps if step.kind.destroys and self.has_ended_well(step)]

    def _is_intact(self) -> bool:
        return is_untouched(self.steps, self.wave)

    def _doing(self, wave: int) -> str:
        by_kind: dict[StepKind, list[str]] = {}
        for step in self.steps:
            if step.wave == wave:
                node = f"{step.part} of {step.node}" if step.part else step.node
                by_kind.setdefault(step.kind, []).append(node + (" again" if step.again else ""))
        return "; ".join(kind.doing.format(nodes=", ".join(nodes)) for kind, nodes in by_kind.items())


def duration(seconds: float) -> str:
    """Return seconds as a person reads them: `3 s`, `1:23`, `1:02:03`."""
    whole = max(int(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
