"""What has become of a ticket, by what the site's disk shows; nothing is concluded from time or silence."""

from __future__ import annotations

from dataclasses import dataclass

from mmpctl.enums import Word
from mmpctl.runs.state import RunState


class Standing(Word):
    """What has become of a ticket."""

    # It was not spent, and it never will be: whoever asked has made sure of that.
    WITHDRAWN = "withdrawn"
    # A process works on it.
    RUNNING = "running"
    # The process has come to its end, and has told how.
    ENDED = "ended"
    # It was spent, and the process ended before there was a run: no node has been changed.
    NOT_BEGUN = "not begun"
    # The process ended without a word, and the run is not finished.
    INTERRUPTED = "interrupted"
    # The process ended without a word, but the journal says that the run had come to its end.
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Traces:
    """What a site finds of a ticket, looked for in this order.

    Args:
        spent: its file is there, and was not put there to withdraw it.
        is_held: a process has its lock.
        answered: how it ended was written down.
        run: what has become of its run; None if there is none.
    """

    spent: bool
    is_held: bool = False
    answered: bool = False
    run: RunState | None = None


def standing_of(traces: Traces) -> Standing:
    """Return what has become of a ticket that is either spent or withdrawn.

    Args:
        traces: what was found of it. The lock comes before the rest: once it is free, the rest changes no more.
    """
    if not traces.spent:
        return Standing.WITHDRAWN
    if traces.is_held:
        return Standing.RUNNING
    if traces.answered:
        return Standing.ENDED
    if traces.run is None:
        return Standing.NOT_BEGUN
    if traces.run in (RunState.FINISHED, RunState.CLOSED):
        return Standing.FINISHED
    return Standing.INTERRUPTED
