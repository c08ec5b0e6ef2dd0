"""Values of options that need no check are taken as they are: typer loads pydantic for each, longer than all of itself.

What is not of the wanted type already goes to typer, which converts it, or says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, Final, get_args, get_origin, get_type_hints

_PLAIN: Final = (bool, int, float, str, Path)


def lighten(parameters: Iterable[Any], function: Callable[..., Any] | None) -> None:
    """Let parameters take what is of their type as it is.

    Args:
        parameters: of typer's own click or of the installed one: only what both have is used.
        function: that the command calls, if it calls one; its annotations say what it wants.
    """
    wanted = get_type_hints(function) if function is not None else {}
    for one in parameters:
        if "process_value" in vars(one):
            continue  # a command is asked for its parameters more than once
        one.process_value = _taken(one, one.process_value, wanted)


def _taken(one: Any, careful: Callable[[Any, Any], Any], wanted: Mapping[str, Any]) -> Callable[[Any, Any], Any]:
    several = one.multiple or one.nargs != 1

    def process(context: Any, value: Any) -> Any:
        if value is None and one.required and context.resilient_parsing:
            return None  # completion: nobody has to have typed it yet
        if value is None and not one.required:
            taken: Any = () if several else None
        elif several:
            if not _are(value, wanted.get(one.name)):
                return careful(context, value)
            taken = list(value)
        else:
            kind = _kind(wanted.get(one.name))
            if kind is Path and type(value) is str:
                value = Path(value)
            if kind is None or not (type(value) is kind or (kind is Path and isinstance(value, Path))):
                return careful(context, value)
            taken = value
        return taken if one.callback is None else one.callback(context, one, taken)

    return process


def _are(values: Any, wanted: Any) -> bool:
    """Return whether all values are texts, and a list of texts is wanted."""
    texts = any(get_origin(each) is list and get_args(each) == (str,) for each in (wanted, *get_args(wanted)))
    return texts and isinstance(values, tuple | list) and bool(values) and all(type(one) is str for one in values)


def _kind(wanted: Any) -> Any:
    """Return the type that is wanted, or may be left out; None if it is none of the plain ones."""
    kinds = [one for one in get_args(wanted) or (wanted,) if one is not NoneType]
    return kinds[0] if len(kinds) == 1 and kinds[0] in _PLAIN else None
