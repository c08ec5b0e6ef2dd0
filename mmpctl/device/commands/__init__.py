"""The commands that read: a module each, with what it reports as typed facts and its declaration in `COMMANDS`.

The name of the module is that of its template in `templates/ttp/`. A module that is put here is found by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any, Final

from mmpctl.device.answers.read_command import ReadCommand
from mmpctl.device.receive_buffer import ANSWER_LIMIT


def _declared() -> Iterator[ReadCommand[Any]]:
    for module in iter_modules(__path__):
        yield from import_module(f"{__name__}.{module.name}").COMMANDS


DECLARED: Final[Mapping[str, ReadCommand[Any]]] = MappingProxyType({command.name: command for command in _declared()})


def answer_limit(line: str) -> int:
    """Return how long the answer to a line may be, in characters.

    Args:
        line: as typed; white space does not matter.
    """
    typed = f"{' '.join(line.split())} "
    return next((one.limit for one in DECLARED.values() if typed.startswith(f"{one.name} ")), ANSWER_LIMIT)
