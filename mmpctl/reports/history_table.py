"""The history for people: what changed, the bad first, and the counts of the last audits."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from mmpctl.reports.parts import Column, Document, counted, stack, table, words

_STYLES = {
    "worse": ("✗ worse", "bold red"),
    "not seen": ("? not seen", "magenta"),
    "gone": ("- gone", "yellow"),
    "replaced": ("! replaced", "yellow"),
    "new": ("+ new", "cyan"),
    "renewed": ("✓ renewed", "green"),
    "better": ("✓ better", "green"),
}
_CHANGES = (Column("Change", firm=True), Column("Node"), Column("Use"), Column("Before"), Column("Now"))
_NAMES = ("expired", "unfit", "unknown", "due", "ok")


def history(document: Document) -> RenderableType:
    """The document of `mmpctl history`."""
    found = document["changes"]
    said = f"{counted(len(found), 'change')} from {_time(document['before'])} to {_time(document['after'])}"
    counts = (Column("Audit", firm=True), *(Column(name, firm=True, right=True) for name in _NAMES))
    return stack(
        [
            table(_CHANGES, (_row(one) for one in found)) if found else None,
            Text(said, "bold"),
            table(counts, (_counts(one) for one in document["counts"])),
        ]
    )


def _row(change: Document) -> tuple[Text, ...]:
    sign, style = _STYLES.get(change["kind"], (change["kind"], ""))
    return (
        words(sign, style),
        words(change["node"]),
        words(change["use"]),
        words(" ".join(_facts(change["before"]))),
        words(" ".join(_facts(change["after"]))),
    )


def _facts(side: Document | None) -> Iterator[str]:
    if side is None:
        return
    if "error" in side:
        yield str(side["error"])
        return
    yield str(side["severity"])
    if side["not_after"]:
        yield f"until {side['not_after'][:10]}"


def _counts(one: Document) -> tuple[Text, ...]:
    return (words(_time(one["at"])), *(words(one["counts"].get(name, 0)) for name in _NAMES))


def _time(text: str) -> str:
    return text.replace("T", " ").replace("Z", " UTC")
