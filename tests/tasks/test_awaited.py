"""What looks at a node prove of something that is awaited there, whatever it is that they show."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from mmpctl import tasks
from mmpctl.errors import MmpError, VerificationError
from mmpctl.tasks.awaited import Awaited, Lasting, NotAccepted, Sight

SECONDS = 60.0


class Quiet(Lasting[str]):
    """A node that shows nothing for long has ended well, if it showed something before."""

    def shows(self, state: str) -> bool:
        return state == "nothing"

    def proves(self, has_moved: bool) -> bool:
        return has_moved

    def error(self, state: str, is_untouched: bool) -> MmpError | None:
        return None if is_untouched else VerificationError("it never moved", code="quiet")


class Noisy(Lasting[str]):
    """A node that is noisy for long needs a person."""

    def shows(self, state: str) -> bool:
        return state == "noise"

    def error(self, state: str, is_untouched: bool) -> MmpError | None:
        return VerificationError("it makes a noise", code="noise")


@dataclass
class Service(Awaited[str]):
    """A service that is enabled: what it shows is one word."""

    command: str = "webbridge3 enable"
    before: str = "off"

    def reached(self, state: str) -> bool:
        return state == "on"

    def untouched(self, state: str) -> bool:
        return state == self.before

    def failed(self, state: str) -> MmpError | None:
        return VerificationError("it failed", code="failed") if state in ("FAILURE", self.before) else None

    def lasting(self) -> Sequence[Lasting[str]]:
        return (Noisy(), Quiet())

    def read(self, task: object) -> str:
        return "off"


def looked_at(*states: str, before: str = "off") -> bool:
    """Whether the looks, ten seconds apart, prove the end; raises what they prove instead."""
    sight = Sight(Service(before=before), SECONDS)
    return any(sight.proves(state, 10.0 * number) for number, state in enumerate(states))


def test_one_look_at_the_wanted_state_is_enough() -> None:
    assert looked_at("on") and looked_at("off", "starting", "on")
    assert not looked_at("off", "starting", "starting")


def test_the_old_state_is_no_failure_until_it_has_lasted() -> None:
    assert not looked_at(*["off"] * 7)
    with pytest.raises(NotAccepted, match="does not show 'webbridge3 enable'"):
        looked_at(*["off"] * 8)
    assert not looked_at(*["off"] * 7, "starting", *["off"] * 7)


def test_a_failure_counts_at_the_first_look() -> None:
    with pytest.raises(VerificationError, match="it failed"):
        looked_at("off", "FAILURE")


def test_what_proves_something_only_if_it_lasts_is_counted_in_a_row() -> None:
    assert not looked_at("starting", *["nothing"] * 7)
    assert looked_at("starting", *["nothing"] * 8)
    assert not looked_at(*["nothing"] * 6, "starting", *["nothing"] * 6)
    with pytest.raises(VerificationError, match="makes a noise"):
        looked_at("starting", *["noise"] * 8)
    with pytest.raises(NotAccepted):
        looked_at(*["nothing"] * 8, before="nothing")


def test_looks_before_an_interruption_do_not_count() -> None:
    sight = Sight(Service(), SECONDS)
    for number in range(7):
        sight.proves("off", 10.0 * number)
    sight.interrupt()
    assert not sight.proves("off", 70.0)


def test_the_patient_loop_knows_no_database() -> None:
    room = Path(tasks.__file__).parent
    for name in ("awaited.py", "wait_for_state.py", "patience.py"):
        modules = [
            node.module for node in ast.walk(ast.parse((room / name).read_text())) if isinstance(node, ast.ImportFrom)
        ]
        assert modules and not [one for one in modules if one and one.startswith("mmpctl.cluster")], name
