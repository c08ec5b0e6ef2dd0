"""A record of a journal: which kinds there are, and what one says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mmpctl.cluster.step import StepKey
from mmpctl.documents.journal import RecordDocument
from mmpctl.enums import Word


class Event(Word):
    """The kinds of records of a journal."""

    # What begins a database cluster, as earlier releases wrote it; the node is the keeper.
    KEEPER = "keeper"
    # What begins a unit, with the job and the unit's facts: a database cluster's keeper.
    BEGUN = "begun"
    # A process takes up a run that was interrupted.
    RESUMED = "resumed"
    INTENT = "intent"
    QUESTION = "question"
    ACCEPTED = "accepted"
    OUTCOME = "outcome"
    # What a process that has resumed the run leaves on the nodes, so that others see it.
    MARK = "mark"
    # A look at a cluster: before a run is taken up again, and at its end.
    SEEN = "seen"
    # A run that cannot be proved, and that a person has accepted.
    VOUCHED = "vouched"
    END = "end"


class StepResult(Word):
    """What a journal says of the end of a step."""

    DONE = "done"
    NOT_ACCEPTED = "not accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    FAILED = "failed"


# With one of these, a process begins the run of a unit.
BEGINNINGS = (Event.BEGUN, Event.KEEPER)
# After one of these, nothing of the step is under way.
FINAL = (StepResult.DONE, StepResult.NOT_ACCEPTED, StepResult.REFUSED)


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the journal.

    Args:
        seq: from 1, without gaps.
        at: ISO 8601, UTC.
        event: the text of an `Event`; a later release may have written others.
        cluster: the cluster it is about.
        node: inventory name, if it is about one.
        step: the text of the step's key, if it is about one.
        command: what is going to be sent, or was.
        result: of an outcome the text of a `StepResult`, of an end that of an `Ending`.
        detail: evidence, e.g. the text of a question or the files of a backup.
    """

    seq: int
    at: str
    event: str
    cluster: str
    node: str | None = None
    step: str | None = None
    command: str | None = None
    result: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> StepKey | None:
        """The key of the step that it is about, if it is about one."""
        return StepKey.parse(self.step) if self.step else None

    @property
    def facts(self) -> Mapping[str, Any] | None:
        """The facts of its unit that a run began with, whichever release has written it; None if it begins none."""
        if self.event == Event.KEEPER:
            return {"keeper": self.node}
        if self.event != Event.BEGUN:
            return None
        facts = self.detail.get("facts")
        return facts if isinstance(facts, dict) else {}

    def document(self) -> RecordDocument:
        """Return the record as documents have it, in the order of its fields in the file."""
        return {
            "seq": self.seq,
            "at": self.at,
            "event": self.event,
            "cluster": self.cluster,
            "node": self.node,
            "step": self.step,
            "command": self.command,
            "result": self.result,
            "detail": self.detail,
        }
