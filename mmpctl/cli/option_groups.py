"""Options that belong together are declared once: a command takes the group as one parameter.

typer reads the signature of a function, and knows no groups; so each field of a group becomes a parameter of its own
there, and the command is called with the group that was made of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from typing import Any, get_type_hints


def grouped(command: Callable[..., int]) -> Callable[..., int]:
    """Return a command as typer can read it.

    Args:
        command: some of its parameters are dataclasses, whose fields are declared as options for typer.

    Raises:
        TypeError: two of its options have the same name.
    """
    hints = get_type_hints(command, include_extras=True)
    parameters: list[inspect.Parameter] = []
    groups: dict[str, tuple[type, tuple[str, ...]]] = {}
    for one in inspect.signature(command).parameters.values():
        hint = hints[one.name]
        if isinstance(hint, type) and is_dataclass(hint):
            members = tuple(_members(hint))
            groups[one.name] = (hint, tuple(member.name for member in members))
            parameters += members
        else:
            parameters.append(one.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hint))

    @wraps(command)
    def called(**given: Any) -> int:
        made = {name: group(**{each: given.pop(each) for each in names}) for name, (group, names) in groups.items()}
        return command(**made, **given)

    twice = [one.name for one in parameters if [each.name for each in parameters].count(one.name) > 1]
    if twice:
        raise TypeError(f"{command.__name__} has two options {twice[0]}")
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    called.__annotations__ = {one.name: one.annotation for one in parameters}
    return called


def _members(group: type) -> Iterator[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    for one in fields(group):
        default = inspect.Parameter.empty if one.default is MISSING else one.default
        yield inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hints[one.name])
