"""What a desk says when it has a run begun, resumed, followed or stopped at a site: names and words, never a path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from mmpctl.cluster.foreign_runs import is_run
from mmpctl.cluster.target import Naming
from mmpctl.documents.forms import Sha256
from mmpctl.errors import UsageError
from mmpctl.reach.answer_lines import Part
from mmpctl.reach.services_asked import ServicesAsked
from mmpctl.reach.tickets.ticket import Ticket
from mmpctl.reach.tickets.ticket_state import Standing
from mmpctl.reach.verb_words import Verb
from mmpctl.services.service_words import SERVICES_JOB

_MOST_TEXT = 500
_MOST_MINUTES = 24 * 60.0


@dataclass(frozen=True, slots=True)
class OperatorAsked:
    """What the operator has said at the desk, whatever is begun.

    Args:
        by: who it is, for the run's records.
        keepers: the node whose database survives, by cluster, if it was confirmed.
        reason: why they are the right ones.
        other_runs: runs of other machines on which nobody works any more.
        operation_minutes: how long one remove, initialize, join or connect may take.
    """

    by: str = ""
    keepers: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None
    other_runs: tuple[str, ...] = ()
    operation_minutes: float = 30.0

    def check(self) -> None:
        """Refuse a request that is not valid.

        Raises:
            UsageError: with what is wrong.
        """
        for text in (self.by, self.reason or ""):
            if not text.isprintable() or len(text) > _MOST_TEXT:
                raise _wrong("what the operator said must be one line of text")
        if self.reason is not None and not self.reason.strip():
            raise _wrong("the reason is empty")
        for name in self.other_runs:
            if not is_run(name):
                raise _wrong(f"{name!r} is not the name of a run")
        if not 0 < self.operation_minutes <= _MOST_MINUTES:
            raise _wrong("the time for one operation must be more than none and at most a day")


@dataclass(frozen=True, slots=True)
class ShapeAsked:
    """How a cluster is taken apart and put together again.

    Args:
        names: how the new files are called on the nodes.
        leave_out: dead nodes to go on without.
        slaves_at_once: how many slaves leave or join together; None for all.
    """

    names: Naming = Naming.VERSIONED
    leave_out: tuple[str, ...] = ()
    slaves_at_once: int | None = None

    def check(self) -> None:
        """Refuse a request that is not valid.

        Raises:
            UsageError: with what is wrong.
        """
        if self.slaves_at_once is not None and self.slaves_at_once < 1:
            raise _wrong("at least one slave leaves or joins at a time")


@dataclass(frozen=True, slots=True)
class RenewRequest:
    """Begin a renewal with a ticket, and tell of it.

    Args:
        ticket: its work is the name of the cluster, or of the group of nodes.
        shape: how the cluster is taken apart.
        asked: what the operator has said.
        services: which services are renewed, and not the database cluster; None for that.
    """

    verb: ClassVar[Verb] = Verb.RENEW
    fact: ClassVar[type] = Part

    ticket: Ticket
    shape: ShapeAsked = field(default_factory=ShapeAsked)
    asked: OperatorAsked = field(default_factory=OperatorAsked)
    services: ServicesAsked | None = None

    def check(self) -> None:
        """Refuse a request that is not valid.

        Raises:
            UsageError: with what is wrong.
        """
        self.asked.check()
        self.shape.check()
        if self.services is not None:
            self.services.check()
        if (self.ticket.job == SERVICES_JOB) != (self.services is not None):
            raise _wrong(f"its ticket is for the job {self.ticket.job}")


@dataclass(frozen=True, slots=True)
class ResumeRequest:
    """Look at an interrupted run; with a ticket, go on with it and tell of it.

    Args:
        run: its name.
        ticket: its work is the run; None for a look.
        asked: what the operator has said.
        accept_run: a person's word that this is the run that it says, if nothing proves it.
    """

    verb: ClassVar[Verb] = Verb.RESUME
    fact: ClassVar[type] = Part

    run: str
    ticket: Ticket | None = None
    asked: OperatorAsked = field(default_factory=OperatorAsked)
    accept_run: bool = False


@dataclass(frozen=True, slots=True)
class FollowRequest:
    """Tell what has become of a ticket, and what becomes of it; one that was not spent is withdrawn.

    Args:
        ticket: its id.
        past: so many events are known already.
        waits: stay until there is nothing more to tell; without it, what has become of it up to now is all.
        home: id of the folder of tickets that is meant; empty if the desk does not know it.
    """

    verb: ClassVar[Verb] = Verb.FOLLOW
    fact: ClassVar[type] = Part

    ticket: str
    past: int = 0
    waits: bool = True
    home: str = ""


@dataclass(frozen=True, slots=True)
class StopRequest:
    """Ask what was begun with a ticket to stop, and tell what has become of it; one that was not spent is withdrawn.

    Args:
        ticket: its id.
        insist: it is to wait for nothing that goes on in the nodes.
        home: id of the folder of tickets that is meant; empty if the desk does not know it.
    """

    verb: ClassVar[Verb] = Verb.STOP
    fact: ClassVar[type] = Part

    ticket: str
    insist: bool = False
    home: str = ""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run has ended for one cluster, as its journal says.

    Args:
        name: of the cluster.
        outcome: the word for it; None if it has not ended.
        code: its exit code, if the journal tells.
        reason: why, if the journal tells.
    """

    name: str
    outcome: str | None
    code: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TicketEnd:
    """What has become of a ticket; the last that is told of it.

    Args:
        standing: in a word.
        run: the name of its run; None if it has none.
        code: the exit code of the process, if it has told.
        answer: the document of the process, if it has told.
        error: why the process could do nothing, if it has told that instead.
        clusters: how it ended for each, by the journal, if the process has not told.
        said: the last line that the process wrote outside its documents, if it has not told.
    """

    standing: Standing
    run: str | None = None
    code: int | None = None
    answer: dict[str, Any] | None = None
    error: str | None = None
    clusters: tuple[RunEnd, ...] = ()
    said: str = ""


@dataclass(frozen=True, slots=True)
class RestFound:
    """What a look at an interrupted run has found.

    Args:
        run: its name.
        job: the name of its job.
        digest: of what is left, for the ticket; None if nothing goes on.
        units: what was found of each that goes on, as `mmpctl resume` shows it.
        code: the exit code, if nothing goes on.
        answer: the document, if nothing goes on.
        home: id of the site's folder of tickets; empty if it does not tell.
    """

    run: str
    job: str
    digest: Sha256 | None
    units: tuple[dict[str, Any], ...] = ()
    code: int = 0
    answer: dict[str, Any] | None = None
    home: str = ""


def _wrong(what: str) -> UsageError:
    return UsageError(f"the request is not valid: {what}", advice="Correct the options at the desk.")
