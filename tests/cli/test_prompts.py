"""Only whole words, typed after the question on a terminal, are an answer."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest

from mmpctl.cli import prompts
from mmpctl.cli.prompts import ask_keeper, confirm_plan, may_ask, may_calls_drop, yes
from mmpctl.cluster.keeper import KeeperDecision
from mmpctl.documents.services.service_unit import ServiceUnit

DECISION = KeeperDecision(
    keeper="lon-1",
    proved=False,
    confirmed=False,
    refusals=(),
    open_questions=("no status proves the master: lon-1, lon-2 cannot show one",),
    evidence=("lon-1: not in a cluster (Disabled)", "lon-2: \x1b[2JEnabled; lon-1 is Disconnected"),
)
NODES = ("lon-1", "lon-2")


class Operator:
    """A person at a terminal, who answers when the prompt is there."""

    def __init__(self) -> None:
        self._master, slave = pty.openpty()
        self.stdin = os.fdopen(slave, "r", encoding="utf-8", closefd=False)
        self.stderr = os.fdopen(slave, "w", encoding="utf-8")
        self.seen = ""
        self._heeded = 0

    def types(self, text: str) -> None:
        """Type now."""
        os.write(self._master, text.encode())

    def at(self, prompt: str, act: Callable[[], object]) -> threading.Thread:
        """Watch for the prompt, after the one that was heeded last, then act."""

        def watch() -> None:
            while (found := self.seen.find(prompt, self._heeded)) < 0 and select.select([self._master], [], [], 20)[0]:
                self.seen += os.read(self._master, 4096).decode()
            self._heeded = max(self._heeded, found + len(prompt) if found >= 0 else 0)
            act()

        thread = threading.Thread(target=watch)
        thread.start()
        return thread

    def leaves(self) -> None:
        """Close the terminal."""
        self.stdin.close()
        self.stderr.close()
        os.close(self._master)


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Operator]:
    person = Operator()
    # Of the module alone: pytest sets those of the process anew when the test begins.
    monkeypatch.setattr(prompts, "sys", SimpleNamespace(stdin=person.stdin, stderr=person.stderr))
    yield person
    person.leaves()


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("yes\n", True),
        (" yes \n", True),
        ("\n", False),
        ("no\n", False),
        ("N\n", False),
        ("\x04", False),
    ],
)
def test_only_the_word_yes_is_yes(operator: Operator, typed: str, answer: bool) -> None:
    watching = operator.at("go on: ", lambda: operator.types(typed))
    assert yes("Record them") is answer
    watching.join(10)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (("y\n", "yes\n"), True),
        (("Yes\n", "YES\n", "yes\n"), True),
        (("y\n", "\n"), False),
        (("ja\n", "no\n"), False),
        (("y\n", "y\n", "y\n"), False),
    ],
)
def test_what_may_have_been_meant_as_yes_is_asked_for_again(
    operator: Operator, typed: tuple[str, ...], answer: bool
) -> None:
    """Whoever typed a reason for the keeper and then `y` had to begin again, and was told that nothing was changed."""

    def type_all() -> None:
        for text in typed:
            operator.at("go on: ", lambda text=text: operator.types(text)).join(30)  # type: ignore[misc]

    person = threading.Thread(target=type_all)
    person.start()
    assert yes("Record them") is answer
    person.join(30)
    assert operator.seen.count("Only the whole word 'yes'") == len(typed) - 1


def test_what_was_typed_before_the_question_is_no_answer(operator: Operator) -> None:
    operator.types("yes\n")
    watching = operator.at("go on: ", lambda: operator.types("no\n"))
    assert yes("Record them") is False
    watching.join(10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_no_even_where_signals_are_taken_otherwise(operator: Operator, number: signal.Signals) -> None:
    taken: list[int] = []
    before = signal.signal(number, lambda number, _: taken.append(number))
    try:
        watching = operator.at("go on: ", lambda: os.kill(os.getpid(), number))
        assert yes("Record them") is False
        watching.join(10)
        assert taken == []
        os.kill(os.getpid(), number)
        assert taken == [number]
    finally:
        signal.signal(number, before)


def test_a_signal_ends_the_question_whichever_thread_it_came_to(operator: Operator) -> None:
    answered = threading.Event()
    rescued: list[bool] = []

    def to_this_thread() -> None:
        # The thread that asks is not woken by it.
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
        if not answered.wait(20):
            rescued.append(True)
            operator.types("no\n")

    watching = operator.at("go on: ", to_this_thread)
    assert yes("Record them") is False
    answered.set()
    watching.join(30)
    assert not rescued


def test_the_keeper_is_typed_by_name_after_the_evidence_was_shown_and_then_the_reason(operator: Operator) -> None:
    def name_then_reason() -> None:
        operator.types("lon-1\n")
        operator.at("reason: ", lambda: operator.types("  it was the master on Friday \n")).join(10)

    watching = operator.at("name: ", name_then_reason)
    assert ask_keeper("lon-prod", DECISION, NODES) == ("lon-1", "it was the master on Friday")
    watching.join(10)
    for told in (
        "lon-prod: the keeper is not certain. Which",
        "lon-1: not in a cluster",
        "lon-1 is Disconnected",
        "no status proves the master",
    ):
        assert told in operator.seen
    assert "\x1b[2J" not in operator.seen


@pytest.mark.parametrize("typed", ["\n", "\x04"])
def test_no_name_is_no_keeper(operator: Operator, typed: str) -> None:
    watching = operator.at("name: ", lambda: operator.types(typed))
    assert ask_keeper("lon-prod", DECISION, NODES) is None
    watching.join(10)


def test_another_nodes_name_is_answered_at_once_with_what_to_do_if_it_was_the_master(operator: Operator) -> None:
    watching = operator.at("name: ", lambda: operator.types("lon-2\n"))
    assert ask_keeper("lon-prod", DECISION, NODES) == ("lon-2", "")
    watching.join(10)
    operator.at("type lon-1.", lambda: None).join(25)
    told = " ".join(re.sub(r"\x1b\[[\d;]*m", "", operator.seen).split())
    assert "lon-2 cannot be the keeper: the inventory's master is lon-1" in told
    assert "If lon-2 was the master, correct the inventory" in told and "reason:" not in told


def test_a_name_of_nobody_is_asked_again(operator: Operator) -> None:
    def then_the_right_one() -> None:
        operator.types("lon1\n")
        operator.at("lon-prod has no node lon1", lambda: None).join(10)
        operator.at("name: ", lambda: operator.types("lon-1\n")).join(10)
        operator.at("reason: ", lambda: operator.types("it was\n")).join(10)

    watching = operator.at("name: ", then_the_right_one)
    assert ask_keeper("lon-prod", DECISION, NODES) == ("lon-1", "it was")
    watching.join(10)


def test_what_the_traces_say_is_shown(operator: Operator) -> None:
    against = replace(DECISION, conclusions=("by their last commands …",), contradictions=("… is lost",))
    watching = operator.at("name: ", lambda: operator.types("\n"))
    assert ask_keeper("lon-prod", against, NODES) is None
    watching.join(10)
    assert "by their last commands …" in operator.seen and "… is lost" in operator.seen


@pytest.mark.parametrize("typed", ["\n", "   \n", "\x04"])
def test_without_a_reason_there_is_no_keeper(operator: Operator, typed: str) -> None:
    def name_then_nothing() -> None:
        operator.types("lon-1\n")
        operator.at("reason: ", lambda: operator.types(typed)).join(10)

    watching = operator.at("name: ", name_then_nothing)
    assert ask_keeper("lon-prod", DECISION, NODES) is None
    watching.join(10)


def test_a_plan_names_the_clusters_it_is_about(operator: Operator) -> None:
    watching = operator.at("go on: ", lambda: operator.types("yes\n"))
    assert confirm_plan(("lon-prod", "nyc-prod"))
    watching.join(10)
    assert "Renew lon-prod, nyc-prod?" in operator.seen


def unfolded(seen: str) -> str:
    """What was shown, without colours, and in one line."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", seen).split())


@pytest.mark.parametrize(
    ("units", "asked"),
    [
        (
            ["lon-edge-1 webbridge3"],
            "Renew webbridge3 of lon-edge-1? While it is off, the web sessions on this Web Bridge end",
        ),
        (
            ["lon-edge-1 turn", "lon-edge-2 turn"],
            "Renew turn of lon-edge-1, lon-edge-2? While it is off, the relayed media of external web clients ends",
        ),
        (["lon-1 callbridge-trust", "lon-1 callbridge"], "Renew callbridge of lon-1? While it restarts, the calls on"),
        (
            ["lon-1 webadmin", "lon-1 callbridge"],
            "Renew webadmin, callbridge of lon-1? The plan says what ends while each is off or restarts",
        ),
    ],
)
def test_a_plan_of_services_names_them_and_what_ends(operator: Operator, units: list[str], asked: str) -> None:
    pairs = [one.split() for one in units]
    about: list[ServiceUnit] = [
        {"name": node, "service": part, "outcome": None, "code": None, "reason": None} for node, part in pairs
    ]
    watching = operator.at("go on: ", lambda: operator.types("yes\n"))
    assert confirm_plan(("lon-prod",), about)
    watching.join(10)
    seen = unfolded(operator.seen)
    assert asked in seen and "Calls drop" not in seen


@pytest.mark.parametrize(
    ("nodes", "asked"),
    [
        (("lon-1",), "May the calls on lon-1 drop? Its Call Bridge restarts"),
        (("lon-1", "lon-2"), "May the calls on lon-1, lon-2 drop? Their Call Bridges restart, one after the other"),
    ],
)
def test_whether_calls_may_drop_is_a_question(operator: Operator, nodes: tuple[str, ...], asked: str) -> None:
    watching = operator.at("go on: ", lambda: operator.types("yes\n"))
    assert may_calls_drop(nodes)
    watching.join(10)
    assert asked in unfolded(operator.seen)
    # Nobody has seen the plan yet.
    assert "Nothing begins with this answer: the plan comes next" in unfolded(operator.seen)


def test_a_plan_without_work_asks_nothing(operator: Operator) -> None:
    assert confirm_plan(())


def test_nobody_is_asked_without_a_terminal(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    assert may_ask()
    for stdin, stderr in ((io.StringIO("yes\n"), operator.stderr), (operator.stdin, io.StringIO())):
        monkeypatch.setattr(prompts, "sys", SimpleNamespace(stdin=stdin, stderr=stderr))
        assert not may_ask()
