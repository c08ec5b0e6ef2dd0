"""The runs of all clusters, and the lines that tell what happens in them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from mmpctl.cluster.status import DatabaseStatus
from mmpctl.cluster.step import Step
from mmpctl.display.cluster_progress import Story, duration, view
from mmpctl.errors import MmpError
from mmpctl.reports.sanitize import harmless
from mmpctl.reports.typed import call


@dataclass(frozen=True, slots=True)
class Line:
    """One line for the person who watches.

    Args:
        text: what happened, with the time and the cluster, harmless.
        lasting: worth keeping where a live picture shows the rest.
    """

    text: str
    lasting: bool = True


class Board:
    """Keeps the stories of the clusters; each event gives the lines that tell it. Not for several threads."""

    def __init__(self) -> None:
        self.stories: dict[str, Story] = {}
        self.waiting: dict[str, None] = {}
        self.ended: Counter[str] = Counter()
        self._width = 0
        self._looked: dict[tuple[str, str], str] = {}

    @property
    def tally(self) -> str | None:
        """How far all clusters are, in numbers; None if there is only one."""
        if len(self.waiting) + len(self.stories) + self.ended.total() < 2 or not (self.waiting or self.ended):
            return None
        counts = {**self.ended, "running": len(self.stories), "waiting": len(self.waiting)}
        return " · ".join(f"{number} {word}" for word, number in counts.items() if number)

    def queued(self, at: datetime, clusters: tuple[str, ...]) -> list[Line]:
        """Clusters are to be renewed, a few at a time."""
        self.waiting = dict.fromkeys(clusters)
        if len(clusters) < 2:
            return []
        return [self._line(at, "", f"{len(clusters)} clusters, a few at a time")]

    def planned(self, at: datetime, cluster: str, keeper: str, steps: tuple[Step, ...]) -> list[Line]:
        """Return a cluster's steps begin."""
        self.waiting.pop(cluster, None)
        story = Story(cluster, keeper, steps, at)
        self.stories[cluster] = story
        told = f"{story.total} steps in {story.waves} waves; the database of {keeper}, the keeper, survives"
        return [self._line(at, cluster, told)]

    def begins(self, at: datetime, cluster: str, step: Step) -> list[Line]:
        """Return the lines of a step that begins; before the first of a wave, those of the wave."""
        story = self.stories[cluster]
        before = story.wave
        story.begun[step.key] = at
        lines = []
        if story.wave != before:
            lines = [
                self._line(at, cluster, f"wave {story.wave} of {story.waves}: {story.now()}"),
                self._line(at, cluster, f"  data: {story.data()}", lasting=False),
                self._line(at, cluster, f"  stop: {story.stopping()}", lasting=False),
                self._line(at, cluster, f"  next: {story.then()}", lasting=False),
                self._line(at, cluster, f"  time: {story.takes()}", lasting=False),
            ]
        return [*lines, self._line(at, cluster, f"{_place(story, step)}  {step.action}: {step.command}", lasting=False)]

    def saw(self, at: datetime, cluster: str, node: str, status: DatabaseStatus) -> list[Line]:
        """Return the line of a status that a node shows; none if it has not changed."""
        story, seen = self.stories.get(cluster), view(status)
        if story is None:
            # A resumed run looks what became of its open steps before anything is planned.
            return [self._line(at, cluster, f"{node}  shows {seen}")] if self._is_news(cluster, node, seen) else []
        if story.seen.get(node) == seen:
            return []
        story.seen[node] = seen
        step = story.running(node)
        place = _place(story, step) if step else node
        return [self._line(at, cluster, f"{place}  shows {seen}", lasting=False)]

    def _is_news(self, cluster: str, node: str, seen: str) -> bool:
        was, self._looked[cluster, node] = self._looked.get((cluster, node)), seen
        return was != seen

    def note(self, at: datetime, cluster: str, text: str) -> list[Line]:
        """Something worth a line."""
        return [self._line(at, cluster, text)]

    def asked_to_stop(self, at: datetime, text: str) -> list[Line]:
        """Return the line of the wish to stop, which each picture shows from now on."""
        for story in self.stories.values():
            story.stops = True
        return [self._line(at, "", text)]

    def ends(self, at: datetime, cluster: str, step: Step, error: MmpError | None) -> list[Line]:
        """Return the lines of a step that has ended."""
        story = self.stories[cluster]
        took = duration(story.seconds(step, at))
        story.ended[step.key] = error
        place = _place(story, step)
        if error is None:
            return [self._line(at, cluster, f"{place}  {step.action}: done in {took}")]
        lines = [self._line(at, cluster, f"{place}  {step.action}: FAILED after {took}: {error.message}")]
        if error.advice:
            lines.append(self._line(at, cluster, f"{place}  → {error.advice}"))
        return lines

    def finished(self, at: datetime, cluster: str, outcome: str, reason: str | None) -> list[Line]:
        """Return the lines of a cluster that has ended, or was not started at all."""
        story = self.stories.pop(cluster, None)
        self.waiting.pop(cluster, None)
        self.ended[outcome] += 1
        took = f" after {duration((at - story.started).total_seconds())}" if story else ""
        why = f": {reason}" if reason else ""
        tally = self.tally
        so_far = [self._line(at, "", f"so far: {tally}", lasting=False)] if tally else []
        return [self._line(at, cluster, f"{outcome.upper()}{took}{why}"), *so_far]

    def _line(self, at: datetime, cluster: str, text: str, *, lasting: bool = True) -> Line:
        name = harmless(cluster)
        self._width = max(self._width, len(name))
        return Line(f"{at:%H:%M:%S} {name:{self._width}}  {harmless(call().text(text))}", lasting)


def _place(story: Story, step: Step) -> str:
    digits = len(str(story.total))
    return f"{step.number:{digits}}/{story.total} {step.node}"
