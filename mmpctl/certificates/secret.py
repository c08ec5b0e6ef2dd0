"""Bytes that must not leak into logs, journals, reports or other processes."""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """Bytes that show themselves only when they are asked to.

    Args:
        value: the bytes.
    """

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """Return the bytes, for the one place that needs them."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(hidden)"

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret cannot be pickled")
