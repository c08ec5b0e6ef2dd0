"""How bad a finding is, and the state of a certificate, a node or a cluster: one list, the worst first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mmpctl.enums import Word, assert_never


class Severity(Word):
    """One severity, in the order in which people must act."""

    EXPIRED = "expired"
    UNFIT = "unfit"
    UNKNOWN = "unknown"
    DUE = "due"
    OK = "ok"
    NOTE = "note"

    @classmethod
    def read(cls, text: str) -> Severity:
        """Return the severity that a document names; a word of a newer release is as bad as `unknown`.

        Args:
            text: of a document.
        """
        return cls(text) if text in _RANKS else cls.UNKNOWN

    @property
    def rank(self) -> int:
        """The place in the list: 0 is the worst, a note comes last."""
        return _RANKS[self]

    @property
    def sign(self) -> str:
        """One character that stands before the word: colour alone says nothing."""
        if self is Severity.EXPIRED or self is Severity.UNFIT:
            return "✗"
        if self is Severity.UNKNOWN:
            return "?"
        if self is Severity.DUE:
            return "!"
        if self is Severity.OK:
            return "✓"
        if self is Severity.NOTE:
            return "·"
        return assert_never(self)


_RANKS: Final = {one: place for place, one in enumerate(Severity)}

# What a certificate, a node or a cluster can be: a note raises nothing.
STATES: Final = tuple(one for one in Severity if one is not Severity.NOTE)
# What is not in order.
WRONG: Final = tuple(one for one in STATES if one is not Severity.OK)
# Somebody must act today.
BAD: Final = (Severity.EXPIRED, Severity.UNFIT)


def rank(severity: str) -> int:
    """Return the place of a document's severity, the worst first; an unknown word is as bad as `unknown`.

    Args:
        severity: of a document.
    """
    return Severity.read(severity).rank


def worst(severities: Iterable[str]) -> Severity:
    """Return the worst of them; `ok` if there is none, or notes only.

    Args:
        severities: of certificates and findings.
    """
    known = map(Severity.read, severities)
    return min((one for one in known if one is not Severity.NOTE), key=lambda one: one.rank, default=Severity.OK)
