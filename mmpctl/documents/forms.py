"""The forms of values that a plain type does not tell; the JSON Schemas name them, type checkers see the plain type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from mmpctl.severity import STATES, Severity


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text of one form.

    Args:
        regex: the whole text fits it, in the regular expressions of JSON Schema.
    """

    regex: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """A word of a closed list.

    Args:
        words: the list.
    """

    words: tuple[str, ...]


# ISO 8601, UTC.
Time = Annotated[str, Pattern(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")]
Day = Annotated[str, Pattern(r"^\d{4}-\d\d-\d\d$")]
Sha256 = Annotated[str, Pattern("^[0-9a-f]{64}$")]
# Lower-case hex without colons.
Serial = Annotated[str, Pattern("^-?[0-9a-f]+$")]
RunName = Annotated[str, Pattern("^[0-9]{8}-[0-9]{6}-[0-9a-f]{4}$")]

FindingSeverity = Annotated[str, OneOf(tuple(Severity))]
# A note raises nothing.
State = Annotated[str, OneOf(STATES)]
Role = Annotated[str, OneOf(("master", "slave", "client"))]
ActionWord = Annotated[
    str,
    OneOf(
        (
            *("backup", "upload", "remove", "certs", "initialize", "join", "connect", "verify"),
            *("disable", "trust", "enable", "restart", "prove"),
        )
    ),
]
PlanVerdict = Annotated[str, OneOf(("ready", "nothing to do", "refused"))]
ClusterVerdict = Annotated[str, OneOf(("healthy", "not healthy", "not seen", "not judged"))]
Outcome = Annotated[str, OneOf(("renewed", "nothing to do", "refused", "stopped", "failed", "not started", "closed"))]
RunState = Annotated[str, OneOf(("closed", "damaged", "finished", "unfinished"))]
EventWord = Annotated[
    str,
    OneOf(
        ("keeper", "begun", "resumed", "intent", "question", "accepted", "outcome", "mark", "seen", "vouched", "end")
    ),
]
JobWord = Annotated[str, OneOf(("database", "services"))]
Names = Annotated[str, OneOf(("versioned", "same"))]
TrustState = Annotated[str, OneOf(("known", "new", "changed", "revoked", "unreachable"))]
ChangeKind = Annotated[str, OneOf(("worse", "not seen", "gone", "replaced", "new", "seen again", "renewed", "better"))]
CheckResult = Annotated[str, OneOf(("proved", "not proved", "wrong", "missing"))]
FileNow = Annotated[str, OneOf(("the same", "another", "missing"))]
Conclusion = Annotated[str, OneOf(("done", "again", "next", "a person must look", "not seen", "waits", "left out"))]
