"""The status for people: every cluster as its nodes see it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from mmpctl.cluster.status import Member
from mmpctl.reports.parts import (
    Column,
    Document,
    clusters_option,
    counted,
    heading,
    next_command,
    points,
    stack,
    table,
    with_options,
    words,
)

_COLUMNS = (Column("Node"), Column("Role", firm=True), Column("State"), Column("In sync"), Column("Last command"))


def status(document: Document) -> RenderableType:
    """The document of `mmpctl status`."""
    clusters = document["clusters"]
    ill = [one["name"] for one in clusters if one["name"] and not one["healthy"]]
    return stack(
        [
            *(_cluster(one) for one in clusters),
            _summary(clusters),
            _next(document, ill) if ill else None,
        ]
    )


def _cluster(cluster: Document) -> RenderableType:
    nodes = cluster["nodes"]
    if cluster["name"] is None:
        title = heading("nodes without a cluster", cluster["site"])
        return Group(
            title, table((Column("Node"), Column("State")), ((words(node["name"]), _state(node)) for node in nodes))
        )
    title = heading(cluster["name"], cluster["site"])
    title.append(" · ")
    title.append("✓ HEALTHY" if cluster["healthy"] else "✗ NOT HEALTHY", "green" if cluster["healthy"] else "bold red")
    title.append(" · ")
    title.append(f"master {words(cluster['master']).plain}" if cluster["master"] else "no master that all agree on")
    rows = ((words(node["name"]), words(node.get("role")), _state(node), _sync(node), _last(node)) for node in nodes)
    remarks = list(_remarks(cluster))
    return Group(title, table(_COLUMNS, rows), *([points(remarks)] if remarks else []))


def _state(node: Document) -> Text:
    if not node["reachable"]:
        return words("? NOT SEEN", "magenta")
    seen = node["status"]
    me = _me(seen)
    running = f", for {seen['started_seconds']} s" if seen["started_seconds"] is not None else ""
    return words(f"{seen['status']}{running}" + (f": {me.state}" if me else ""))


def _sync(node: Document) -> Text:
    me = _me(node["status"]) if node["reachable"] else None
    if me is None:
        return words(None)
    if me.is_master:
        return words("master")
    return words("✓ yes", "green") if me.in_sync else words("✗ NO", "bold red")


def _last(node: Document) -> Text:
    seen = node["status"] if node["reachable"] else None
    if seen is None or not seen["last_command"]:
        return words(None)
    return words(f"{seen['last_command']} ({seen['last_result'] or 'no result'})")


def _remarks(cluster: Document) -> Iterator[tuple[Text, Text]]:
    owners = {
        me.address: node["name"] for node in cluster["nodes"] if node["reachable"] and (me := _me(node["status"]))
    }
    for node in cluster["nodes"]:
        seen = node["status"]
        if not node["reachable"]:
            yield Text("? NOT SEEN", "magenta"), words(f"{node['name']}: {node['error'] or 'no answer'}")
            continue
        if seen["error"]:
            yield Text("✗ ERROR", "bold red"), words(f"{node['name']}: {seen['error']}")
        if seen["expired"]:
            yield Text("✗ EXPIRED", "bold red"), words(f"{node['name']}: {', '.join(seen['expired'])}")
        if not cluster["healthy"]:
            others = [
                f"{owners.get(member['address'], member['address'])} {member['state']}"
                for member in seen["nodes"]
                if not member["me"] and not Member(**member).healthy
            ]
            if others:
                yield Text("·", "yellow"), words(f"{node['name']} sees {', '.join(others)}")


def _me(seen: Document) -> Member | None:
    return next((Member(**member) for member in seen["nodes"] if member["me"]), None)


def _summary(clusters: list[Document]) -> Text:
    named = [one for one in clusters if one["name"]]
    healthy = sum(bool(one["healthy"]) for one in named)
    silent = sum(not node["reachable"] for one in clusters for node in one["nodes"])
    told = f"{counted(len(named), 'cluster')}: {healthy} healthy, {len(named) - healthy} not"
    return words(told + (f"; {counted(silent, 'node')} not seen" if silent else ""), "bold")


def _next(document: Document, ill: list[str]) -> RenderableType:
    command = with_options(document, "mmpctl audit", "inventory", "known_hosts")
    return next_command(f"{command} {clusters_option(ill)}")
