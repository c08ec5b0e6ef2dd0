"""What a run has done: settled, begun, and begun anew."""

from __future__ import annotations

import pytest

from mmpctl.cluster.progress import NOTHING_DONE, History
from mmpctl.cluster.step import StepKey
from tests.cluster.cases import keys


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (StepKey("remove", "lon-1"), "remove:lon-1"),
        (StepKey("backup", "lon-1", again=True), "backup:lon-1:again"),
        (StepKey("remove", "rack:2"), "remove:rack:2"),
        (StepKey("hostname", "again"), "hostname:again"),
        (StepKey("disable", "lon-1", part="webadmin"), "disable:lon-1/webadmin"),
        (StepKey("certs", "lon-1", again=True, part="webbridge3 c2w"), "certs:lon-1/webbridge3 c2w:again"),
    ],
)
def test_a_key_is_its_text_in_a_journal(key: StepKey, text: str) -> None:
    assert str(key) == text
    assert StepKey.parse(text) == key


def test_nothing_is_done_at_first() -> None:
    assert not NOTHING_DONE.has("remove", "lon-1")
    assert not NOTHING_DONE.was_intended("remove", "lon-1")
    assert NOTHING_DONE.keeper is None


def test_settled_and_intended_are_told_apart() -> None:
    history = History(keys("remove:lon-1"), keys("remove:lon-2"))
    assert history.has("remove", "lon-1") and not history.was_intended("remove", "lon-1")
    assert history.was_intended("remove", "lon-2") and not history.has("remove", "lon-2")
    assert not history.has("remove", "lon-1", again=True)


def test_a_step_that_was_begun_anew_is_not_done() -> None:
    history = History(keys("join:lon-2"), keys("join:lon-2"))
    assert not history.has("join", "lon-2")
    assert history.was_intended("join", "lon-2")
