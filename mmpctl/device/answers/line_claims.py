"""What the rules of a TTP template take from each line of an answer.

TTP itself never fails, so it is used in a way that can be checked. A template is one group whose every rule starts a
record, and whose last rule (`_line_`, the weakest by TTP's own order) takes what no other one claims. So each line that
is not blank gives one record, in order. As many records as lines prove that none was dropped; a record of the last
rule is a line that nobody understands.

No rule reaches beyond a line, so the record of a line is the same wherever it stands: TTP is not asked a second time
for a line that it has claimed before, and most lines are the same on all nodes.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Final

from ttp import ttp

from mmpctl.device.redaction import redact
from mmpctl.errors import ParseError

UNCLAIMED: Final = "unclaimed"
# Of one template; then they are forgotten all at once, so that they do not pile up.
_MOST_LINES: Final = 2_000
_LONGEST_LINE: Final = 200

Record = Mapping[str, str]


class LinesDropped(Exception):
    """TTP has not given one record for each line."""


@dataclass(slots=True)
class _Template:
    """A template that is in use.

    Args:
        parser: one for all threads; none before the first use, and after an error.
        using: held by the thread that uses it: it holds its input.
        known: lines that were claimed before.
    """

    parser: ttp | None = None
    using: threading.Lock = field(default_factory=threading.Lock)
    known: dict[str, Record] = field(default_factory=dict)


_templates: dict[str, _Template] = {}
_making = threading.Lock()
_cache: list[tempfile.TemporaryDirectory[str]] = []


def claims(template: str, command: str, lines: Sequence[str]) -> list[Record]:
    """Return what the template takes from each line; `unclaimed` of those that nobody understands.

    Args:
        template: name of the template, without folder and suffix.
        command: the command that was asked, for errors.
        lines: none of them blank, and without white space at their ends.

    Raises:
        LinesDropped: TTP has returned another number of records.
        ParseError: the template cannot be read.
    """
    used = _templates.setdefault(template, _Template())
    known = used.known
    found = {line: record for line in lines if (record := known.get(line)) is not None}
    new = [line for line in dict.fromkeys(lines) if line not in found]
    if new:
        records = _records(used, template, command, new)
        if len(records) != len(new):
            known_before = len(lines) - len(new)
            raise LinesDropped(f"has {len(lines)} lines, of which TTP returned {known_before + len(records)}")
        found.update(zip(new, records, strict=True))
        _keep(used, {line: found[line] for line in new if _may_be_kept(line, found[line])})
    return [found[line] for line in lines]


def _may_be_kept(line: str, record: Record) -> bool:
    # A line that nobody understands may hold anything.
    return UNCLAIMED not in record and len(line) <= _LONGEST_LINE and redact(line) == line


def _keep(used: _Template, new: Mapping[str, Record]) -> None:
    if len(used.known) + len(new) > _MOST_LINES:
        used.known = {}
    used.known.update(new)


def _records(used: _Template, template: str, command: str, lines: Sequence[str]) -> list[Record]:
    with used.using:
        parser = used.parser or _made(template, command)
        # After an error nobody knows what is left in it: such a one is not used again.
        used.parser = None
        # The first newline also keeps TTP from taking a one-line answer for the path of a file to read.
        parser.set_input("\n" + "\n".join(lines))
        parser.parse(one=True)
        found = parser.result()[0][0]
        # It must keep neither results nor text: the text may hold a password.
        parser.clear_result()
        parser.clear_input()
        used.parser = parser
    records = found["lines"] if isinstance(found, dict) and "lines" in found else []
    return [{name: value.strip() for name, value in record.items()} for record in records]


def _made(template: str, command: str) -> ttp:
    try:
        source = (files("mmpctl") / "templates" / "ttp" / f"{template}.ttp").read_text(encoding="utf-8")
    except OSError as error:
        raise ParseError(
            f"the template `{template}.ttp` cannot be read: {error.strerror or error}",
            command=command,
            advice="Install mmpctl again, because a part of it is missing.",
        ) from error
    with _making, _private_cache():
        return ttp(template=source)


@contextmanager
def _private_cache() -> Iterator[None]:
    # TTP unpickles its cache of functions: it must lie where nobody else can write. Without a cache it is only slower.
    before = os.environ.get("TTPCACHEFOLDER")
    if not _cache:
        try:
            _cache.append(tempfile.TemporaryDirectory(prefix="mmpctl-"))
        except OSError:
            os.environ["TTPCACHEFOLDER"] = os.devnull
    if _cache:
        os.environ["TTPCACHEFOLDER"] = _cache[0].name
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("TTPCACHEFOLDER", None)
        else:
            os.environ["TTPCACHEFOLDER"] = before
