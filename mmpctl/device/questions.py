"""The table of questions that may be answered, and the user's reviewed ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from mmpctl.device.answers.reviewed_texts import QUESTION, entries, load_lines, load_silent_releases, wrong
from mmpctl.device.answers.vocabulary import vocabulary
from mmpctl.device.terminal_text import squeeze

OPERATIONS: Final = ("remove", "initialize", "join", "connect")


@dataclass(frozen=True, slots=True)
class Question:
    """A whole text that may be answered with `Y`.

    Args:
        operation: one of `OPERATIONS`.
        text: the question as the device prints it.
        reviewed_by: who read and allowed it; empty for the questions that come with the program.
        date: when; empty likewise.
    """

    operation: str
    text: str
    reviewed_by: str = ""
    date: str = ""


class Recognition(Enum):
    """How far a text that the device shows instead of its prompt is the question that is expected."""

    EXPECTED = "expected"
    BEGUN = "begun"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class _Table:
    questions: tuple[Question, ...]
    never: tuple[str, ...]
    forbidden: re.Pattern[str]
    client: dict[str, Any]


def judge(text: str, operation: str, *, client: bool = False, reviewed: tuple[Question, ...] = ()) -> Recognition:
    """Tell whether a text is, as a whole, the question that the operation is expected to ask.

    Args:
        text: all that the device said after the command, without the echo.
        operation: one of `OPERATIONS`.
        client: the node is a client node, without a database of its own.
        reviewed: further questions that the user allows.

    Returns:
        `EXPECTED` for the whole question, `BEGUN` for a part of one from its start, else `UNKNOWN`.
    """
    said = squeeze(text)
    if says_never(said):
        return Recognition.UNKNOWN
    known = [squeeze(one.text) for one in (*_table().questions, *reviewed) if one.operation == operation]
    if said in known or (client and _fits_client(said, operation)):
        return Recognition.EXPECTED
    if any(one.startswith(said) for one in known) or (client and _begins_as_client(said, operation)):
        return Recognition.BEGUN
    return Recognition.UNKNOWN


def texts(operation: str, reviewed: tuple[Question, ...] = ()) -> tuple[str, ...]:
    """Return the questions that an operation may ask, as the device prints them: for people who type by hand.

    Args:
        operation: one of `OPERATIONS`; of `connect` no question is known.
        reviewed: further questions that the user allows.
    """
    return tuple(one.text.strip() for one in (*_table().questions, *reviewed) if one.operation == operation)


def says_never(text: str) -> bool:
    """Tell whether a text says what no question may say: that the node is already in a cluster.

    Args:
        text: what the device said.
    """
    said = squeeze(text).lower()
    return any(phrase in said for phrase in _table().never)


def load_reviewed(path: Path) -> tuple[Question, ...]:
    """Read the user's file of reviewed questions: a YAML list of operation, question, reviewed_by and date.

    Args:
        path: the file.

    Raises:
        UsageError: the file cannot be read, could be changed by others, or an entry is not right; names the cure.
    """
    return tuple(_reviewed(values, where) for where, values in entries(path, QUESTION))


def check_reviewed(path: Path) -> None:
    """Make sure that all entries of the user's file are right, whatever they are about; raises UsageError."""
    load_reviewed(path)
    load_lines(path)
    load_silent_releases(path)


def _reviewed(values: Mapping[str, str], where: str) -> Question:
    if values["operation"] not in OPERATIONS:
        raise wrong(f"{where}: operation {values['operation']!r} is not one of {', '.join(OPERATIONS)}", QUESTION)
    if not vocabulary().question.search(values["question"]):
        raise wrong(
            f"{where}: the text is not a question (it has no `(Y/n)`); write the whole question as it was shown",
            QUESTION,
        )
    if says_never(values["question"]):
        raise wrong(
            f"{where}: this question is for a node that is already in a cluster; it cannot be allowed", QUESTION
        )
    return Question(values["operation"], values["question"], values["reviewed_by"], values["date"])


def _fits_client(said: str, operation: str) -> bool:
    rule = _table().client
    sentence, mark, _ = said.partition(rule["end_of_sentence"])
    if operation not in rule["names"] or not mark or not sentence.startswith(rule["beginning"]):
        return False
    asked = sentence.removeprefix(rule["beginning"]).lower()
    return (
        asked.startswith(rule["names"][operation])
        and not any(word in asked for word in rule["forbidden_in_sentence"])
        and not any(word in said.lower() for word in rule["forbidden"])
        and not _table().forbidden.search(said.lower())
    )


def _begins_as_client(said: str, operation: str) -> bool:
    rule = _table().client
    beginning: str = rule["beginning"]
    in_sentence = said.startswith(beginning) and rule["end_of_sentence"] not in said
    return operation in rule["names"] and (in_sentence or beginning.startswith(said))


@cache
def _table() -> _Table:
    data = YAML(typ="safe").load(files("mmpctl.device").joinpath("questions.yaml").read_text("utf-8"))
    client = data["client"]
    return _Table(
        questions=tuple(Question(one["operation"], one["question"]) for one in data["questions"]),
        never=tuple(squeeze(phrase).lower() for phrase in data["never"]),
        forbidden=re.compile(client["forbidden_pattern"]),
        client={
            **client,
            "beginning": squeeze(client["beginning"]),
            "end_of_sentence": squeeze(client["end_of_sentence"]),
        },
    )
