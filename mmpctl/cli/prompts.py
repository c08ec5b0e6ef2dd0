"""How an operator is asked: on a terminal only, answered by typing whole words; all else is no.

What a renewal asks, and when, is in `confirmation.py`.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

from rich.console import RenderableType
from rich.text import Text

from mmpctl.cluster.database_words import DATABASE_CLUSTER
from mmpctl.cluster.keeper import KeeperDecision
from mmpctl.documents.services.service_unit import ServiceUnit
from mmpctl.reports.output import show
from mmpctl.reports.streams import is_terminal
from mmpctl.reports.widgets import block, bullets, words
from mmpctl.services.renewable import TakesEffect
from mmpctl.services.seen_services import UnitKey
from mmpctl.services.switched_services import all_in_turn

YES = "yes"
_NO: Final = ("n", "no", "q", "quit", "exit", "stop")
_TIMES_AGAIN: Final = 2
_CALLS_DROP: Final = "Calls drop while nodes restart"
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def may_ask() -> bool:
    """Return whether a person can be asked: standard input and standard error are a terminal."""
    return is_terminal(sys.stdin) and is_terminal(sys.stderr)


def ask_keeper(cluster: str, decision: KeeperDecision, nodes: Sequence[str]) -> tuple[str, str] | None:
    """Ask for the node whose database must survive, after showing what is known of each, and then for the reason.

    A wrong name is answered at once: why it cannot be the keeper, and what to do if that node was the master.

    Args:
        cluster: the cluster's name.
        decision: what is known about the keeper.
        nodes: the names of the cluster's nodes.

    Returns:
        The name of a node, right or wrong, and the reason, one line, which is not asked for a wrong one; None when
        one of them was not given: no answer, the end of input, or Ctrl-C.
    """
    keeper = decision.keeper
    question = block(
        Text(""),
        words(f"{cluster}: the keeper is not certain. Which node's database must survive?", "bold"),
        bullets(decision.open_questions, "?", "yellow"),
        Text("What is known of the nodes:"),
        bullets(decision.evidence),
        bullets(decision.conclusions, "→", "bold"),
        bullets(decision.contradictions, "✗", "bold red"),
        words(f"The inventory's master is {keeper}. Only its database can be kept."),
        words("If it is the right one, type its name. Press Enter only to leave the cluster as it is."),
    )
    name = _answer(question, "name: ")
    while name is not None and name != keeper:
        if name in nodes:
            show(words(_if_it_was(name, keeper), "bold red"), sys.stderr)
            return name, ""
        unknown = f"{cluster} has no node {name}. Its nodes are {', '.join(nodes)}. Type {keeper}, or press Enter only."
        name = _answer(words(unknown, "bold red"), "name: ")
    if name is None:
        return None
    reason = _answer(
        words("Why is it the right one? One line, kept in the run. Press Enter only to leave the cluster as it is."),
        "reason: ",
    )
    return (name, reason) if reason is not None else None


def _if_it_was(name: str, keeper: str) -> str:
    return (
        f"{name} cannot be the keeper: the inventory's master is {keeper}, and only the master's database is kept. "
        f"Nothing was changed. If {name} was the master, correct the inventory (role master for {name}, role slave for "
        f"{keeper}) and give the command again. If you meant {keeper}, give the command again and type {keeper}."
    )


def confirm_plan(ready: Sequence[str], services: Sequence[ServiceUnit] = ()) -> bool:
    """Ask whether the plan that was shown shall be carried out.

    Args:
        ready: the clusters that it is about; for none there is nothing to ask, and nothing against going on.
        services: what it is about, if it is services.
    """
    return not ready or yes(_about(services) if services else f"Renew {', '.join(ready)}? {_CALLS_DROP}")


def may_go_on(jobs: Iterable[str]) -> bool:
    """Ask whether the steps that are left of a run, and that were shown, shall be carried out.

    Args:
        jobs: what the run does: the names of its jobs.
    """
    return yes(f"Go on with these steps?{f' {_CALLS_DROP}' if DATABASE_CLUSTER in jobs else ''}")


def _about(services: Sequence[ServiceUnit]) -> str:
    keys = [UnitKey.of_part(one["name"], one["service"]) for one in services]
    several = all_in_turn(key.service for key in keys)
    nodes = ", ".join(dict.fromkeys(key.node for key in keys))
    meanwhile = "The plan says what ends while each is off or restarts"
    if len(several) == 1:
        [only] = several
        while_ = "is off" if only.takes_effect is TakesEffect.OFF_AND_ON else "restarts"
        meanwhile = f"While it {while_}, {only.interrupts}"
    return f"Renew {', '.join(one.name for one in several)} of {nodes}? {meanwhile}"


def may_calls_drop(nodes: Sequence[str]) -> bool:
    """Ask whether the calls on nodes may drop.

    Args:
        nodes: inventory names of those whose Call Bridges restart.
    """
    who = "Its Call Bridge restarts" if len(nodes) == 1 else "Their Call Bridges restart, one after the other"
    then = "Nothing begins with this answer: the plan comes next, and you are asked again"
    return yes(f"May the calls on {', '.join(nodes)} drop? {who}. {then}")


def yes(question: str) -> bool:
    """Ask a question that only the whole word `yes` answers with yes.

    An answer that may have been meant so, such as `y`, is neither yes nor no: it is asked for again.

    Args:
        question: without its question mark at the end or with one within.
    """
    prompt = f"type '{YES}' to go on: "
    said = _answer(words(question, "bold"), prompt)
    for _ in range(_TIMES_AGAIN):
        if said is None or said == YES or said.lower() in _NO:
            break
        said = _answer(
            words(f"Only the whole word '{YES}', in small letters, goes on. Press Enter only for no."), prompt
        )
    return said == YES


def _answer(question: RenderableType, prompt: str) -> str | None:
    show(question, sys.stderr)
    # What was typed before the question was there is no answer to it.
    termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
    try:
        with _signals_end_the_question() as until_typed:
            sys.stderr.write(prompt)
            sys.stderr.flush()
            until_typed()
            line = sys.stdin.readline()
    except KeyboardInterrupt:
        line = ""
    if not line.endswith("\n"):
        sys.stderr.write("\n")
        return None
    return line.strip() or None


@contextmanager
def _signals_end_the_question() -> Iterator[Callable[[], object]]:
    """Nothing has been changed yet: a wish to stop is the answer no, at once.

    What it gives waits for a line or a signal. Reading alone does not: a signal just before the call that reads, or in
    another thread, would be noticed only with the next line.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    heard, told = os.pipe()
    os.set_blocking(told, False)
    woken = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    try:
        yield lambda: select.select([sys.stdin, heard], [], [])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(woken)
        os.close(heard)
        os.close(told)
