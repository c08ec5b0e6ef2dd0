"""What was done step by step, folded from the journal: each attempt with its begin, its question and its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mmpctl.cluster.step import StepKey
from mmpctl.runs.record import BEGINNINGS, FINAL, Event, Record
from mmpctl.times import read_iso

NOT_SEEN = "not seen"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was said of an attempt's end; one that failed may be looked at again.

    Args:
        at: when it was written down.
        result: the journal's word.
        message: why it did not end well.
        looked_up: it was found out by a resumed run that looked at the node.
    """

    at: str
    result: str
    message: str | None = None
    looked_up: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a step.

    Args:
        number: position among the attempts of its cluster, from 1.
        step: the step's key.
        node: inventory name.
        action: backup, upload, remove, certs, initialize, join or connect.
        command: as it was sent, or was about to be.
        begun_at: when it was intended; None for what was found done.
        ended_at: when its end was written down first.
        seconds: between the two.
        result: the journal's last word, or `not seen` where no end was written.
        verdicts: all that was said of its end.
        question: the exact question that was answered with `Y`.
        asked_at: when that question was written down, right before the answer.
        before: what the node said of its cluster right before, as the contract has it.
        evidence: what else the journal keeps of its end: files, status.
    """

    number: int
    step: str
    node: str
    action: str
    command: str | None = None
    begun_at: str | None = None
    ended_at: str | None = None
    seconds: float | None = None
    result: str = NOT_SEEN
    verdicts: tuple[Verdict, ...] = ()
    question: str | None = None
    asked_at: str | None = None
    before: Mapping[str, Any] | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """What one process did of a run: the renewal, or one resumption of it.

    Args:
        begun_at: when it took up the cluster.
        by: user, machine and version, if the journal knows.
        states: what each node said then, by name.
        ended_at: when it came to its end; None if it was cut off.
        outcome: the word it ended with.
        code: its exit code.
        reason: why it did not end well.
        states_after: what each node said at the end, by name.
        verification: what came of the check afterwards: problems, looks, services; None if it was not made.
    """

    begun_at: str
    by: Mapping[str, Any] = field(default_factory=dict)
    states: Mapping[str, Any] = field(default_factory=dict)
    ended_at: str | None = None
    outcome: str | None = None
    code: int | None = None
    reason: str | None = None
    states_after: Mapping[str, Any] = field(default_factory=dict)
    verification: Mapping[str, Any] | None = None


def attempts(records: Iterable[Record]) -> tuple[Attempt, ...]:
    """Return the attempts at the steps of one cluster, in the order of their beginnings.

    Args:
        records: the cluster's, in the order of the journal.
    """
    made: list[Attempt] = []
    open_ones: dict[str, int] = {}
    began_before: set[str] = set()
    for record in records:
        if record.event in (Event.END, Event.RESUMED, *BEGINNINGS):
            began_before |= set(open_ones)
        step = record.step
        if step is None:
            continue
        if record.event == Event.INTENT:
            open_ones[step] = len(made)
            began_before.discard(step)
            made.append(_begun(record, step, len(made) + 1))
        elif record.event == Event.QUESTION and step in open_ones:
            place = open_ones[step]
            made[place] = replace(made[place], question=record.detail.get("question"), asked_at=record.at)
        elif record.event == Event.OUTCOME:
            if step not in open_ones:
                open_ones[step] = len(made)
                began_before.add(step)
                made.append(replace(_begun(record, step, len(made) + 1), begun_at=None))
            place = open_ones[step]
            made[place] = _ended(made[place], record, step in began_before)
            if record.result in FINAL:
                del open_ones[step]
    return tuple(made)


def parts(records: Iterable[Record]) -> tuple[Part, ...]:
    """Return what each process did of one cluster's run, in order.

    Args:
        records: the cluster's, in the order of the journal.
    """
    made: list[Part] = []
    under_way = False
    for record in records:
        detail = record.detail
        if record.event == Event.RESUMED or (record.event in BEGINNINGS and not under_way):
            made.append(Part(record.at, by=detail.get("by") or {}, states=detail.get("states") or {}))
            under_way = True
        elif record.event == Event.SEEN and under_way:
            made[-1] = replace(
                made[-1], states_after=detail.get("states") or {}, verification=detail.get("verification")
            )
        elif record.event == Event.END:
            if not under_way:
                made.append(Part(record.at, by=detail.get("by") or {}))
            made[-1] = replace(
                made[-1],
                ended_at=record.at,
                outcome=record.result,
                code=detail.get("code"),
                reason=f"{detail['reason']}, says {detail['user']}" if "user" in detail else detail.get("reason"),
            )
            under_way = False
    return tuple(made)


def seconds_between(begin: str | None, end: str | None) -> float | None:
    """Return seconds between two times of the journal, None if one is missing or is no time.

    Args:
        begin: the earlier one, ISO 8601.
        end: the later one, ISO 8601.
    """
    try:
        return (read_iso(end) - read_iso(begin)).total_seconds() if begin and end else None
    except ValueError:
        return None


def _begun(record: Record, step: str, number: int) -> Attempt:
    return Attempt(
        number=number,
        step=step,
        node=record.node or "",
        action=StepKey.parse(step).action,
        command=record.command,
        begun_at=record.at,
        before=record.detail.get("before"),
    )


def _ended(attempt: Attempt, record: Record, looked_up: bool) -> Attempt:
    kept = {name: value for name, value in record.detail.items() if name not in ("code", "message")}
    result = record.result or NOT_SEEN
    ended_at = attempt.ended_at or record.at
    return replace(
        attempt,
        ended_at=ended_at,
        seconds=seconds_between(attempt.begun_at, ended_at),
        result=result,
        verdicts=(*attempt.verdicts, Verdict(record.at, result, record.detail.get("message"), looked_up)),
        evidence=kept,
    )
