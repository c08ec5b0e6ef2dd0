"""What a journal's records add up to: settled, open, and who the keeper is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mmpctl.cluster.progress import History
from mmpctl.runs.record import Event, Record, StepResult
from mmpctl.runs.step_history import history_of
from tests.cluster.cases import keys

END, INTENT, KEEPER, OUTCOME, QUESTION, RESUMED = (
    Event.END,
    Event.INTENT,
    Event.KEEPER,
    Event.OUTCOME,
    Event.QUESTION,
    Event.RESUMED,
)
DONE, FAILED, NOT_ACCEPTED, REFUSED, UNKNOWN = (
    StepResult.DONE,
    StepResult.FAILED,
    StepResult.NOT_ACCEPTED,
    StepResult.REFUSED,
    StepResult.UNKNOWN,
)


def record(event: str, step: str | None = None, result: str | None = None, **changes: str | None) -> Record:
    """A record of lon-prod."""
    made = Record(1, "", event, "lon-prod", step=step, result=result)
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("results", "settled", "intended"),
    [
        ([], False, True),
        ([DONE], True, False),
        ([NOT_ACCEPTED], False, False),
        ([REFUSED], False, False),
        ([UNKNOWN], False, True),
        ([FAILED], False, True),
        ([UNKNOWN, DONE], True, False),
        ([UNKNOWN, NOT_ACCEPTED], False, False),
    ],
)
def test_history_of_one_step(results: list[str], settled: bool, intended: bool) -> None:
    outcomes = [record(OUTCOME, "remove:lon-2", result) for result in results]
    history = history_of([record(INTENT, "remove:lon-2"), *outcomes], "lon-prod")
    assert (history.has("remove", "lon-2"), history.was_intended("remove", "lon-2")) == (settled, intended)


def test_history_is_of_one_cluster() -> None:
    records = [record(KEEPER, node="osl-1", cluster="osl-prod"), record(INTENT, "join:osl-2", cluster="osl-prod")]
    assert history_of(records, "lon-prod") == History()
    assert history_of(records, "osl-prod") == History(frozenset(), keys("join:osl-2"), "osl-1")


def test_a_step_begun_anew_is_open_until_it_ends() -> None:
    again = [record(INTENT, "join:lon-2"), record(OUTCOME, "join:lon-2", DONE), record(INTENT, "join:lon-2")]
    assert not history_of(again, "lon-prod").has("join", "lon-2")
    assert history_of([*again, record(OUTCOME, "join:lon-2", DONE)], "lon-prod").has("join", "lon-2")


def test_an_accepted_initialize_is_never_forgotten() -> None:
    for late in ([], [record(INTENT, "initialize:lon-1"), record(OUTCOME, "initialize:lon-1", REFUSED)]):
        records = [record(INTENT, "initialize:lon-1"), record(OUTCOME, "initialize:lon-1", DONE), *late]
        assert history_of(records, "lon-prod").has("initialize", "lon-1")


def test_records_without_a_step_are_no_steps() -> None:
    records = [record(INTENT), record(OUTCOME, None, DONE), record(QUESTION, "remove:lon-2"), record(END)]
    assert history_of(records, "lon-prod") == History()


def test_the_keeper_is_the_one_that_the_run_began_with() -> None:
    records = [record(KEEPER, node="lon-1"), record(INTENT, "remove:lon-2"), record(KEEPER, node="lon-2")]
    assert history_of(records, "lon-prod").keeper == "lon-1"


def test_what_was_taken_for_done_can_be_taken_back() -> None:
    done = [record(INTENT, "remove:lon-2"), record(OUTCOME, "remove:lon-2", DONE)]
    history = history_of([*done, record(OUTCOME, "remove:lon-2", REFUSED)], "lon-prod")
    assert not history.has("remove", "lon-2") and not history.was_intended("remove", "lon-2")


def test_nothing_is_believed_at_a_resume_before_the_cluster_is_opened() -> None:
    backup = [record(INTENT, "backup:lon-1"), record(OUTCOME, "backup:lon-1", DONE), record(INTENT, "upload:lon-1")]
    assert history_of([*backup, record(RESUMED)], "lon-prod") == History()
    opened = history_of([*backup, record(INTENT, "remove:lon-2"), record(RESUMED)], "lon-prod")
    assert opened.has("backup", "lon-1") and opened.was_intended("upload", "lon-1")
