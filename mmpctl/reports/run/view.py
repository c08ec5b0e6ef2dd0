"""What the page of a run shows of each unit: words, signs and numbers, ready to be laid out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mmpctl.cluster.database_words import DATABASE_CLUSTER, words_of
from mmpctl.reports.node_state import NodeState, state_of
from mmpctl.reports.procedure_text import text as by_hand_text
from mmpctl.reports.run.job_texts import texts_of
from mmpctl.reports.timeline import Stretch, Timeline, seconds_of, timeline
from mmpctl.reports.widgets import Document
from mmpctl.runs.ending import Ending
from mmpctl.runs.record import StepResult

# The sign, the word and the kind: colour follows the kind, and says nothing alone.
OUTCOMES: Mapping[str | None, tuple[str, str, str]] = {
    Ending.RENEWED: ("✓", "Renewed", "good"),
    Ending.NOTHING_TO_DO: ("✓", "Nothing to do", "good"),
    Ending.REFUSED: ("✗", "Refused", "bad"),
    Ending.STOPPED: ("!", "Stopped", "warn"),
    Ending.FAILED: ("✗", "Failed", "bad"),
    Ending.NOT_STARTED: ("·", "Not started", "warn"),
    Ending.CLOSED: ("·", "Closed", "warn"),
    None: ("!", "Unfinished", "warn"),
}
_RESULTS: Mapping[str, tuple[str, str, str]] = {
    StepResult.DONE: ("✓", "done", "good"),
    StepResult.NOT_ACCEPTED: ("!", "not accepted", "warn"),
    StepResult.REFUSED: ("✗", "refused", "bad"),
    StepResult.UNKNOWN: ("?", "outcome unknown", "warn"),
    StepResult.FAILED: ("✗", "failed", "bad"),
    "not seen": ("?", "end not seen", "warn"),
}
_MEANINGS: Mapping[str | None, str] = {
    Ending.NOTHING_TO_DO: "The {unit} {has} already.",
    Ending.REFUSED: "A guard refused it; nothing was changed.",
    Ending.STOPPED: "The run stopped on the way. No further step was started.",
    Ending.FAILED: "All steps were done, but the check afterwards failed.",
    Ending.NOT_STARTED: "It was not started; nothing was changed.",
    Ending.CLOSED: "Nobody will resume this run; it was closed.",
    None: "The journal has no end for this {unit}: the run was interrupted, or is still running.",
}
_IN_PLACE = (Ending.RENEWED, Ending.NOTHING_TO_DO)
_UNDER_WAY = (Ending.STOPPED, Ending.CLOSED, Ending.FAILED, None)


@dataclass(frozen=True, slots=True)
class Mark:
    """A word with its sign.

    Args:
        sign: one character.
        word: what it means.
        kind: `good`, `warn` or `bad`, for the colour.
    """

    sign: str
    word: str
    kind: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question that was answered with `Y`, as the device put it.

    Args:
        id: of its place in the page.
        text: as it was sent or received.
        answered: the attempts that met it.
    """

    id: str
    text: str
    answered: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class UnitView:
    """One unit of the page.

    Args:
        id: of its place in the page.
        facts: the unit's part of the evidence.
        mark: how it ended.
        meaning: what that says, in a sentence.
        code: the exit code it ended with.
        reason: why, where it did not end well; of a closed run, why it had stopped before.
        closed: why nobody will resume it.
        later: how the last command ended, if that is another story.
        advice: what is safe now and what to do next.
        looked: what the last look before it went on found of each node, beside what the journal said.
        remaining: the steps that are left.
        by_hand: the same as a procedure to be typed.
        by_plan: these are the steps of the plan that were not seen to end, nobody told them.
        states: each node before and after, as far as the job keeps that.
        questions: that were answered.
        timelines: one for each part of the run.
        begun_at: ISO 8601.
        ended_at: ISO 8601; None while it has no end.
        valid_until: when the first of its certificates expires, ISO 8601, where they are in place; None if that is
            not known, or it has none.
    """

    id: str
    facts: Document
    mark: Mark
    meaning: str
    code: int | None
    reason: str | None
    closed: str | None
    later: str | None
    advice: tuple[str, ...]
    looked: tuple[Document, ...]
    remaining: tuple[Document, ...]
    by_hand: str | None
    by_plan: bool
    states: tuple[tuple[Document, NodeState, NodeState], ...]
    questions: tuple[Question, ...]
    timelines: tuple[Timeline, ...]
    begun_at: str | None
    ended_at: str | None
    valid_until: str | None

    def question_of(self, attempt: Document) -> Question | None:
        """Return the question that an attempt met."""
        return next((one for one in self.questions if attempt["question"] == one.text), None)


def units(document: Document) -> tuple[UnitView, ...]:
    """Return the units of a run's document, each with its evidence."""
    told = {one["name"]: one for one in document.get("clusters", ())}
    return tuple(
        _unit(f"c{number}", facts, told.get(facts["name"]) or {}, document)
        for number, facts in enumerate(document["evidence"]["clusters"], 1)
    )


def result_mark(result: str) -> Mark:
    """Return the journal's word for the end of a step, with its sign."""
    return Mark(*_RESULTS.get(result, ("?", result, "warn")))


def moment(text: str | None) -> str:
    """Return an ISO 8601 time, in UTC, to the second."""
    return f"{text[:19].replace('T', ' ')} UTC" if text else "–"


def duration(seconds: float | None) -> str:
    """`under 0.1 s`, `0.4 s`, `12 s`, `3 min 20 s`, `2 h 05 min`."""
    if seconds is None:
        return "–"
    if seconds < 0.05:
        return "under 0.1 s"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def _unit(mine: str, facts: Document, told: Document, document: Document) -> UnitView:
    parts, attempts, told_at = facts["parts"], facts["attempts"], document.get("told_at")
    begun_last = max((part["begun_at"] for part in parts if part["outcome"] != Ending.CLOSED), default="")
    # What was told before the run was taken up again is no news any more.
    fresh = told if told_at is None or told_at >= begun_last else {}
    end = _end(parts, attempts)
    stop = _end([part for part in parts if part["outcome"] != Ending.CLOSED], attempts)
    word = end["outcome"] if end else (None if attempts else fresh.get("outcome"))
    later = None
    if end and fresh and fresh["outcome"] not in (word, Ending.NOTHING_TO_DO) and word != Ending.CLOSED:
        later = f"{document.get('command')}: {fresh['outcome']}" + (f" ({fresh['reason']})" if fresh["reason"] else "")
    remaining = tuple(fresh.get("remaining") or ()) if word in _UNDER_WAY else ()
    by_plan = word in _UNDER_WAY and word != Ending.FAILED and not remaining
    return UnitView(
        id=mine,
        facts=facts,
        mark=Mark(*OUTCOMES.get(word, ("?", str(word), "warn"))),
        meaning=_meaning(word, document["evidence"]["request"]),
        code=end["code"] if end and end["code"] is not None else fresh.get("code"),
        reason=stop["reason"] if stop else fresh.get("reason"),
        closed=end["reason"] if end and word == Ending.CLOSED else None,
        later=later,
        advice=tuple(fresh.get("advice") or ()) if word in _UNDER_WAY or not end else (),
        looked=tuple(fresh.get("nodes") or ()),
        remaining=tuple(_not_done(facts)) if by_plan else remaining,
        by_hand=by_hand_text(fresh["by_hand"]) if remaining and fresh.get("by_hand") else None,
        by_plan=by_plan,
        states=tuple(_states(facts)),
        questions=tuple(_questions(mine, attempts)),
        timelines=tuple(_timelines(mine, facts)),
        begun_at=parts[0]["begun_at"] if parts else None,
        ended_at=end["ended_at"] if end else None,
        valid_until=facts.get("valid_until") if word in _IN_PLACE else None,
    )


def _meaning(word: str | None, request: Document) -> str:
    if word == Ending.RENEWED:
        return texts_of(request.get("job", DATABASE_CLUSTER)).renewed
    return _MEANINGS.get(word, "").format(**words_of(request))


def _end(parts: Sequence[Document], attempts: Sequence[Document]) -> Document | None:
    """Return the last end in the journal, unless something was started after it."""
    ended: list[Document] = [part for part in parts if part["ended_at"]]
    if not ended:
        return None
    after = [one for one in attempts if (one["begun_at"] or one["ended_at"] or "") > ended[-1]["ended_at"]]
    return None if after else ended[-1]


def _not_done(facts: Document) -> Iterator[Document]:
    done = {
        (one["node"], one["action"], one["command"]) for one in facts["attempts"] if one["result"] == StepResult.DONE
    }
    # A step that was found done has no command in the journal.
    done |= {(node, action, None) for node, action, _ in done}
    planned = Counter((step["node"], step["action"]) for step in facts["plan"])
    for step in facts["plan"]:
        # One of two of a kind on a node is told by its command alone.
        is_only = planned[step["node"], step["action"]] == 1
        found = {(step["node"], step["action"], command) for command in (step["command"], *([None] if is_only else ()))}
        if not found & done:
            yield step


def _states(facts: Document) -> Iterator[tuple[Document, NodeState, NodeState]]:
    kept = [node for node in facts["nodes"] if "before" in node]
    names = {node["db_address"]: node["name"] for node in kept if node["db_address"]}
    for node in kept:
        yield node, state_of(node["before"], names), state_of(node["after"], names)


def _questions(mine: str, attempts: Iterable[Document]) -> Iterator[Question]:
    by_text: dict[str, list[Document]] = {}
    for one in attempts:
        if one["question"]:
            by_text.setdefault(one["question"], []).append(one)
    for number, (text, met) in enumerate(by_text.items(), 1):
        yield Question(f"{mine}-q{number}", text, tuple(met))


def _timelines(mine: str, facts: Document) -> Iterator[Timeline]:
    nodes = [node["name"] for node in facts["nodes"]]
    for number, part in enumerate(facts["parts"], 1):
        bars = [
            Stretch(one["node"], one["action"], _kind(one), begin, end)
            for one in facts["attempts"]
            if (begin := seconds_of(one["begun_at"])) is not None
            and (end := seconds_of(one["ended_at"])) is not None
            and part["begun_at"] <= one["begun_at"]
            and one["ended_at"] <= (part["ended_at"] or one["ended_at"])
        ]
        if bars:
            yield timeline(f"{mine}t{number}", nodes, bars)


def _kind(attempt: Document) -> str:
    return result_mark(attempt["verdicts"][0]["result"] if attempt["verdicts"] else attempt["result"]).kind
