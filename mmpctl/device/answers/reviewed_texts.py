"""The user's file of reviewed texts: questions that may be answered, lines of a status that may be passed over."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ruamel.yaml.error import YAMLError

from mmpctl import plain_yaml
from mmpctl.device.commands.database_cluster_status import is_alarming, speaks_of_a_fact
from mmpctl.errors import UsageError
from mmpctl.trusted import require_trusted

QUESTION, LINE, RELEASE = "question", "line", "release"
_FIELDS: Final = {
    QUESTION: ("operation", "question", "reviewed_by", "date"),
    LINE: ("line", "reviewed_by", "date"),
    RELEASE: ("release", "last_command", "reviewed_by", "date"),
}
_NEVER_SHOWN: Final = "never shown"


@dataclass(frozen=True, slots=True)
class ReviewedLine:
    """A line of `database cluster status` that says nothing against a renewal.

    Args:
        text: the whole line; a `*` stands for one word that varies.
        reviewed_by: who read and allowed it.
        date: when.
    """

    text: str
    reviewed_by: str
    date: str

    def fits(self, line: str) -> bool:
        """Tell whether it is this line that a node shows; white space aside.

        Args:
            line: as printed.
        """
        parts = [r"(\S+)" if word == "*" else re.escape(word) for word in self.text.split()]
        found = re.fullmatch(r"\s+".join(parts), line.strip())
        # What varies was not read by the person: it must say nothing of its own.
        return found is not None and not any(is_alarming(word) for word in found.groups())


@dataclass(frozen=True, slots=True)
class SilentRelease:
    """A release of which somebody vouches that it never shows a `Last command` in its status.

    Args:
        release: as `version` shows it.
        reviewed_by: who vouches for it.
        date: since when.
    """

    release: str
    reviewed_by: str
    date: str


def load_lines(path: Path) -> tuple[ReviewedLine, ...]:
    """Read the reviewed lines of the user's file.

    Args:
        path: the file.

    Raises:
        UsageError: the file cannot be read or an entry is not right; names the entry and the cure.
    """
    lines = []
    for where, values in entries(path, LINE):
        if speaks_of_a_fact(values["line"]):
            raise wrong(
                f"{where}: mmpctl reads the facts in lines with this label, so the line cannot be allowed", LINE
            )
        if not any(word != "*" for word in values["line"].split()) or len(values["line"].splitlines()) > 1:
            raise wrong(f"{where}: write one whole line, as it was shown", LINE)
        lines.append(ReviewedLine(values["line"], values["reviewed_by"], values["date"]))
    return tuple(lines)


def load_silent_releases(path: Path) -> tuple[SilentRelease, ...]:
    """Read the releases of the user's file that show no last command.

    Args:
        path: the file.

    Raises:
        UsageError: the file cannot be read or an entry is not right; names the entry and the cure.
    """
    releases = []
    for where, values in entries(path, RELEASE):
        if values["last_command"] != _NEVER_SHOWN:
            raise wrong(f"{where}: last_command must be `{_NEVER_SHOWN}`", RELEASE)
        releases.append(SilentRelease(values["release"], values["reviewed_by"], values["date"]))
    return tuple(releases)


def entries(path: Path, kind: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Read the entries of one kind: where each stands, and its values, all of them there.

    Args:
        path: the file.
        kind: `question`, `line` or `release`; an entry that is none of them is taken for a question.

    Raises:
        UsageError: the file cannot be read, could be changed by others, or an entry is not right; names the cure.
    """
    try:
        require_trusted(path, "the file of reviewed texts")
        found = plain_yaml.load(plain_yaml.read(path))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise wrong(f"{path}: cannot be read ({error})", kind) from error
    if not isinstance(found, list) or not found:
        raise wrong(f"{path}: the file must contain a list of questions", kind)
    for number, entry in enumerate(found, start=1):
        if _kind(entry) == kind:
            where = f"{path}: {kind} {number}"
            yield where, _values(entry, where, kind)


def wrong(message: str, kind: str) -> UsageError:
    """Return the error for a file, or an entry of it, that is not right.

    Args:
        message: what is wrong.
        kind: `question`, `line` or `release`.
    """
    return UsageError(
        message,
        code="reviewed-questions",
        advice=f"Each entry needs {', '.join(_FIELDS[kind])}; copy the {kind} from the message that showed it.",
    )


def _kind(entry: object) -> str:
    if isinstance(entry, dict) and QUESTION not in entry:
        return next((kind for kind in (LINE, RELEASE) if kind in entry), QUESTION)
    return QUESTION


def _values(entry: object, where: str, kind: str) -> dict[str, str]:
    fields = _FIELDS[kind]
    if not isinstance(entry, dict):
        raise wrong(f"{where}: is not a mapping", kind)
    if unknown := sorted(str(key) for key in entry if key not in fields):
        raise wrong(f"{where}: unknown field {', '.join(unknown)}", kind)
    values = {field: str(entry[field]).strip() if entry.get(field) is not None else "" for field in fields}
    if missing := [field for field in fields if not values[field]]:
        raise wrong(f"{where}: {', '.join(missing)} is missing", kind)
    try:
        dt.date.fromisoformat(values["date"])
    except ValueError:
        raise wrong(f"{where}: date {values['date']!r} is not written YYYY-MM-DD", kind) from None
    return values
