"""The runs of all units, and the lines that tell what happens in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from mmpctl.cluster.job_words import JobWords
from mmpctl.cluster.step import Step
from mmpctl.display.events import Seen
from mmpctl.display.unit_progress import Story, duration
from mmpctl.errors import MmpError
from mmpctl.reports.sanitize import harmless
from mmpctl.reports.typed import call


@dataclass(frozen=True, slots=True)
class Line:
    """One line for the person who watches.

    Args:
        text: what happened, with the time and the unit, harmless.
        lasting: worth keeping where a live picture shows the rest.
    """

    text: str
    lasting: bool = True


class Board:
    """Keeps the stories of the units; each event gives the lines that tell it. Not for several threads.

    Args:
        words: what the job calls things.
    """

    def __init__(self, words: JobWords) -> None:
        self.words = words
        self.stories: dict[str, Story] = {}
        self.waiting: dict[str, None] = {}
        self.ended: Counter[str] = Counter()
        self._width = 0
        self._looked: dict[tuple[str, str], str] = {}

    @property
    def tally(self) -> str | None:
        """How far all units are, in numbers; None if there is only one."""
        if len(self.waiting) + len(self.stories) + self.ended.total() < 2 or not (self.waiting or self.ended):
            return None
        counts = {**self.ended, "running": len(self.stories), "waiting": len(self.waiting)}
        return " · ".join(f"{number} {word}" for word, number in counts.items() if number)

    def queued(self, at: datetime, units: tuple[str, ...]) -> list[Line]:
        """Units are to be worked on, a few at a time."""
        self.waiting = dict.fromkeys(units)
        if len(units) < 2:
            return []
        return [self._line(at, "", f"{len(units)} {self.words.units}, a few at a time")]

    def planned(self, at: datetime, unit: str, lead: str, steps: tuple[Step, ...]) -> list[Line]:
        """Return the line of a unit whose steps begin."""
        self.waiting.pop(unit, None)
        story = Story(unit, self.words, lead, steps, at)
        self.stories[unit] = story
        begins = self.words.begins
        more = f"; {begins.format(lead=lead)}" if begins else ""
        return [self._line(at, unit, f"{story.total} steps in {story.waves} waves{more}")]

    def begins(self, at: datetime, unit: str, step: Step) -> list[Line]:
        """Return the lines of a step that begins; before the first of a wave, those of the wave."""
        story = self.stories[unit]
        before = story.wave
        story.begun[step.key] = at
        lines = []
        if story.wave != before:
            lines = [
                self._line(at, unit, f"wave {story.wave} of {story.waves}: {story.now()}"),
                *self._at_stake(at, story),
                self._line(at, unit, f"  stop: {story.stopping()}", lasting=False),
                self._line(at, unit, f"  next: {story.then()}", lasting=False),
                self._line(at, unit, f"  time: {story.takes()}", lasting=False),
            ]
        return [*lines, self._line(at, unit, f"{_place(story, step)}  {step.action}: {step.command}", lasting=False)]

    def _at_stake(self, at: datetime, story: Story) -> list[Line]:
        stake, told = self.words.stake, story.stake()
        return [self._line(at, story.unit, f"  {stake.name}: {told}", lasting=False)] if stake else []

    def saw(self, at: datetime, unit: str, node: str, shown: Seen) -> list[Line]:
        """Return the line of what a node shows; none if it has not changed."""
        story, seen = self.stories.get(unit), shown.brief
        if story is None:
            # A resumed run looks what became of its open steps before anything is planned.
            return [self._line(at, unit, f"{node}  shows {seen}")] if self._is_news(unit, node, seen) else []
        if story.seen.get(node) == seen:
            return []
        story.seen[node] = seen
        step = story.running(node)
        place = _place(story, step) if step else node
        return [self._line(at, unit, f"{place}  shows {seen}", lasting=False)]

    def _is_news(self, unit: str, node: str, seen: str) -> bool:
        was, self._looked[unit, node] = self._looked.get((unit, node)), seen
        return was != seen

    def note(self, at: datetime, unit: str, text: str) -> list[Line]:
        """Something worth a line."""
        return [self._line(at, unit, text)]

    def asked_to_stop(self, at: datetime, text: str, units: Collection[str] | None = None) -> list[Line]:
        """Return the line of the wish to stop, which the pictures of these units show from now on; by default, all."""
        for unit, story in self.stories.items():
            story.stops = story.stops or units is None or unit in units
        return [self._line(at, "", text)]

    def ends(self, at: datetime, unit: str, step: Step, error: MmpError | None) -> list[Line]:
        """Return the lines of a step that has ended."""
        story = self.stories[unit]
        took = duration(story.seconds(step, at))
        story.ended[step.key] = error
        place = _place(story, step)
        if error is None:
            return [self._line(at, unit, f"{place}  {step.action}: done in {took}")]
        lines = [self._line(at, unit, f"{place}  {step.action}: FAILED after {took}: {error.message}")]
        if error.advice:
            lines.append(self._line(at, unit, f"{place}  → {error.advice}"))
        return lines

    def finished(self, at: datetime, unit: str, outcome: str, reason: str | None) -> list[Line]:
        """Return the lines of a unit that has ended, or was not started at all."""
        story = self.stories.pop(unit, None)
        self.waiting.pop(unit, None)
        self.ended[outcome] += 1
        took = f" after {duration((at - story.started).total_seconds())}" if story else ""
        why = f": {reason}" if reason else ""
        tally = self.tally
        so_far = [self._line(at, "", f"so far: {tally}", lasting=False)] if tally else []
        return [self._line(at, unit, f"{outcome.upper()}{took}{why}"), *so_far]

    def _line(self, at: datetime, unit: str, text: str, *, lasting: bool = True) -> Line:
        name = harmless(unit)
        self._width = max(self._width, len(name))
        return Line(f"{at:%H:%M:%S} {name:{self._width}}  {harmless(call().text(text))}", lasting)


def _place(story: Story, step: Step) -> str:
    digits = len(str(story.total))
    return f"{step.number:{digits}}/{story.total} {step.node}"
