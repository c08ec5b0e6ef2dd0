"""How many calls are on a node: nobody can tell without access to its REST API."""

from __future__ import annotations

from collections.abc import Callable

# How many calls are on a node, by its inventory name; None if nobody can tell.
CallCounter = Callable[[str], int | None]


def nobody_counts(_: str) -> int | None:
    """Return that it is not known how many calls are on a node."""
    return None
