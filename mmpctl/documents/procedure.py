"""The rest of a renewal as a procedure by hand: a part of other documents, and a file of a run."""

from __future__ import annotations

from typing import Any, TypedDict

from mmpctl.documents.forms import Sha256, Time
from mmpctl.documents.request import WordsDocument
from mmpctl.documents.step import StepDocument


class ProcedureNode(TypedDict):
    """How a person logs in to a node."""

    name: str
    prompt: str | None
    host_key: str | None
    ssh: str
    sftp: str


class TypedLine(TypedDict):
    """A line that a person types, and where."""

    node: str
    where: str
    line: str


class LookDocument(TypedDict):
    """A look at a node, and what must be seen to go on, in words and as facts of the status."""

    node: str
    line: str
    must_see: list[str]
    expect: dict[str, Any]


class QuestionDocument(TypedDict):
    """The question that an operation asks, and the one answer to it."""

    texts: list[str]
    note: str | None
    answer: str


class FileToSend(TypedDict):
    """A file that is sent to a node."""

    source: str
    name: str
    bytes: int
    sha256: Sha256


class _Instructions(TypedDict):
    """What a person types for one step, what must be seen before and after, and what to do if it is not."""

    begun_before: bool
    run_saw: str | None
    warning: str | None
    look_first: list[LookDocument]
    files: list[FileToSend]
    type: list[TypedLine]
    question: QuestionDocument | None
    must_see: list[str]
    expect: dict[str, Any] | None
    if_not: list[str]


class ProcedureStep(StepDocument, _Instructions):
    """One step, with its instructions."""


class ProcedureDocument(TypedDict):
    """The manual procedure for the steps of a unit that are left."""

    cluster: str
    words: WordsDocument
    # Null for a job whose nodes follow none.
    keeper: str | None
    keeper_address: str | None
    about: list[str]
    seen_at: Time
    expected: str
    left_out: list[str]
    nodes: list[ProcedureNode]
    rules: list[str]
    steps: list[ProcedureStep]
