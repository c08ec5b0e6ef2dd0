"""Certificate files on nodes that nothing refers to, for people; and what was deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from mmpctl.documents.issuing.cleanup import CleanupDocument, DeletionDocument
from mmpctl.leftovers.judgement import FileState
from mmpctl.leftovers.named_file import DeletionState
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.widgets import (
    bullets,
    counted,
    day,
    heading,
    lines,
    next_command,
    points,
    stack,
    table,
    words,
)

_COLUMNS = (
    Column("Node", firm=True),
    Column("File"),
    Column("State", firm=True),
    Column("Since", firm=True),
    Column("Valid until", firm=True),
)
# So many files are named before the rest is counted.
_NAMED = 4


def cleanup(document: CleanupDocument) -> RenderableType:
    """Return the document of `mmpctl cleanup`: what is not in use, or what has become of the files that were named."""
    nodes = document["nodes"]
    errors = [f"{node['name']}: {node['error']}" for node in nodes if node["error"]]
    notes = [f"{node['name']}: {text}." for node in nodes for text in (*node["not_seen"], *node["at_work"])]
    return stack(
        [
            *(_deleted(document["deletions"]) if document["deletions"] else _listed(document)),
            bullets(errors, "✗", "bold red") if errors else None,
            bullets(notes, "!", "yellow") if notes else None,
            next_command(document["next"]) if document["next"] else None,
        ]
    )


def _listed(document: CleanupDocument) -> Iterator[RenderableType | None]:
    nodes = document["nodes"]
    rows = [
        (words(node["name"]), words(one["file"]), words(one["state"]), day(one["since"]), day(one["valid_until"]))
        for node in nodes
        for one in node["files"]
    ]
    seen = sum(node["error"] is None for node in nodes)
    by_state = Counter(one["state"] for node in nodes for one in node["files"])
    states = ", ".join(f"{by_state[state]} {state}" for state in FileState if by_state[state])
    yield heading(f"{counted(len(rows), 'file')} not in use on {counted(seen, 'node')}{': ' if states else ''}{states}")
    if rows:
        yield table(_COLUMNS, rows)
        yield bullets(_reasons(document))


def _reasons(document: CleanupDocument) -> Iterator[str]:
    """Say each reason once, with its files if those of the same state have another one."""
    alike: dict[tuple[str, str], list[str]] = {}
    for node in document["nodes"]:
        for one in node["files"]:
            alike.setdefault((one["state"], one["why"]), []).append(f"{node['name']}:{one['file']}")
    reasons = Counter(state for state, _ in alike)
    for (state, why), files in alike.items():
        yield f"{state}{f' ({_named(files)})' if reasons[state] > 1 else ''}: {why}."


def _deleted(deletions: Sequence[DeletionDocument]) -> Iterator[RenderableType]:
    """What has become of the files alone: the list of all others was seen before."""
    done = sum(one["state"] == DeletionState.DELETED for one in deletions)
    told = f"{counted(done, 'file')} {'was' if done == 1 else 'were'} deleted" if done else "Nothing was deleted"
    of_all = f", {len(deletions) - done} not" if 0 < done < len(deletions) else ""
    yield heading(f"{'✓' if done == len(deletions) else '✗'} {told}{of_all}")
    yield points(_outcomes(deletions))


def _outcomes(deletions: Sequence[DeletionDocument]) -> Iterator[tuple[Text, Text]]:
    kept: dict[str, list[str]] = {}
    for one in deletions:
        file, copy = f"{one['node']}:{one['file']}", f"its copy is {one['saved']}" if one["saved"] else ""
        if one["reason"] is None:
            yield Text("✓", style="green"), lines(f"{file} was deleted; {copy}")
        else:
            kept.setdefault("; ".join(filter(None, (one["reason"], copy))), []).append(file)
    for why, files in kept.items():
        yield (
            Text("✗", style="bold red"),
            lines(f"{_named(files)} {'was' if len(files) == 1 else 'were'} not deleted: {why}"),
        )


def _named(files: Sequence[str]) -> str:
    if len(files) > _NAMED:
        return f"{', '.join(files[:_NAMED])} and {len(files) - _NAMED} more"
    return " and ".join(filter(None, (", ".join(files[:-1]), files[-1])))
