"""Documents that are read from a disk or a database, checked against their types: nothing else is taken as one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints, is_typeddict

from mmpctl.errors import MmpError

_T = TypeVar("_T")
_WORDS = {bool: "yes or no", int: "a whole number", float: "a number", str: "a text", type(None): "null"}


class DocumentError(MmpError):
    """A document does not have the form that it is read by."""

    code = "document"


def checked(value: object, form: type[_T], where: str) -> _T:
    """Return a value as the document that it is; what it has besides is left as it is.

    Args:
        value: as it was read.
        form: the type of the document, a `TypedDict`.
        where: what was read: the file, for the error.

    Raises:
        DocumentError: a key is missing, or has a value of another kind; names file and key (code `document`).
    """
    wrong = next(_faults(value, form, ""), None)
    if wrong is not None:
        raise DocumentError(
            f"{where} is not a document of mmpctl: {wrong}",
            advice="Put it back as mmpctl wrote it.",
        )
    return cast("_T", value)


@cache
def _hints(form: Any) -> dict[str, Any]:
    return get_type_hints(form, include_extras=True)


def _faults(value: Any, form: Any, at: str) -> Iterator[str]:
    origin, inner = get_origin(form), get_args(form)
    if form is Any or form is object:
        return
    if origin is Annotated:
        # The words of a closed list are not held to: a later release may have written others.
        yield from _faults(value, inner[0], at)
    elif origin in (Union, UnionType):
        if all(any(_faults(value, one, at)) for one in inner):
            # What an object lacks says more than that it is none of several kinds.
            most = next((one for one in inner if isinstance(value, dict) and is_typeddict(one)), None)
            yield from _faults(value, most, at) if most else iter([f"{_named(at)} is not {_told(form)}"])
    elif origin is Literal:
        if value not in inner:
            yield f"{_named(at)} is not {' or '.join(map(repr, inner))}"
    elif is_typeddict(form):
        yield from _object_faults(value, form, at)
    else:
        yield from _plain_faults(value, form, at)


def _object_faults(value: Any, form: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{_named(at)} is not an object"
        return
    for key, inner in _hints(form).items():
        below = f"{at}.{key}" if at else key
        if key in value:
            yield from _faults(value[key], inner, below)
        elif key in form.__required_keys__:
            yield f"{_named(below)} is missing"


def _plain_faults(value: Any, form: Any, at: str) -> Iterator[str]:
    origin, inner = get_origin(form) or form, get_args(form)
    # JSON has one kind of numbers, and Python takes a truth for a whole number.
    fits = isinstance(value, (int, float) if origin is float else origin)
    if not fits or (isinstance(value, bool) and origin in (int, float)):
        yield f"{_named(at)} is not {_told(form)}"
    elif origin is list and inner:
        for number, one in enumerate(value):
            yield from _faults(one, inner[0], f"{at}[{number}]")
    elif origin is dict and inner:
        for key, one in value.items():
            yield from _faults(one, inner[1], f"{at}.{key}" if at else str(key))


def _named(at: str) -> str:
    return f"`{at}`" if at else "the whole"


def _told(form: Any) -> str:
    origin, inner = get_origin(form), get_args(form)
    if origin is Annotated:
        return _told(inner[0])
    if origin in (Union, UnionType):
        return " or ".join(map(_told, inner))
    if (origin or form) is list:
        return "a list"
    return _WORDS.get(form, "an object")
