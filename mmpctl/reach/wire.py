"""Facts as plain JSON and back, by the type hints of their dataclasses: nothing that is read can run.

A value of another kind is refused with the path to it, never turned into what it should be.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import cache
from sys import intern
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from mmpctl.errors import MmpError
from mmpctl.times import iso_exact, read_iso

_T = TypeVar("_T")
_Reader = Callable[[Any], Any]
_PLAIN: Mapping[type, str] = {str: "a text", bool: "yes or no", int: "a whole number", NoneType: "null"}


class WireError(MmpError):
    """A line from a site, or a request to one, does not have the form that was agreed."""

    code = "wire"

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(
            message,
            advice=advice or "Check that mmpctl runs at both ends, in releases that are one version apart at most.",
        )


class _Unfit(Exception):
    """A value that does not fit; the path to it grows on the way out."""

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted
        self.path = ""

    def below(self, step: str) -> _Unfit:
        self.path = f"{step}{self.path}"
        return self


def to_wire(value: object) -> Any:
    """Return a fact as what JSON can write.

    Args:
        value: dataclasses, closed lists of words, moments, days, times of day, texts, numbers, and tuples, sets and
            mappings of them.

    Raises:
        TypeError: it is of another kind.
    """
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (date, time)):
        return iso_exact(value) if isinstance(value, datetime) else value.isoformat()
    return _several(value)


def _several(value: object) -> Any:
    if isinstance(value, (tuple, list)):
        return [to_wire(one) for one in value]
    if isinstance(value, frozenset):
        return sorted(to_wire(one) for one in value)
    if isinstance(value, Mapping):
        return {str(key): to_wire(one) for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_wire(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def from_wire(value: object, form: type[_T], what: str) -> _T:
    """Return the fact that JSON tells; what a newer release has written besides is left out.

    Args:
        value: as `json.loads` gives it.
        form: a dataclass; what it has a default for may be missing.
        what: the name of what is read, for the error.

    Raises:
        WireError: a value is missing, or is of another kind.
        TypeError: the dataclass has hints that this module does not read.
    """
    try:
        return cast("_T", _reader(cast("Any", form))(value))
    except _Unfit as unfit:
        at = f"`{unfit.path.lstrip('.')}` of " if unfit.path else ""
        raise WireError(f"{at}{what} is not {unfit.wanted}") from None


@cache
def _reader(form: Any) -> _Reader:  # noqa: PLR0911 - one return for each kind
    origin, inner = get_origin(form), get_args(form)
    if form is Any:
        return lambda value: value
    if origin in (Union, UnionType):
        (one,) = (each for each in inner if each is not NoneType)
        return _or_null(_reader(one))
    if origin in (tuple, list):
        return _many(_reader(inner[0]), tuple if origin is tuple else list)
    if origin is frozenset:
        return _many(_reader(inner[0]), frozenset)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(_reader(inner[1]))
    if form is float:
        return _number
    if form in _PLAIN:
        return _plain(form)
    if form is datetime:
        return _converted(read_iso, "a moment such as 2026-01-31T12:00:00Z")
    if form is date:
        return _converted(date.fromisoformat, "a day such as 2026-01-31")
    if form is time:
        return _converted(time.fromisoformat, "a time of day such as 01:00:00")
    if isinstance(form, type) and issubclass(form, Enum):
        return _converted(form, f"one of {', '.join(str(one.value) for one in form)}")
    if is_dataclass(form):
        return _object(form)
    raise TypeError(f"{form} cannot be read from JSON")


def _plain(form: type) -> _Reader:
    def read(value: Any) -> Any:
        # Python takes a truth for a whole number.
        if type(value) is not form:
            raise _Unfit(_PLAIN[form])
        # Thousands of nodes say the same of themselves, and each row brings it anew.
        return intern(value) if isinstance(value, str) else value

    return read


def _number(value: Any) -> float:
    # A whole number may be greater than any other that Python has.
    with suppress(OverflowError):
        if type(value) in (int, float) and math.isfinite(value):
            return float(value)
    raise _Unfit("a number")


def _converted(convert: Callable[[str], Any], wanted: str) -> _Reader:
    def read(value: Any) -> Any:
        if type(value) is str:
            with suppress(ValueError):
                return convert(value)
        raise _Unfit(wanted)

    return read


def _or_null(reader: _Reader) -> _Reader:
    return lambda value: None if value is None else reader(value)


def _many(reader: _Reader, kind: Callable[[list[Any]], Any]) -> _Reader:
    def read(value: Any) -> Any:
        if type(value) is not list:
            raise _Unfit("a list")
        return kind([_below(reader, one, f"[{number}]") for number, one in enumerate(value)])

    return read


def _mapping(reader: _Reader) -> _Reader:
    def read(value: Any) -> Any:
        if type(value) is not dict:
            raise _Unfit("an object")
        return {key: _below(reader, one, f".{key}") for key, one in value.items()}

    return read


def _object(form: Any) -> _Reader:
    hints = get_type_hints(form)
    readers = {field.name: _reader(hints[field.name]) for field in fields(form)}
    needed = {each.name for each in fields(form) if each.default is MISSING and each.default_factory is MISSING}

    def read(value: Any) -> Any:
        if type(value) is not dict:
            raise _Unfit("an object")
        for name in needed - value.keys():
            raise _Unfit("there").below(f".{name}")
        return form(**{name: _below(one, value[name], f".{name}") for name, one in readers.items() if name in value})

    return read


def _below(reader: _Reader, value: Any, step: str) -> Any:
    try:
        return reader(value)
    except _Unfit as unfit:
        raise unfit.below(step) from None
