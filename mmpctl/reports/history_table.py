"""The history for people: what changed, the bad first, and the counts of the last audits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import RenderableType
from rich.text import Text

from mmpctl.documents.history import ChangeDocument, ChangedSide, ForgottenDocument, HistoryDocument, KeptCounts
from mmpctl.history.changes import Kind
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.widgets import counted, stack, table, words
from mmpctl.severity import STATES

STYLES: Mapping[str, tuple[str, str]] = {
    Kind.WORSE: ("✗ worse", "bold red"),
    Kind.UNSEEN: ("? not seen", "magenta"),
    Kind.GONE: ("- gone", "yellow"),
    Kind.REPLACED: ("! replaced", "yellow"),
    Kind.NEW: ("+ new", "cyan"),
    Kind.SEEN: ("· seen again", "cyan"),
    Kind.RENEWED: ("✓ renewed", "green"),
    Kind.BETTER: ("✓ better", "green"),
}
_CHANGES = (Column("Change", firm=True), Column("Where"), Column("What"), Column("Before"), Column("Now"))


def history(document: HistoryDocument) -> RenderableType:
    """Return the document of `mmpctl history`."""
    found = document["changes"]
    said = f"{counted(len(found), 'change')} from {_time(document['before'])} to {_time(document['after'])}"
    chosen = [f"--{name} {value}" for name, values in document["selection"].items() for value in values]
    counts = (Column("Audit", firm=True), *(Column(name, firm=True, right=True) for name in STATES))
    return stack(
        [
            table(_CHANGES, (_row(one) for one in found)) if found else None,
            words(said, "bold"),
            words(f"These are audits of a part of the inventory: {' '.join(chosen)}") if chosen else None,
            table(counts, (_counts(one) for one in document["counts"])),
        ]
    )


def forgotten(document: ForgottenDocument) -> RenderableType:
    """Return the document of `mmpctl history --forget-before`."""
    times, size = document["forgotten"], document["bytes"]
    span = f" from {_time(times[0])} to {_time(times[-1])}" if times else ""
    if document["done"]:
        stays = f"{counted(document['kept'], 'audit')} {'is' if document['kept'] == 1 else 'are'} kept"
        said = f"{counted(len(times), 'audit')}{span} deleted; {stays}."
    else:
        said = f"{len(times)} of {counted(document['kept'], 'audit')} would be deleted{span}."
    return stack(
        [
            words(said, "bold"),
            words(f"The file has {size / 1e6:,.1f} MB now.") if size is not None else None,
            words(document["reason"], "yellow") if document["reason"] else None,
        ]
    )


def _row(change: ChangeDocument) -> tuple[Text, ...]:
    sign, style = STYLES.get(change["kind"], (change["kind"], ""))
    return (
        words(sign, style),
        words(change["node"] or change["cluster"]),
        words(change["use"] or ("node" if change["node"] else "cluster")),
        words(" ".join(_facts(change["before"]))),
        words(" ".join(_facts(change["after"]))),
    )


def _facts(side: ChangedSide | None) -> Iterator[str]:
    if side is None:
        return
    if "error" in side:
        yield str(side["error"])
        return
    yield str(side["severity"])
    if "message" in side:
        yield f"· {side['message']}"
    for noun, number in (("node", side.get("nodes")), ("certificate", side.get("certificates"))):
        if number is not None:
            yield f"({counted(number, noun)})"
    end = side.get("not_after")
    if end:
        yield f"until {end[:10]}"


def _counts(one: KeptCounts) -> tuple[Text, ...]:
    counts = one["counts"]
    # In the order of `STATES`, as the headings are.
    numbers = (counts["expired"], counts["unfit"], counts["unknown"], counts["due"], counts["ok"])
    return (words(_time(one["at"])), *map(words, numbers))


def _time(text: str) -> str:
    return text.replace("T", " ").replace("Z", " UTC")
