"""What all tables are made of: plain words, marks with words, lists, commands to type."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from mmpctl.documents.asked import WithAsked
from mmpctl.documents.certificate import UseOfAuthority
from mmpctl.documents.runs import RunSummary
from mmpctl.reports.fitting_table import NOTHING, Column, FittingTable
from mmpctl.reports.sanitize import harmless
from mmpctl.reports.sentences import Copied, Points, Sentence
from mmpctl.reports.typed import call, with_asked
from mmpctl.runs.ending import Ending
from mmpctl.severity import Severity
from mmpctl.times import minute_of

# A command's JSON document, or a part of it.
Document = Mapping[str, Any]

# Colour never says anything alone: each word has a mark of its own as well.
STYLES: Mapping[Severity, str] = {
    Severity.EXPIRED: "bold red",
    Severity.UNFIT: "bold red",
    Severity.UNKNOWN: "magenta",
    Severity.DUE: "yellow",
    Severity.OK: "green",
    Severity.NOTE: "cyan",
}


def words(value: object, style: str = "") -> Text:
    """Return any text, harmless, never read as markup; a dash if there is none.

    Args:
        value: the text.
        style: of rich; none by default.
    """
    return Text(NOTHING if value is None or value == "" else harmless(value), style=style, overflow="fold")


def lines(value: object, style: str = "") -> Text:
    """Return a sentence: like `words`, with its line ends kept, and with commands as the reader can type them.

    Args:
        value: the sentence.
        style: of rich; none by default.
    """
    return Text(harmless(call().text(str(value)), lines=True), style=style, overflow="fold")


def mark(severity: str) -> Text:
    """Return a severity as a sign and a word."""
    known = Severity.read(severity)
    # A word of a newer release is shown as it is.
    word = harmless(severity)
    return Text(f"{known.sign} {word if known is Severity.NOTE else word.upper()}", style=STYLES[known])


def heading(*parts: object) -> Text:
    """Return the line above a table; parts that are not there are left out."""
    return Text(" · ").join(words(part, "bold") for part in parts if part not in (None, ""))


def table(columns: Iterable[Column], rows: Iterable[Sequence[Text]]) -> FittingTable:
    """Return a table that breaks no word, and cuts nothing.

    Args:
        columns: in order.
        rows: as many cells as columns.
    """
    return FittingTable(columns, rows)


def points(items: Iterable[tuple[Text, RenderableType]]) -> Points:
    """Return a list: a mark before each, and long lines indented under their beginning."""
    return Points([*items])


def bullets(sentences: Iterable[object], sign: str = "·", style: str = "") -> Points:
    """Return sentences as a list.

    Args:
        sentences: one for each point.
        sign: before each of them.
        style: of the sign.
    """
    return points((Text(sign, style=style), lines(sentence)) for sentence in sentences)


def next_command(*commands: str) -> Group:
    """Return what to type next, each in one piece."""
    leads = (Text("Next: " if not number else "  or: ", "bold") for number in range(len(commands)))
    return Group(
        *(
            Copied(lead.append_text(words(call().command(one), "cyan")))
            for lead, one in zip(leads, commands, strict=True)
        )
    )


def with_options(document: WithAsked | Document, command: str, *names: str) -> str:
    """Return a command with those options of the present one that differ from the default.

    Args:
        document: its `asked` holds them.
        command: what to type next.
        names: `inventory`, `known_hosts`, `certs`, `keeper`, `runs`; the value of one that takes none is empty.
    """
    return with_asked(command, document.get("asked", {}), *names)


def go_on(clusters: Iterable[str | None], unfinished: Iterable[RunSummary]) -> list[str]:
    """The commands that take up what a run has begun with one of some clusters: they come before all others.

    Args:
        clusters: the names of those that were looked at.
        unfinished: runs that have not ended.
    """
    shown = set(clusters)
    return [
        f"mmpctl resume {run['run']}"
        for run in unfinished
        if shown & {cluster["name"] for cluster in run["clusters"] if cluster["outcome"] in (None, Ending.STOPPED)}
    ]


def clusters_option(names: Iterable[str]) -> str:
    """Return the options that select these clusters, as a shell takes them."""
    return " ".join(f"--cluster {shlex.quote(name)}" for name in names)


def hosts_option(names: Iterable[str]) -> str:
    """Return the options that select these nodes, as a shell takes them."""
    return " ".join(f"--host {shlex.quote(name)}" for name in names)


def stack(parts: Iterable[RenderableType | None]) -> Group:
    """Return parts with an empty line between them; None is left out."""
    stacked: list[RenderableType] = []
    for part in parts:
        if part is not None:
            stacked += [Text(""), part] if stacked else [part]
    return block(*stacked)


def block(*parts: RenderableType) -> Group:
    """Return parts one below the other; a text among them is broken between words only, or not at all if it says so.

    Args:
        parts: in their order.
    """
    return Group(*(Sentence(part) if isinstance(part, Text) and not part.no_wrap else part for part in parts))


def day(moment: Any) -> Text:
    """Return the day of an ISO 8601 time."""
    return words(str(moment)[:10] if moment else None)


def minute(moment: Any) -> Text:
    """Return an ISO 8601 time, in UTC, to the minute."""
    return words(minute_of(str(moment)) if moment else None)


def size(count: Any) -> str:
    """Return bytes in the unit that a person reads: `517 B`, `12.3 MB`."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


def outlived(authority: UseOfAuthority) -> str:
    """Return how many of the certificates that a CA signed expire after it: `2 of 7 leaves`.

    Args:
        authority: of an audit's document.
    """
    leaves = authority["leaves"]
    return f"{authority['before']} of {leaves} {'leaf' if leaves == 1 else 'leaves'}"


def used_by(authority: UseOfAuthority) -> str:
    """Return who has a CA: `2 clusters`, `1 cluster and 3 other nodes`.

    Args:
        authority: of an audit's document.
    """
    alone = authority["others"]
    others = f"{alone} {'other node' if alone == 1 else 'other nodes'}"
    if not authority["clusters"]:
        return others if alone else counted(0, "cluster")
    return counted(authority["clusters"], "cluster") + (f" and {others}" if alone else "")


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 node`, `2 nodes`.

    Args:
        number: how many.
        noun: in the singular.
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"
