"""What was asked for on the command line, as documents repeat it."""

from __future__ import annotations

from typing import TypedDict

# The options that the next command wants too: each with its values.
Asked = dict[str, list[str]]


class WithAsked(TypedDict, total=False):
    """What only the command adds: a runbook's own document lacks it."""

    asked: Asked
