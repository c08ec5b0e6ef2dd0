"""What each certificate file on a node is: used, part of an open request, staged, unused, or not to be told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import Final

from mmpctl.cluster.marks import mark_of
from mmpctl.enums import Word
from mmpctl.leftovers.node_files import NodeFiles

# The names of `mmpctl.certificates.names` have the day on which the file ends to be valid; those of `mmpctl csr`,
# with four digits at their end, the day on which the key was made.
_VERSIONED: Final = re.compile(r"db(?:server|client|ca)-(\d{8})-[0-9a-f]{8}\.\w+")
_REQUESTED: Final = re.compile(r"db(?:server|client)-(\d{8})-[0-9a-f]{4}\.\w+")


class FileState(Word):
    """What a certificate file on a node is."""

    USED = "in use"
    REQUEST = "open request"
    STAGED = "staged"
    NOT_JUDGED = "not judged"
    UNUSED = "unused"


# Why a file counts as unused.
UNUSED: Final = "neither the database cluster nor a service names it, and no open request or coming renewal needs it"


@dataclass(frozen=True, slots=True)
class JudgedFile:
    """One certificate file on a node.

    Args:
        file: its name.
        state: what it is.
        why: why it counts as that, one sentence without a full stop.
        since: when it was made or last changed, aware, UTC; None if nothing shows it.
        valid_until: the day in its name on which it ends to be valid; None if its name is not one of ours.
    """

    file: str
    state: FileState
    why: str
    since: datetime | None
    valid_until: date | None


def judged(seen: NodeFiles) -> tuple[JudgedFile, ...]:
    """Return what each certificate file on a node is, in the order of its list.

    Args:
        seen: one look at the node.
    """
    # The mark of a run is no certificate, although its name could be one's.
    return tuple(judge(seen, file) for file in seen.listed if mark_of(file) is None)


def judge(seen: NodeFiles, file: str) -> JudgedFile:
    """Return what one file is.

    Args:
        seen: one look at the node.
        file: its name.
    """
    state, why = _judgement(seen, file)
    made = _day(_REQUESTED, file)
    since = datetime(made.year, made.month, made.day, tzinfo=timezone.utc) if made else seen.modified.get(file)
    return JudgedFile(file, state, why, since, _day(_VERSIONED, file))


def _judgement(seen: NodeFiles, file: str) -> tuple[FileState, str]:
    users = seen.users(file)
    if users:
        return FileState.USED, f"used by {', '.join(users)}"
    request = seen.open_request(file)
    if request is not None:
        return FileState.REQUEST, request
    if seen.unsure:
        return FileState.NOT_JUDGED, "not all that could use it was seen"
    if _VERSIONED.fullmatch(file) and not seen.is_past(file):
        return FileState.STAGED, "it is named for a renewal, and the database cluster uses no newer file"
    return FileState.UNUSED, UNUSED


def _day(form: re.Pattern[str], file: str) -> date | None:
    found = form.fullmatch(file)
    try:
        return None if found is None else date(int(found[1][:4]), int(found[1][4:6]), int(found[1][6:]))
    except ValueError:
        return None
