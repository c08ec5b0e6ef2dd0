"""The plan for people: verdict, keeper with its evidence, and the steps."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from mmpctl.reports.parts import (
    Column,
    Document,
    bullets,
    clusters_option,
    heading,
    next_command,
    points,
    stack,
    table,
    with_options,
    words,
)

_VERDICTS = {
    "ready": ("✓ READY", "green"),
    "nothing to do": ("✓ NOTHING TO DO", "green"),
    "refused": ("✗ REFUSED", "bold red"),
}
_COLUMNS = (
    Column("Step", firm=True, right=True),
    Column("Wave", firm=True, right=True),
    Column("Node"),
    Column("Action", firm=True),
    Column("Command"),
)


def plan(document: Document) -> RenderableType:
    """The document of `mmpctl plan`."""
    clusters = document["clusters"]
    ready = [one["name"] for one in clusters if one["verdict"] == "ready"]
    return stack([*(_cluster(one) for one in clusters), _next(document, ready)])


def steps_table(steps: Iterable[Document]) -> Table:
    """Steps in their order; those of one wave run side by side."""
    return table(
        _COLUMNS,
        (
            (words(one["number"]), words(one["wave"]), words(one["node"]), words(one["action"]), words(one["command"]))
            for one in steps
        ),
    )


def _cluster(cluster: Document) -> RenderableType:
    title = heading(cluster["name"], cluster.get("site"))
    word, style = _VERDICTS[cluster["verdict"]]
    title.append(" · ")
    title.append(word, style)
    parts: list[RenderableType | None] = [Group(title, *_keeper(cluster))]
    if cluster["reasons"]:
        parts.append(
            Group(Text("Why it is refused; nothing was changed:", "bold"), bullets(cluster["reasons"], "✗", "bold red"))
        )
    if cluster["steps"]:
        parts.append(Group(Text("Steps; those of one wave run side by side:", "bold"), steps_table(cluster["steps"])))
    if cluster.get("notes"):
        parts.append(Group(Text("Know before:", "bold"), bullets(cluster["notes"], "!", "yellow")))
    return stack(parts)


def _keeper(cluster: Document) -> list[RenderableType]:
    if not cluster["keeper"] or cluster["verdict"] == "nothing to do":
        return []
    proof = "proved: every database node names it as the only master" if cluster.get("keeper_proved") else "not proved"
    if not cluster.get("keeper_proved") and cluster["verdict"] == "ready":
        proof = "not proved by the nodes, but confirmed by the operator"
    told = Text.assemble(words(cluster["keeper"], "bold"), f", whose database survives ({proof})", overflow="fold")
    evidence = cluster.get("keeper_evidence") or ()
    return (
        [points([(Text("Keeper:"), told)]), bullets(evidence, "  ·")]
        if evidence
        else [points([(Text("Keeper:"), told)])]
    )


def _next(document: Document, ready: list[str]) -> RenderableType | None:
    if not ready:
        return None
    command = with_options(document, "mmpctl renew", "inventory", "known_hosts")
    rest = with_options(document, "", "certs", "keeper").strip() or "--certs DIR"
    return next_command(f"{command} {clusters_option(ready)} {rest}")
