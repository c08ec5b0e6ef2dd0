"""Certificate files on nodes that nothing refers to, for people; and what was deleted."""

from __future__ import annotations

import shlex
from collections import Counter

from rich.console import RenderableType

from mmpctl.documents.issuing.cleanup import CleanupDocument, DeletionDocument
from mmpctl.leftovers.judgement import UNUSED, FileState
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.widgets import bullets, counted, day, heading, next_command, stack, table, with_options, words

_COLUMNS = (
    Column("Node", firm=True),
    Column("File"),
    Column("State", firm=True),
    Column("Since", firm=True),
    Column("Valid until", firm=True),
    Column("Why"),
)


def cleanup(document: CleanupDocument) -> RenderableType:
    """Return the document of `mmpctl cleanup`."""
    nodes = document["nodes"]
    rows = [
        (
            words(node["name"]),
            words(one["file"]),
            words(one["state"]),
            day(one["since"]),
            day(one["valid_until"]),
            words("" if one["why"] == UNUSED else one["why"]),
        )
        for node in nodes
        for one in node["files"]
    ]
    unused = [
        f"{node['name']}:{one['file']}"
        for node in nodes
        if not node["at_work"]
        for one in node["files"]
        if one["state"] == FileState.UNUSED
    ]
    errors = [f"{node['name']}: {node['error']}" for node in nodes if node["error"]]
    notes = [f"{node['name']}: {text}." for node in nodes for text in (*node["not_seen"], *node["at_work"])]
    seen = sum(node["error"] is None for node in nodes)
    by_state = Counter(one["state"] for node in nodes for one in node["files"])
    states = ", ".join(f"{by_state[state]} {state}" for state in FileState if by_state[state])
    deletions = document["deletions"]
    first = with_options(document, f"mmpctl cleanup --delete {shlex.quote(unused[0])}", *_OPTIONS) if unused else None
    return stack(
        [
            heading(
                f"{counted(len(rows), 'file')} not in use on {counted(seen, 'node')}{': ' if states else ''}{states}"
            ),
            table(_COLUMNS, rows) if rows else None,
            bullets([f"unused: {UNUSED}."]) if by_state[FileState.UNUSED] else None,
            bullets(errors, "✗", "bold red") if errors else None,
            bullets(notes, "!", "yellow") if notes else None,
            bullets(map(_told, deletions)) if deletions else None,
            next_command(first) if first and not deletions else None,
        ]
    )


_OPTIONS = ("inventory", "known_hosts", "ssh_config", "runs", "requests", "other_run")


def _told(one: DeletionDocument) -> str:
    copy = f"; its copy is {one['saved']}" if one["saved"] else ""
    if one["reason"] is None:
        return f"{one['node']}:{one['file']} was deleted{copy}."
    return f"{one['node']}:{one['file']} was not deleted: {one['reason']}{copy}"
