"""What a run has done: settled, begun, and begun anew."""

from __future__ import annotations

from mmpctl.cluster.progress import NOTHING_DONE, History, step_key


def test_keys() -> None:
    assert step_key("remove", "lon-1") == "remove:lon-1"
    assert step_key("backup", "lon-1", again=True) == "backup:lon-1:again"


def test_nothing_is_done_at_first() -> None:
    assert not NOTHING_DONE.has("remove", "lon-1")
    assert not NOTHING_DONE.was_intended("remove", "lon-1")
    assert NOTHING_DONE.keeper is None


def test_settled_and_intended_are_told_apart() -> None:
    history = History(frozenset({"remove:lon-1"}), frozenset({"remove:lon-2"}))
    assert history.has("remove", "lon-1") and not history.was_intended("remove", "lon-1")
    assert history.was_intended("remove", "lon-2") and not history.has("remove", "lon-2")
    assert not history.has("remove", "lon-1", again=True)


def test_a_step_that_was_begun_anew_is_not_done() -> None:
    history = History(frozenset({"join:lon-2"}), frozenset({"join:lon-2"}))
    assert not history.has("join", "lon-2")
    assert history.was_intended("join", "lon-2")
