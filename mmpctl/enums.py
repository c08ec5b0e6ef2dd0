"""What all lists of words are made of that a type checker knows: an enum whose members are plain strings outside."""

from __future__ import annotations

from enum import Enum
from typing import NoReturn


class Word(str, Enum):
    """One word of a closed list; in JSON, CSV, journals and f-strings it is its text.

    Compare members with `is`: then mypy sees in a chain which ones are left, and `assert_never` holds that none is.
    """

    # Of an enum that is also a string, Python 3.10 writes the text into an f-string, 3.12 the name of the member.
    def __str__(self) -> str:
        return str.__str__(self)

    def __format__(self, spec: str) -> str:
        return str.__format__(self, spec)


def assert_never(value: NoReturn) -> NoReturn:
    """Close a chain over a closed list: mypy reports a member that no branch takes.

    Args:
        value: what is left after all branches; for mypy, nothing.

    Raises:
        AssertionError: a value came that is not of the list.
    """
    # As typing.assert_never, which Python 3.10 does not have.
    raise AssertionError(f"no branch takes {value!r}")
