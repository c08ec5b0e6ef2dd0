"""What the engine and the commands know of a kind of job: how its units are found, planned, begun and resumed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from nornir.core import Nornir
from nornir.core.inventory import Host

from mmpctl.cluster.job_words import JobWords
from mmpctl.documents.begun import BegunUnit
from mmpctl.renewal.context import RunContext
from mmpctl.renewal.job import Job
from mmpctl.renewal.outcome import UnitOutcome
from mmpctl.renewal.plans import P
from mmpctl.renewal.resume.continuation import Continuation
from mmpctl.renewal.resume.said import Said
from mmpctl.renewal.rollout import Rollout
from mmpctl.renewal.unit import Unit
from mmpctl.runs.folder import RunFolder

# What is wanted of the job; it alone knows what that is.
W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Looking:
    """How the nodes are looked at for a plan.

    Args:
        clock: gives the time, aware, UTC.
        known_runs: the runs of a unit, by its name, on which nobody works.
        read_only: look in sessions that can send nothing else; without it they are of use for the run afterwards.
    """

    clock: Callable[[], datetime]
    known_runs: Callable[[str], frozenset[str]]
    read_only: bool = True


class JobKind(Protocol[W, P]):
    """One kind of job: `plan` and `renew` begin with what is wanted, `resume` with what the run's request says.

    What a job needs of the inventory and of its request is its own; who begins, asks, locks, writes and resumes is not.
    """

    @property
    def name(self) -> str:
        """By which requests and journals call it."""

    @property
    def words(self) -> JobWords:
        """What it calls things."""

    @property
    def form(self) -> type[Any]:
        """The type of the requests that its runs have begun with, those of earlier releases too."""

    def units(self, nr: Nornir) -> tuple[Unit, ...]:
        """Return the units of an inventory, in its order, before anything is looked at.

        Args:
            nr: filtered by the caller to whole units.
        """

    def home(self, host: Host) -> str:
        """Return the name of the unit that a host is one of, or would be.

        Args:
            host: of a checked inventory.
        """

    def turns(self, asked: Rollout, units: Sequence[Unit], nr: Nornir) -> Rollout:
        """Return how the units follow each other.

        Args:
            asked: by the operator.
            units: of the run.
            nr: their nodes.
        """

    def check(self, nr: Nornir, wanted: W) -> None:
        """Make sure that what is wanted can be meant; no node is asked.

        Args:
            nr: filtered by the caller to whole units.
            wanted: of the job.

        Raises:
            UsageError: a name or a folder that is not there.
        """

    def narrowed(self, wanted: W, nr: Nornir) -> W:
        """Return what is wanted of some of the units only.

        Args:
            wanted: of all.
            nr: their nodes.
        """

    def plan(self, nr: Nornir, wanted: W, looking: Looking) -> tuple[P, ...]:
        """Look at every unit, judge whether it may be begun with, and plan it; one without any part in it is left out.

        Args:
            nr: filtered by the caller to whole units.
            wanted: of the job.
            looking: how the nodes are looked at.
        """

    def job(self, run: RunContext, plan: P) -> Job[Any]:
        """Return one unit's part of a run.

        Args:
            run: the run.
            plan: of the unit.
        """

    def to_request(self, nr: Nornir, wanted: W, plans: Sequence[P]) -> Mapping[str, Any]:
        """Return the job's part of a new run's request: what was asked for, and `clusters`.

        Args:
            nr: the inventory.
            wanted: of the job.
            plans: of the units that the run begins with.
        """

    def from_request(self, one: Any) -> Unit:
        """Return a unit as its run began with it.

        Args:
            one: the unit's part of the request.
        """

    def told_of(self, one: BegunUnit) -> Unit:
        """Return a unit as far as a request tells of it that has not all that it must have.

        Args:
            one: the unit's part of the request.
        """

    def checked(self, folder: RunFolder) -> tuple[str, ...]:
        """Return what to do with a unit whose check had failed when its run ended, one line each.

        Args:
            folder: the run's folder.
        """

    def valid_until(self, one: Any) -> str | None:
        """Return when the first of what a unit was given expires, ISO 8601; None if the request does not tell.

        Args:
            one: the unit's part of the request.
        """

    def on_resume(
        self, run: RunContext, units: Sequence[Any], request: Any, said: Said
    ) -> Mapping[str, Continuation[P] | UnitOutcome]:
        """Look at units of a stopped run, each by itself; the journal is told what was found.

        Args:
            run: the run.
            units: their parts of the request.
            request: the run's.
            said: what the operator said.

        Returns:
            By unit, what is left of it, or why it does not go on.
        """


# Any kind of job, for those who do not look into what is wanted of it.
AnyKind = JobKind[Any, Any]
