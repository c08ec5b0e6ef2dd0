"""Processes that die at each step on the disk, one after the other, until the work comes to its end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

# Steps on the disk, and the start of another process, before each of which a process may die.
_STEPS = (
    *("open", "os.rename", "os.link", "os.mkdir", "os.remove", "os.truncate", "tempfile.mkstemp", "tempfile.mkdtemp"),
    "subprocess.Popen",
)
_DIED = 9


def at_each_death(act: Callable[[], object], check: Callable[[], None]) -> int:
    """Let a process die at its first step, the next one at its second, and so on, until one lives.

    Args:
        act: the work; it goes on with what the dead have left.
        check: called after each death.

    Returns:
        How many steps the last one had, and one more.
    """
    step = 1
    while not _dies_at(step, act):
        check()
        step += 1
    return step


def _dies_at(step: int, act: Callable[[], object]) -> bool:
    """Whether a process that ends without a word at its n-th step on the disk got to the end of its work before."""
    child = os.fork()
    if child == 0:
        count = 0

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal count
            if event in _STEPS and not str(arguments[0]).endswith((".py", ".pyc", ".so")):
                count += 1
                if count == step:
                    os._exit(_DIED)

        code = 1
        try:
            sys.addaudithook(hook)
            act()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, _DIED), "the work itself failed"
    return code == 0
