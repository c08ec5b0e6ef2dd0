"""Facts as hypothesis invents them: any object of a dataclass, sensible or not, by the hints of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timezone
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

_PLAIN: Mapping[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=8),
    bool: st.booleans(),
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    date: st.dates(),
    time: st.times(),
    datetime: st.datetimes(timezones=st.just(timezone.utc)),
    Any: st.none() | st.text(max_size=8) | st.integers() | st.lists(st.text(max_size=8), max_size=2),
}


def any_fact(form: Any) -> st.SearchStrategy[Any]:
    """Anything that a type allows.

    Args:
        form: a dataclass, or the hint of a field.
    """
    origin, inner = get_origin(form), get_args(form)
    if origin in (Union, UnionType):
        return st.one_of(st.none(), *(any_fact(one) for one in inner if one is not NoneType))
    if origin in (tuple, frozenset):
        return st.lists(any_fact(inner[0]), max_size=2).map(origin)
    if origin is not None:
        assert issubclass(origin, Mapping)
        return st.dictionaries(any_fact(inner[0]), any_fact(inner[1]), max_size=2)
    if isinstance(form, type) and is_dataclass(form):
        hints = get_type_hints(form)
        return st.builds(form, **{field.name: any_fact(hints[field.name]) for field in fields(form)})
    return _PLAIN[form] if form in _PLAIN else st.sampled_from(form)
