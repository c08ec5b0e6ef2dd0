"""The words of a run: texts and exit codes are those of the contract."""

from __future__ import annotations

import json

import pytest

from mmpctl.cluster.target import Naming
from mmpctl.enums import Word
from mmpctl.runs.ending import Ending
from mmpctl.runs.record import FINAL, Event, StepResult


@pytest.mark.parametrize(
    ("ending", "text", "code", "is_last"),
    [
        (Ending.RENEWED, "renewed", 0, True),
        (Ending.NOTHING_TO_DO, "nothing to do", 0, True),
        (Ending.REFUSED, "refused", 5, False),
        (Ending.STOPPED, "stopped", 6, False),
        (Ending.FAILED, "failed", 8, True),
        (Ending.NOT_STARTED, "not started", 6, False),
        (Ending.CLOSED, "closed", 5, True),
    ],
)
def test_each_ending_has_its_text_and_its_exit_code(ending: Ending, text: str, code: int, is_last: bool) -> None:
    assert (json.dumps(ending), f"{ending}", ending.exit_code) == (f'"{text}"', text, code)
    assert ending.is_last is is_last


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        (Event, "keeper begun resumed intent question accepted outcome mark seen vouched end"),
        (StepResult, "done not-accepted refused unknown failed"),
        (Naming, "versioned same"),
    ],
)
def test_the_words_of_journals_and_requests_are_those_of_runs_from_before(words: type[Word], texts: str) -> None:
    assert [str(word) for word in words] == [text.replace("-", " ") for text in texts.split()]


def test_after_a_failure_the_node_is_looked_at_before_anything_else() -> None:
    assert set(StepResult) - set(FINAL) == {StepResult.UNKNOWN, StepResult.FAILED}
