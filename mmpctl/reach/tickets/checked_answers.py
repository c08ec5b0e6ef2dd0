"""What a site tells of a ticket or a run, checked: a desk shows it, suggests commands by it, and ends with its code."""

from __future__ import annotations

from typing import Final, TypedDict

from mmpctl import exit_codes as codes
from mmpctl.cluster.foreign_runs import is_run
from mmpctl.documents.checked import DocumentError, checked
from mmpctl.documents.renewal import FoundNode
from mmpctl.documents.step import StepDocument
from mmpctl.reach.tickets.work_requests import RestFound, TicketEnd
from mmpctl.reach.wire import WireError, from_wire
from mmpctl.renewal.jobs.catalogue import JOBS
from mmpctl.runs.ending import Ending

# With these a renewal can end that has not ended well.
_NOT_WELL: Final = frozenset(
    {codes.REFUSED, codes.STOPPED, codes.LOOK, codes.UNVERIFIED, codes.LOCKED, codes.DIFFERENT}
)


class UnitFound(TypedDict):
    """What a look at an interrupted run has found of one unit that goes on."""

    name: str
    job: str
    nodes: list[FoundNode]
    found: list[str]
    steps: list[StepDocument]


def read_end(told: object) -> TicketEnd:
    """Return what a site tells at last of a ticket.

    Args:
        told: as `json.loads` gives it.

    Raises:
        WireError: it is no such thing, or what it has as the name of a run, which stands in commands, is none.
    """
    end = from_wire(told, TicketEnd, "the end of the ticket")
    if end.run is not None and not is_run(end.run):
        raise WireError("`run` of the end of the ticket is not the name of a run")
    return end


def read_rest(told: object, run: str) -> RestFound:
    """Return what a site tells of an interrupted run.

    Args:
        told: as `json.loads` gives it.
        run: that it was asked about.

    Raises:
        WireError: it is no such thing, or is about another run, or about a job that is not known here.
    """
    rest = from_wire(told, RestFound, f"the rest of {run}")
    if rest.run != run or rest.job not in JOBS or rest.code not in codes.MEANINGS:
        raise WireError(f"the rest of {run} has another run, a job that is not known here, or no exit code")
    for number, unit in enumerate(rest.units):
        try:
            checked(unit, UnitFound, f"unit {number} of the rest of {run}")
        except DocumentError as error:
            raise WireError(error.message) from None
    return rest


def code_of(outcome: Ending, told: int | None) -> int:
    """Return the exit code for an outcome; if the two contradict each other, a person must look.

    Args:
        outcome: as a site tells it.
        told: the code as it tells that; None if it does not.
    """
    own = outcome.exit_code
    if told is None or told == own:
        return own
    return told if own != codes.DONE and told in _NOT_WELL else codes.LOOK
