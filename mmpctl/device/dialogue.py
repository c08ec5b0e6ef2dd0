"""The one way to confirm a command: only the whole expected question is answered, and only with `Y`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NoReturn

from mmpctl.device.answers.vocabulary import vocabulary
from mmpctl.device.questions import OPERATIONS, Question, Recognition, judge, says_never
from mmpctl.device.receive_buffer import Received
from mmpctl.device.redaction import redact
from mmpctl.device.shell import ENTER, Shell
from mmpctl.device.terminal_text import squeeze
from mmpctl.errors import (
    CommandRefused,
    ConnectionLost,
    DialogueError,
    MmpError,
    NoPrompt,
    OutcomeUnknown,
    UnknownQuestion,
)

YES: Final = "Y"
_GAPS_OF_QUIET: Final = 3
# A late note may tell that the node to be joined is in a cluster already; and of a client's question, whose wording is
# known in part only, no text tells that it is whole.
_PATIENCE: Final = 3
_LONGEST_QUESTION: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A command that was asked about, confirmed, and answered by the prompt.

    Args:
        question: the question as it came.
        output: what the device said after the answer.
    """

    question: str
    output: str


def ask(
    shell: Shell,
    line: str,
    operation: str,
    *,
    client: bool = False,
    reviewed: tuple[Question, ...] = (),
    before_answer: Callable[[str], None] | None = None,
    deadline: float = 60.0,
) -> Confirmed:
    """Send a command that asks for confirmation, and confirm it.

    Args:
        shell: the session, at its prompt.
        line: the command.
        operation: what it is expected to ask about: remove, initialize, join or connect.
        client: the node is a client node, without a database of its own.
        reviewed: questions that the user allows beside the known ones.
        before_answer: called with the question right before it is answered; what it raises prevents the answer.
        deadline: seconds for the question, and again for the prompt after the answer.

    Raises:
        CommandRefused: the device refused, before or after the question.
        UnknownQuestion: it asked something else; not answered, session closed.
        ConnectionLost: the session ended before the answer (code `lost-before-answer`): nothing was confirmed.
        NoPrompt: neither question nor prompt came in time; nothing was confirmed, session closed.
        OutcomeUnknown: the answer went out and the prompt did not come back, or nothing was asked at all: the command
            may be running.
    """
    if operation not in OPERATIONS:
        raise DialogueError(f"{operation!r} is not a known operation", code="bad-command")
    try:
        question = _question(shell, line, operation, client=client, reviewed=reviewed, deadline=deadline)
    except ConnectionLost as lost:
        raise ConnectionLost(
            f"{lost.message} before `{line}` was confirmed",
            code="lost-before-answer",
            advice="Nothing was confirmed. Check that the node is up, then try again.",
        ) from lost
    shell.record("received", question)
    if before_answer is not None:
        _tell(shell, line, before_answer, question)
    return Confirmed(redact(question), _answer(shell, line, deadline))


def _question(
    shell: Shell, line: str, operation: str, *, client: bool, reviewed: tuple[Question, ...], deadline: float
) -> str:
    shell.begin(line)
    until = time.monotonic() + deadline
    longest_gap = 0.0
    last = None
    while True:
        text = shell.answer_to(line)
        if shell.prompt_came() and not shell.prompt_came_alone():
            raise _not_asked(line, shell.finish(line))
        if len(text) > _LONGEST_QUESTION or shell.received.cut:
            _unanswered(shell, line, text, asks=True)
        found = judge(text, operation, client=client, reviewed=reviewed)
        asks = bool(vocabulary().question.search(squeeze(text)))
        prompted = shell.prompt_came_alone() or shell.prompt_was_drawn_over()
        settled = found is Recognition.EXPECTED or (found is Recognition.UNKNOWN and asks) or prompted
        # More lines may follow the question mark: a device is silent when it has been so for several of its own pauses.
        patience = _PATIENCE if client or operation == "join" else 1
        quiet = max(shell.quiet_seconds * patience, _GAPS_OF_QUIET * longest_gap)
        if shell.receive(min(until, time.monotonic() + quiet) if settled else until):
            now = time.monotonic()
            if text.strip() and last is not None:
                longest_gap = max(longest_gap, now - last)
            last = now
            continue
        if settled and time.monotonic() < until:
            if found is Recognition.EXPECTED:
                return text
            if not asks:
                raise _not_asked(line, shell.finish(line))
        _unanswered(shell, line, text, asks)


def _not_asked(line: str, output: str) -> MmpError:
    if vocabulary().refuses(output):
        return CommandRefused(f"`{line}` was refused: {_first_line(output)}", text=output)
    # A release may do it without a question: that nothing was asked is no proof that nothing was started.
    return OutcomeUnknown(
        f"the device did not ask about `{line}`, and may have started it: {_first_line(output)}",
        advice="Check the node's status before anything is sent again.",
    )


def _unanswered(shell: Shell, line: str, text: str, asks: bool) -> NoReturn:
    shell.close()
    said = redact(text)
    shell.record("received", said)
    if not asks:
        raise NoPrompt(
            f"neither the question nor the prompt came after `{line}`",
            advice="Nothing was answered, and the session was closed. Check the node before anything is sent again.",
        )
    if says_never(said):
        raise UnknownQuestion(
            f"the device answered `{line}` with a question for a node that is already in a cluster; it was not "
            f"answered",
            text=said,
            advice="The node is not in the observed state. Check its status. The session was closed.",
        )
    raise UnknownQuestion(
        f"the device answered `{line}` with an unknown question, or kept sending text; it was not answered",
        text=said,
        advice="Read the question. If it is the expected one, add it to your reviewed questions in the file "
        "questions.yaml beside the inventory, a list of operation, question, reviewed_by and date. The session was "
        "closed.",
    )


def _tell(shell: Shell, line: str, before_answer: Callable[[str], None], question: str) -> None:
    try:
        before_answer(redact(question))
        arrived = shell.receive(0.0)
    except ConnectionLost as lost:
        raise ConnectionLost(
            "the connection ended before the question was answered",
            code="lost-before-answer",
            advice="Nothing was confirmed. Check that the node is up, then try again.",
        ) from lost
    except BaseException:
        shell.close()
        raise
    if arrived:
        _unanswered(shell, line, shell.received.text, asks=True)


def _answer(shell: Shell, line: str, deadline: float) -> str:
    shell.received = Received()
    until = time.monotonic() + deadline
    shell.record("sent", YES)
    try:
        shell.send(YES)
        shell.send(ENTER)
        while not _is_back(shell):
            if not shell.receive(until):
                shell.close()
                raise _unknown(line, f"the prompt was not back {deadline:g} s after it was confirmed")
    except MmpError as error:
        if isinstance(error, OutcomeUnknown):
            raise
        raise _unknown(line, f"{error.message} right after it was confirmed") from error
    try:
        _take_second_prompt(shell, line, until)
    except OutcomeUnknown:
        raise
    except MmpError as error:
        raise _unknown(line, f"{error.message} after it was confirmed") from error
    output = shell.finish(YES)
    if vocabulary().refuses(output):
        # What is said after the answer was never seen: it may speak of the operation, or of something beside it.
        raise _unknown(line, f"the device reported '{_first_line(output)}' after it was confirmed")
    return output


def _is_back(shell: Shell) -> bool:
    # The echo of Y may stand before the prompt without a line end between them.
    prompted = shell.prompt_came() or shell.prompt_was_drawn_over()
    return prompted or shell.received.text.strip("\r\n") == YES + shell.prompt


def _take_second_prompt(shell: Shell, line: str, until: float) -> None:
    # Where the device did not want the Enter, it prints a second prompt for it, which must not end the next command.
    try:
        while shell.receive(min(until, time.monotonic() + shell.quiet_seconds)):
            continue
        while not _is_back(shell):
            if not shell.receive(until):
                shell.close()
                raise _unknown(line, "the device sent more text after its prompt")
    except ConnectionLost:
        shell.record("note", "the connection ended after the prompt was back")


def _unknown(line: str, why: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"`{line}`: {why}; the command may be running", advice="Check the node's status before anything is sent again."
    )


def _first_line(output: str) -> str:
    return next((line.strip() for line in output.splitlines() if line.strip()), "it sent no text")
