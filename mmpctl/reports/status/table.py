"""The status for people: every cluster as its nodes report it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from mmpctl.cluster.role import Role
from mmpctl.cluster.verdict import Health
from mmpctl.documents.runs import RunSummary
from mmpctl.documents.status import StatusCluster, StatusDocument, StatusNode
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.status.remarks import own_row, remarks, shown, silent
from mmpctl.reports.widgets import (
    block,
    clusters_option,
    counted,
    go_on,
    heading,
    mark,
    next_command,
    points,
    stack,
    table,
    with_options,
    words,
)
from mmpctl.severity import rank

# What every command that is told of begins with.
_COMMON = "database cluster "
_VERDICTS = {Health.HEALTHY: ("✓", "green"), Health.NOT_HEALTHY: ("✗", "bold red"), Health.NOT_SEEN: ("?", "magenta")}
_COLUMNS = (
    Column("Node"),
    Column("Role", firm=True),
    Column("State"),
    Column("In sync", firm=True),
    Column("Certificates", firm=True),
    Column("Last command"),
)


def status(document: StatusDocument, unfinished: Sequence[RunSummary] = ()) -> RenderableType:
    """Return the document of `mmpctl status`.

    Args:
        document: of the command.
        unfinished: runs that have not ended.
    """
    clusters = document["clusters"]
    return stack([*(cluster_part(one) for one in clusters), summary(clusters), _next(document, unfinished)])


def cluster_part(cluster: StatusCluster) -> RenderableType:
    """Return one cluster: its state, its nodes, and what is to be said of them.

    Args:
        cluster: of the document.
    """
    nodes = cluster["nodes"]
    if cluster["name"] is None:
        title = heading("nodes without a cluster", cluster["site"])
        plain = table((Column("Node"), Column("State")), ((words(node["name"]), _state(node)) for node in nodes))
        unseen = shown(silent(node) for node in nodes if not node["reachable"])
        return block(title, plain, *([points(unseen)] if unseen else []))
    title = heading(cluster["name"], cluster["site"])
    title.append(" · ")
    title.append_text(_verdict(cluster))
    master = _master(cluster)
    if master is not None:
        title.append(" · ")
        title.append_text(master)
    rows = (
        (words(node["name"]), words(node["role"]), _state(node), _sync(node), _days(node), _last(node))
        for node in nodes
    )
    told = shown(remarks(cluster))
    return block(title, table(_COLUMNS, rows), *([points(told)] if told else []))


def verdict(cluster: StatusCluster) -> Health:
    """Return the verdict on a cluster.

    Args:
        cluster: of the document.
    """
    return Health(cluster["verdict"])


def _verdict(cluster: StatusCluster) -> Text:
    told = verdict(cluster)
    if told == Health.NOT_JUDGED:
        selected = cluster["selected"]
        return Text(f"{selected['nodes']} of {counted(selected['of'], 'node')} selected: not judged", "cyan")
    sign, style = _VERDICTS[told]
    return Text(f"{sign} {told.upper()}", style)


def _master(cluster: StatusCluster) -> Text | None:
    """Return who is master, and whether the inventory says so too: renewals keep the inventory's."""
    if not cluster["master"]:
        # Of what was not looked at whole, or by nobody, it cannot be said.
        judged = verdict(cluster) == Health.NOT_HEALTHY
        return Text("no master that all agree on") if judged else None
    told = Text(f"master {words(cluster['master']).plain}")
    listed = next((node["name"] for node in cluster["nodes"] if node["role"] == Role.MASTER), None)
    if listed not in (None, cluster["master"]):
        told.append(f", not {words(listed).plain} as the inventory says", "bold red")
    return told


def _state(node: StatusNode) -> Text:
    if not node["reachable"]:
        return words("? NOT SEEN", "magenta")
    seen = node["status"]
    if not node["knows_databases"]:
        return words("no database clusters in this release")
    if seen is None:
        return words("? NOT UNDERSTOOD", "magenta")
    me = own_row(seen)
    running = f", for {seen['started_seconds']} s" if seen["started_seconds"] is not None else ""
    return words(f"{seen['status']}{running}" + (f": {me.state}" if me else ""))


def _sync(node: StatusNode) -> Text:
    me = own_row(node["status"]) if node["status"] else None
    if me is None:
        return words(None)
    if me.is_master:
        return words("master")
    return words("✓ yes", "green") if me.in_sync else words("✗ NO", "bold red")


def _days(node: StatusNode) -> Text:
    """Return the worst of the database's certificates, and the days until the first of them ends."""
    every = node["certificates"]
    if not every:
        return words("? UNKNOWN", "magenta") if node["certificates_error"] else words(None)
    worst = min((one["severity"] for one in every), key=rank)
    left = [one["days_left"] for one in every if one["severity"] == worst and one["days_left"] is not None]
    told = mark(worst)
    if left:
        told.append(f" {_until_or_since(min(left))}")
    return told


def _until_or_since(days_left: int) -> str:
    # Whole days are rounded down: -1 is any moment of the first day after the end.
    if days_left >= 0:
        return counted(days_left, "day")
    return f"{counted(-days_left - 1, 'day')} ago" if days_left < -1 else "less than a day ago"


def _last(node: StatusNode) -> Text:
    seen = node["status"]
    if seen is None or not seen["last_command"]:
        return words(None)
    return words(f"{str(seen['last_command']).removeprefix(_COMMON)} ({seen['last_result'] or 'no result'})")


def summary(clusters: Sequence[StatusCluster]) -> Text:
    """Return how many clusters are well, in one line; the numbers add up to all of them.

    Args:
        clusters: of the document.
    """
    named = Counter(verdict(one) for one in clusters if one["name"])
    told = f"{counted(named.total(), 'cluster')}: {named[Health.HEALTHY]} healthy, {named[Health.NOT_HEALTHY]} not"
    told += "".join(f", {named[one]} {one}" for one in (Health.NOT_SEEN, Health.NOT_JUDGED) if named[one])
    nodes = [node for one in clusters for node in one["nodes"]]
    silent = sum(not node["reachable"] for node in nodes)
    strange = sum(bool(node["reachable"]) and node["status"] is None and node["knows_databases"] for node in nodes)
    told += "".join(
        f"; {counted(number, 'node')} {what}"
        for number, what in ((silent, "not seen"), (strange, "not understood"))
        if number
    )
    return words(told, "bold")


def _next(document: StatusDocument, unfinished: Sequence[RunSummary]) -> RenderableType | None:
    """What a run has begun; an audit of what is not well; and another look at what was not, or only in part, seen."""
    named = [(one["name"], one) for one in document["clusters"] if one["name"]]
    ill = [name for name, one in named if verdict(one) == Health.NOT_HEALTHY]
    # Of nodes that did not answer an audit would see nothing either.
    parts = [name for name, one in named if verdict(one) in (Health.NOT_SEEN, Health.NOT_JUDGED)]
    looks = [
        f"{with_options(document, f'mmpctl {verb}', 'inventory', 'known_hosts', 'ssh_config')} {clusters_option(names)}"
        for verb, names in (("audit", ill), ("status", parts))
        if names
    ]
    commands = [*go_on((one["name"] for one in document["clusters"]), unfinished), *looks]
    return next_command(*commands) if commands else None
