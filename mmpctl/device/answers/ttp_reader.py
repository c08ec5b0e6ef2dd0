"""The answer to one command, line by line: what each line says, by the command's TTP template."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from mmpctl.device.answers.line_claims import UNCLAIMED, LinesDropped, claims
from mmpctl.device.answers.vocabulary import vocabulary
from mmpctl.device.receive_buffer import ANSWER_LIMIT, CUT, LINE_LIMIT, cut_lines
from mmpctl.device.redaction import redact
from mmpctl.device.terminal_text import WRAP_COLUMN
from mmpctl.errors import ParseError

_MOST_UNKNOWN = 10
_BLOCK = "block"
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Line(NamedTuple):
    """One line of an answer. A tuple, for an audit makes hundreds for each node, and these are made in half the time.

    Args:
        number: in the text, from 1; the first one's where the device had wrapped it.
        text: as it came; of a wrapped line, its parts joined.
        fields: what the template took from it.
    """

    number: int
    text: str
    fields: Mapping[str, str]

    @property
    def indent(self) -> int:
        """Columns of white space before the first word."""
        return len(self.text) - len(self.text.lstrip())


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, every line of which was claimed.

    Args:
        command: the command that was asked.
        text: the whole text.
        lines: those that are not blank.
        unknown: lines that no rule claims, where the reader lets them stand beside the others.
        lenient: it does so.
    """

    command: str
    text: str
    lines: tuple[Line, ...]
    unknown: tuple[Line, ...] = ()
    lenient: bool = False

    def error(self, why: str, line: Line | None = None) -> ParseError:
        """Return the error that this answer is not what its command prints; passwords are taken out of it.

        Args:
            why: what is wrong, without naming line and command.
            line: where, if it is one line.
        """
        return _error(self.command, self.text, why, line)

    def require(self, fields: Iterable[str], names: Iterable[str], line: Line | None = None) -> None:
        """Raise the error that the answer is incomplete, unless all the named fields are among those found."""
        missing = [name.replace("_", " ") for name in names if name not in fields]
        if missing:
            raise self.error(f"is incomplete, without {', '.join(missing)}", line)


def read_answer(template: str, command: str, text: str, *, limit: int = ANSWER_LIMIT, lenient: bool = False) -> Answer:
    """Have the template claim every line of an answer.

    Args:
        template: name of the template, without folder and suffix.
        command: the command that was asked, for errors.
        text: the answer, without prompt and echo.
        limit: characters that it may have.
        lenient: keep a few lines that no rule claims as `unknown` instead of refusing the whole answer.

    Raises:
        ParseError: the text is empty, or a line is claimed by no rule; or the template cannot be read.
    """
    if len(text) > limit:
        raise _error(command, text[:LINE_LIMIT], f"is {len(text)} characters long, more than the {limit} of any answer")
    text = cut_lines(text)
    written = text.replace("\r\n", "\n").replace("\r", "\n")
    physical = [(number, line) for number, line in enumerate(written.split("\n"), start=1) if line.strip(" \t")]
    if not physical:
        raise _error(command, text, "is empty")
    if _UNPRINTABLE.search(written):
        line = next(Line(number, line, {}) for number, line in physical if _UNPRINTABLE.search(line))
        raise _error(command, text, "contains a control character, which no answer has", line)
    lines = _claimed(template, command, text, physical)
    joined = _unwrapped(lines)
    if len(joined) < len(lines):
        lines = _claimed(template, command, text, [(line.number, line.text) for line in joined])
    claimed = tuple(_without_blocks(lines))
    unknown = tuple(line for line in claimed if UNCLAIMED in line.fields)
    known = tuple(line for line in claimed if UNCLAIMED not in line.fields)
    answer = Answer(command, text, known, unknown, lenient)
    # An answer that consists of unknown lines for the most part is another command's.
    if unknown and not (lenient and len(unknown) <= min(_MOST_UNKNOWN, len(known))):
        raise answer.error("is not understood", unknown[0])
    # Within a block a line may be as long as it likes: nothing is taken from it.
    if endless := next((line for line in claimed if line.text.endswith(CUT)), None):
        raise answer.error(f"is longer than {LINE_LIMIT} characters", endless)
    return answer


def _claimed(template: str, command: str, text: str, lines: list[tuple[int, str]]) -> list[Line]:
    try:
        records = claims(template, command, [line.rstrip(" \t") for _, line in lines])
    except LinesDropped as error:
        raise _error(command, text, str(error)) from error
    return [Line(number, line, record) for (number, line), record in zip(lines, records, strict=True)]


def _unwrapped(lines: list[Line]) -> list[Line]:
    # A part of a wrapped line is known by two signs at once: no rule claims it, and the line above is full.
    joined: list[Line] = []
    for above, line in zip([None, *lines], lines, strict=False):
        if above and UNCLAIMED in line.fields and len(above.text) == WRAP_COLUMN and line.number == above.number + 1:
            joined[-1] = joined[-1]._replace(text=joined[-1].text + line.text)
        else:
            joined.append(line)
    return joined


def _without_blocks(lines: list[Line]) -> Iterator[Line]:
    # Lines below a `block` belong to it as long as they are indented more deeply, whatever they say.
    block: Line | None = None
    for line in lines:
        if block and line.indent > block.indent:
            continue
        block = line if _BLOCK in line.fields else None
        yield line


def _error(command: str, text: str, why: str, line: Line | None = None) -> ParseError:
    shown = _without_secrets(line.text.strip()) if line else ""
    what = f"line {line.number} of the answer to `{command}`" if line else f"the answer to `{command}`"
    return ParseError(
        f"{what} {why}" + (f": {shown!r}" if line else ""),
        command=command,
        line=shown,
        text=_without_secrets(text),
        advice="Read the whole answer. It may belong to another command, be cut short, or come from a release with "
        "new wording.",
    )


def _without_secrets(text: str) -> str:
    # Of an answer that is not understood, a label is no sure sign of where its value begins.
    return vocabulary().secret_tail.sub(r"\1 ***", redact(text))
