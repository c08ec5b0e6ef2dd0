"""The audit for people: the answer, what needs somebody, the worst first, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from mmpctl.documents.audit import AuditCluster, AuditDocument, AuditNode, AuthorityDocument
from mmpctl.documents.runs import RunSummary
from mmpctl.reports.audit.answer import answer
from mmpctl.reports.audit.counts import Counts, counts
from mmpctl.reports.audit.findings_text import sayings
from mmpctl.reports.audit.next_commands import next_commands
from mmpctl.reports.audit.troubles import not_well, worst_of_node
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.widgets import (
    block,
    counted,
    day,
    heading,
    mark,
    next_command,
    outlived,
    points,
    stack,
    table,
    used_by,
    words,
)
from mmpctl.severity import Severity, rank

_COLUMNS = (
    Column("Node"),
    Column("Use"),
    Column("File", firm=True),
    Column("Expires", firm=True),
    Column("Days", firm=True, right=True),
    Column("State", firm=True),
)

_AUTHORITIES = (
    Column("CA"),
    Column("Expires", firm=True),
    Column("Days", firm=True, right=True),
    Column("State", firm=True),
    Column("Used by"),
    Column("Outlived by"),
)
# The others are well, or expire later: the page and the JSON have them all.
_AUTHORITIES_SHOWN = 20


def audit(document: AuditDocument, everything: bool = False, unfinished: Sequence[RunSummary] = ()) -> RenderableType:
    """Return the document of `mmpctl audit`: the answer, then what needs somebody; the rest as counts.

    Args:
        document: of the command.
        everything: show what is in order as well, and the notes.
        unfinished: runs that have not ended.
    """
    clusters = sorted(_by_site(document["clusters"]), key=_place)
    shown = clusters if everything else [one for one in clusters if not _is_well(one)]
    return stack(
        [
            words(" ".join(answer(document).sentences()), "bold"),
            *(_cluster(one, everything) for one in shown),
            _authorities(document["authorities"], everything),
            None if everything else _left_out(document, clusters),
            _summary(document),
            _next(document, clusters, unfinished),
        ]
    )


def _is_well(cluster: AuditCluster) -> bool:
    return not not_well(cluster) and all(map(_is_well_node, cluster["nodes"]))


def _is_well_node(node: AuditNode) -> bool:
    return worst_of_node(node) is Severity.OK and all(one["severity"] == Severity.OK for one in node["certificates"])


def _left_out(document: AuditDocument, clusters: Sequence[AuditCluster]) -> Text | None:
    """Return what is in order, and the notes, in numbers: with what is shown, they add up to the whole."""
    well = sum(one["name"] is not None and _is_well(one) for one in clusters)
    nodes = [node for one in document["clusters"] for node in one["nodes"]]
    others = [node for one in document["clusters"] if one["name"] is None for node in one["nodes"]]
    alone = sum(_is_well_node(node) and bool(node["certificates"]) for node in others)
    bare = sum(_is_well_node(node) and not node["certificates"] for node in nodes)
    certificates = sum(one["severity"] == Severity.OK for node in nodes for one in node["certificates"])
    found = [one["findings"] for one in (*nodes, *document["clusters"])]
    found += [one["findings"] for node in nodes for one in node["certificates"]]
    notes = sum(each["severity"] == Severity.NOTE for findings in found for each in findings)
    told = [
        f"{counted(number, what)}{rest}"
        for number, what, rest in (
            (well, "cluster", ""),
            (alone, "node", " without a cluster"),
            (certificates, "certificate", ""),
        )
        if number
    ]
    sentences = [f"In order: {', '.join(told)}"] if told else []
    sentences += [f"No certificates: {counted(bare, 'node')}"] if bare else []
    sentences += [counted(notes, Severity.NOTE)] if notes else []
    return words(f"{'. '.join(sentences)}. --all shows everything.", "dim") if sentences else None


def _by_site(clusters: Sequence[AuditCluster]) -> Iterator[AuditCluster]:
    """Yield the clusters; nodes without one in a group for each site, as who looks after a site reads them."""
    for cluster in clusters:
        sites = {node["site"] for node in cluster["nodes"]}
        if cluster["name"] is not None or len(sites) < 2:
            yield cluster
            continue
        for site in sites:
            nodes = [node for node in cluster["nodes"] if node["site"] == site]
            yield {**cluster, "site": site, "nodes": nodes}


def _cluster(cluster: AuditCluster, everything: bool) -> RenderableType:
    nodes = sorted(cluster["nodes"], key=_rank_of_node)
    rows = [row for node in nodes for row in _rows(node, everything)]
    said = list(sayings(cluster, nodes, notes=everything))
    title = heading(cluster["name"] or "nodes without a cluster", cluster["site"])
    parts: list[RenderableType] = [title, *([table(_COLUMNS, rows)] if rows else [])]
    return block(*parts, points(said)) if said else block(*parts)


def _rows(node: AuditNode, everything: bool) -> Iterator[tuple[Text, ...]]:
    nothing, worst = words(None), worst_of_node(node)
    if node["reachable"] and not node["certificates"] and (everything or worst is not Severity.OK):
        state = nothing if worst is Severity.OK else mark(worst)
        yield words(node["name"]), words("none found"), nothing, nothing, nothing, state
    if not node["reachable"]:
        yield words(node["name"]), words("not seen"), nothing, nothing, nothing, mark(worst)
    for one in sorted(node["certificates"], key=lambda certificate: rank(certificate["severity"])):
        if one["severity"] == Severity.OK and not everything:
            continue
        yield (
            words(node["name"]),
            words(one["use"]),
            words(one["file"]),
            day(one["not_after"]),
            words(one["days_left"]),
            mark(one["severity"]),
        )


def _authorities(every: Sequence[AuthorityDocument], everything: bool) -> RenderableType | None:
    authorities = every if everything else [one for one in every if one["severity"] != Severity.OK]
    if not authorities:
        return None
    rows = [
        (
            words(one["subject"]),
            day(one["not_after"]),
            words(one["days_left"]),
            mark(one["severity"]),
            words(used_by(one)),
            words(outlived(one)),
        )
        for one in authorities[:_AUTHORITIES_SHOWN]
    ]
    parts: list[RenderableType] = [heading("CAs"), table(_AUTHORITIES, rows)]
    more = len(authorities) - len(rows)
    if more > 0:
        parts.append(words(f"and {counted(more, 'CA')} more, none worse or sooner: -o html and -o json show all"))
    return block(*parts)


def _summary(document: AuditDocument) -> Text:
    found, text = counts(document), Text(overflow="fold")
    text.append(counted(found.nodes, "node"), "bold")
    if found.unseen:
        text.append(f" ({found.unseen} not seen)", "magenta")
    text.append(f", {counted(found.certificates, 'certificate')}", "bold")
    told = found.severities.items()
    for number, (severity, count) in enumerate((severity, count) for severity, count in told if count):
        text.append(": " if number == 0 else ", ")
        text.append(f"{count} {mark(severity).plain.split()[-1]}", mark(severity).style)
    for number, told_of in enumerate(_not_well(found)):
        text.append("; " if number == 0 else ", ")
        text.append(told_of, "bold red")
    return text


def _not_well(found: Counts) -> Iterator[str]:
    """Yield the numbers of clusters and nodes that are not well as a whole; counts of certificates do not show them."""
    if found.clusters_not_well:
        yield f"{counted(found.clusters_not_well, 'cluster')} not well"
    if found.nodes_not_well:
        yield f"{counted(found.nodes_not_well, 'node')} not well"
    if found.host_keys:
        yield f"{counted(found.host_keys, 'host key')} refused"


def _next(
    document: AuditDocument, clusters: Sequence[AuditCluster], unfinished: Sequence[RunSummary]
) -> RenderableType | None:
    commands = next_commands(document, clusters, unfinished)
    return next_command(*commands) if commands else None


def _place(cluster: AuditCluster) -> tuple[bool, str, int, bool, str]:
    site, name = cluster["site"], cluster["name"]
    return site is None, site or "", _worst(cluster), name is None, name or ""


def _worst(cluster: AuditCluster) -> int:
    found = [rank(finding["severity"]) for finding in cluster["findings"]]
    return min([*found, *(_rank_of_node(node) for node in cluster["nodes"])], default=rank(Severity.OK))


def _rank_of_node(node: AuditNode) -> int:
    return min(rank(worst_of_node(node)), *(rank(one["severity"]) for one in node["certificates"]), rank(Severity.OK))
