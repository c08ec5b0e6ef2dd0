"""No text of a node holds the interpreter up: the cost of each pattern grows with the text, and not with its square."""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Callable

import pytest

from mmpctl.device.answers.parse import commands, parse, strip_session
from mmpctl.device.receive_buffer import ANSWER_LIMIT, Received
from mmpctl.device.redaction import redact
from mmpctl.device.terminal_text import ends_with_prompt, plain, squeeze, without_echo, without_prompts, without_redraws
from mmpctl.errors import MmpError
from tests.support.gate import some
from tests.support.patterns import PIECES, WAYS, Pattern, patterns, sources, texts

SIZE, TIMES = 1024, 8
# Between what is linear (8) and what is not (64 and more), with room for a machine that does other things meanwhile.
GROWTH = 28
# Seconds of the processor's own time; whatever takes less on the long text is quick enough however it grows.
UNSEEN = 0.004
PROMPT = "cms2> "
# Modules that use patterns of the caller's own.
GIVEN = ("netmiko_calls.py", "reviewed_texts.py")


def seconds(work: Callable[[], object], runs: int = 1) -> float:
    """The least processor time of several runs: what else the machine does only adds to it."""
    best = float("inf")
    for _ in range(runs):
        start = time.thread_time()
        work()
        best = min(best, time.thread_time() - start)
    return best


def grows_too_fast(short: Callable[[], object], long: Callable[[], object]) -> bool:
    """Whether a text that is eight times as long costs far more than eight times as much, however often it is tried."""
    for runs in (1, 5, 15):
        after = seconds(long, runs)
        if after < UNSEEN or after < GROWTH * seconds(short, runs):
            return False
    return True


@pytest.mark.parametrize("pattern", list(patterns()), ids=lambda pattern: pattern.name)
def test_each_pattern_is_linear(pattern: Pattern) -> None:
    slow = []
    for text in texts(pattern):
        short = text.of(SIZE)
        if seconds(lambda: pattern.used_on(short)) < UNSEEN / GROWTH:  # noqa: B023
            continue
        long = text.of(SIZE * TIMES)
        if grows_too_fast(lambda: pattern.used_on(short), lambda: pattern.used_on(long)):  # noqa: B023
            slow.append(text)
            break
    assert slow == []


def test_the_test_sees_a_pattern_that_is_not_linear() -> None:
    lame = Pattern("lame", re.compile(r"([ \t]*)[A-Za-z][\w ]*[ \t]+:"), ("match",))
    with pytest.raises(AssertionError):
        test_each_pattern_is_linear(lame)


def test_no_pattern_is_made_where_this_test_cannot_see_it() -> None:
    hidden = []
    for path, tree in sources():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "re"
                and node.func.attr in WAYS
                and path.name not in GIVEN
            ):
                hidden.append(f"{path.name}:{node.lineno}")
    assert hidden == []


def _read(command: str) -> Callable[[str], object]:
    def read(text: str) -> object:
        try:
            return parse(command, text)
        except MmpError as error:
            return str(error)

    return read


def _received(text: str) -> object:
    received = Received(len(text))
    for start in range(0, len(text), 1000):
        received.add(text[start : start + 1000])
        assert len(received.tail) <= 2048
    return received.text


WORK: dict[str, Callable[[str], object]] = {
    "received": _received,
    "plain": plain,
    "squeeze": squeeze,
    "ends_with_prompt": lambda text: ends_with_prompt(text, PROMPT),
    "ends_with_prompt, redrawn": lambda text: ends_with_prompt(text, PROMPT, redrawn=True),
    "without_prompts": lambda text: without_prompts(text, PROMPT),
    "without_echo": lambda text: without_echo(text, "database cluster status", PROMPT),
    "without_redraws": without_redraws,
    "redact": redact,
    "strip_session": strip_session,
}
READ = {f"parse {command}": _read(command) for command in commands()}


@pytest.mark.parametrize("name", [*WORK, *some(READ, every=5)])
def test_a_whole_answer_is_read_in_a_time_that_grows_with_it(name: str) -> None:
    work = (WORK | READ)[name]
    pieces = (
        *PIECES,
        PROMPT,
        f"{PROMPT}\r",
        f"{PROMPT}\n",
        "x" * 1500 + "\n",
        "password: x\n",
        "\x1b[",
        "\x1b]",
        "Status : x\n",
    )
    size = ANSWER_LIMIT // 16 // TIMES
    slow = []
    for piece in pieces:
        short, long = piece * (size // len(piece)), piece * (TIMES * size // len(piece))
        if grows_too_fast(lambda: work(short), lambda: work(long)):  # noqa: B023
            slow.append(piece[:20])
    assert slow == []
