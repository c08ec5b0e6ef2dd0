"""The user's file of reviewed questions."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.device.questions import Question, Recognition, judge, load_reviewed
from mmpctl.errors import UsageError

GOOD = """
- operation: connect
  question: |
    Proceed with the connect of this Call Bridge? (Y/n)
    This takes a while.
  reviewed_by: Ada
  date: 2026-01-02
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "questions.yaml"
    path.write_text(text)
    return path


def test_a_reviewed_question_is_loaded_and_expected_for_its_operation_alone(tmp_path: Path) -> None:
    reviewed = load_reviewed(write(tmp_path, GOOD))
    text = "Proceed with the connect of this Call Bridge? (Y/n)\nThis takes a while.\n"
    assert reviewed == (Question("connect", text.strip(), "Ada", "2026-01-02"),)
    assert judge(text.replace(" ", "\n"), "connect", reviewed=reviewed) is Recognition.EXPECTED
    assert judge(text[:30], "connect", reviewed=reviewed) is Recognition.BEGUN
    assert judge(f"{text} And more.", "connect", reviewed=reviewed) is Recognition.UNKNOWN
    assert judge(text, "join", reviewed=reviewed) is Recognition.UNKNOWN
    assert judge(text, "connect") is Recognition.UNKNOWN


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("operation: connect", "operation: rollback", "not one of remove, initialize, join, connect"),
        ("reviewed_by: Ada", "", "reviewed_by is missing"),
        ("reviewed_by: Ada", "reviewed_by: ' '", "reviewed_by is missing"),
        ("reviewed_by: Ada", "reviewed: Ada", "unknown field reviewed"),
        ("2026-01-02", "tomorrow", "not written YYYY-MM-DD"),
        ("(Y/n)", "", "is not a question"),
        ("This takes a while.", "NOTE: This node is already in\n    a cluster.", "cannot be allowed"),
        (GOOD, "operation: connect", "the file must contain a list of questions"),
        (GOOD, "", "the file must contain a list of questions"),
        (GOOD, "[a]", "question 1: is not a mapping"),
        (GOOD, "a: [", "cannot be read"),
    ],
)
def test_an_entry_that_is_not_right_is_told(old: str, new: str, complaint: str, tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(UsageError) as caught:
        load_reviewed(path)
    assert complaint in caught.value.message
    assert str(path) in caught.value.message
    assert "reviewed_by" in caught.value.advice


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        load_reviewed(tmp_path / "nothing.yaml")


@pytest.mark.parametrize(
    ("operation", "rest", "verdict"),
    [
        ("remove", "remove this node's connection to the database cluster? (Y/n)", Recognition.EXPECTED),
        ("remove", "remove this node from the cluster it is connected to? (Y/n)", Recognition.EXPECTED),
        ("remove", "remove this node? (Y/n)\nAll active calls will be lost.", Recognition.EXPECTED),
        ("connect", "connect this node? (Y/n)", Recognition.EXPECTED),
        ("remove", "disconnect and remove this node? (Y/n)", Recognition.UNKNOWN),
        ("connect", "join and connect this node? (Y/n)", Recognition.UNKNOWN),
        (
            "connect",
            "connect this node? (Y/n)\nThe contents of this node's database will be replaced!",
            Recognition.UNKNOWN,
        ),
        ("connect", "connect this node? (Y/n)\nThe contents of this node will be lost.", Recognition.UNKNOWN),
    ],
)
def test_a_client_s_question_has_the_verb_right_after_its_beginning(
    operation: str, rest: str, verdict: Recognition
) -> None:
    text = f"WARNING!!!\nAre you sure you wish to {rest}"
    assert judge(text, operation, client=True) is verdict
    assert judge(text, operation) is not Recognition.EXPECTED
