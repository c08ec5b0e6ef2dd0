"""The status for people: every cluster as its nodes see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from mmpctl.cluster.status import Member
from mmpctl.reports.parts import (
    Column,
    Document,
    clusters_option,
    counted,
    heading,
    mark,
    next_command,
    points,
    rank,
    stack,
    table,
    with_options,
    words,
)

# What every command that is told of begins with.
_COMMON = "database cluster "
_COLUMNS = (
    Column("Node"),
    Column("Role", firm=True),
    Column("State"),
    Column("In sync"),
    Column("Certificates", firm=True),
    Column("Last command"),
)


def status(document: Document) -> RenderableType:
    """The document of `mmpctl status`."""
    clusters = document["clusters"]
    ill = [one["name"] for one in clusters if one["name"] and not one["healthy"]]
    return stack(
        [
            *(cluster_part(one) for one in clusters),
            summary(clusters),
            _next(document, ill) if ill else None,
        ]
    )


def cluster_part(cluster: Document) -> RenderableType:
    """One cluster: its state, its nodes, and what is to be said of them.

    Args:
        cluster: of the document.
    """
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
    title.append_text(_master(cluster))
    rows = (
        (words(node["name"]), words(node.get("role")), _state(node), _sync(node), _days(node), _last(node))
        for node in nodes
    )
    remarks = list(_remarks(cluster))
    return Group(title, table(_COLUMNS, rows), *([points(remarks)] if remarks else []))


def _master(cluster: Document) -> Text:
    """Who is master, and whether the inventory says so too: renewals keep the inventory's."""
    if not cluster["master"]:
        return Text("no master that all agree on")
    told = Text(f"master {words(cluster['master']).plain}")
    listed = next((node["name"] for node in cluster["nodes"] if node.get("role") == "master"), None)
    if listed not in (None, cluster["master"]):
        told.append(f", not {words(listed).plain} as the inventory says", "bold red")
    return told


def _state(node: Document) -> Text:
    if not node["reachable"]:
        return words("? NOT SEEN", "magenta")
    seen = node["status"]
    if seen is None:
        return words("? NOT UNDERSTOOD", "magenta")
    me = _me(seen)
    running = f", for {seen['started_seconds']} s" if seen["started_seconds"] is not None else ""
    return words(f"{seen['status']}{running}" + (f": {me.state}" if me else ""))


def _sync(node: Document) -> Text:
    me = _me(node["status"]) if node["status"] else None
    if me is None:
        return words(None)
    if me.is_master:
        return words("master")
    return words("✓ yes", "green") if me.in_sync else words("✗ NO", "bold red")


def _days(node: Document) -> Text:
    """The worst of the database's certificates, and the days until the first of them ends."""
    every = node.get("certificates") or ()
    if not every:
        return words("? UNKNOWN", "magenta") if node.get("certificates_error") else words(None)
    worst = min((one["severity"] for one in every), key=rank)
    left = [one["days_left"] for one in every if one["severity"] == worst and one["days_left"] is not None]
    told = mark(worst)
    if left:
        days = min(left)
        told.append(f" {counted(abs(days), 'day')}{' ago' if days < 0 else ''}")
    return told


def _last(node: Document) -> Text:
    seen = node["status"]
    if seen is None or not seen["last_command"]:
        return words(None)
    return words(f"{str(seen['last_command']).removeprefix(_COMMON)} ({seen['last_result'] or 'no result'})")


def _remarks(cluster: Document) -> Iterator[tuple[Text, Text]]:
    own = {me.address: node["name"] for node in cluster["nodes"] if node["status"] and (me := _me(node["status"]))}
    # A node that was not seen does not say its address: the inventory does.
    owners = {**own, **cluster.get("members", {})}
    for node in cluster["nodes"]:
        seen = node["status"]
        if not node["reachable"]:
            yield Text("? NOT SEEN", "magenta"), words(f"{node['name']}: {node['error'] or 'no answer'}")
            continue
        if seen is None or not seen["expired"]:
            # What the node itself marks as expired is told below.
            yield from _certificates(node)
        if seen is None:
            yield Text("? NOT UNDERSTOOD", "magenta"), words(f"{node['name']}: {node['error']}")
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


def _certificates(node: Document) -> Iterator[tuple[Text, Text]]:
    """What is wrong with the database's certificates, the worst in a line for each node."""
    if node.get("certificates_error"):
        yield (
            mark("unknown"),
            words(f"{node['name']}: its certificates could not be read: {node['certificates_error']}"),
        )
    found = [
        finding
        for one in node.get("certificates") or ()
        for finding in one["findings"]
        if finding["severity"] != "note"
    ]
    if found:
        worst = min(found, key=lambda finding: rank(finding["severity"]))
        more = f" (and {len(found) - 1} more: mmpctl audit)" if len(found) > 1 else ""
        yield mark(worst["severity"]), words(f"{node['name']}: {worst['message']}{more}")


def _me(seen: Document) -> Member | None:
    return next((Member(**member) for member in seen["nodes"] if member["me"]), None)


def summary(clusters: Sequence[Document]) -> Text:
    """How many clusters are well, in one line.

    Args:
        clusters: of the document.
    """
    named = [one for one in clusters if one["name"]]
    healthy = sum(bool(one["healthy"]) for one in named)
    silent = sum(not node["reachable"] for one in clusters for node in one["nodes"])
    told = f"{counted(len(named), 'cluster')}: {healthy} healthy, {len(named) - healthy} not"
    return words(told + (f"; {counted(silent, 'node')} not seen" if silent else ""), "bold")


def _next(document: Document, ill: list[str]) -> RenderableType:
    command = with_options(document, "mmpctl audit", "inventory", "known_hosts", "ssh_config")
    return next_command(f"{command} {clusters_option(ill)}")
