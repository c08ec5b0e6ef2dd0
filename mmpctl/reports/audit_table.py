"""The audit for people: what expires when, worst first, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from mmpctl.reports.parts import (
    WORST_FIRST,
    Column,
    Document,
    clusters_option,
    counted,
    day,
    heading,
    lines,
    mark,
    next_command,
    outlived,
    points,
    rank,
    stack,
    table,
    with_options,
    words,
)

_COLUMNS = (
    Column("Node"),
    Column("Use"),
    Column("File"),
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


def audit(document: Document) -> RenderableType:
    """The document of `mmpctl audit`."""
    clusters = sorted(document["clusters"], key=_place)
    each = (_cluster(one) for one in clusters)
    last = (_authorities(document.get("authorities", ())), _summary(document["summary"]), _next(document, clusters))
    return stack([*each, *last])


def _cluster(cluster: Document) -> RenderableType:
    nodes = sorted(cluster["nodes"], key=_worst_of_node)
    rows = [row for node in nodes for row in _rows(node)]
    findings = list(_findings(cluster, nodes))
    title = heading(cluster["name"] or "nodes without a cluster", cluster["site"])
    parts: list[RenderableType] = [title, table(_COLUMNS, rows)]
    return Group(*parts, points(findings)) if findings else Group(*parts)


def _rows(node: Document) -> Iterator[tuple[Text, ...]]:
    nothing = words(None)
    if node["reachable"] and not node["certificates"]:
        yield words(node["name"]), words("none found"), nothing, nothing, nothing, nothing
    if not node["reachable"]:
        yield words(node["name"]), words("not seen"), nothing, nothing, nothing, mark("unknown")
    for one in sorted(node["certificates"], key=lambda certificate: rank(certificate["severity"])):
        yield (
            words(node["name"]),
            words(one["use"]),
            words(one["file"]),
            day(one["not_after"]),
            words(one["days_left"]),
            mark(one["severity"]),
        )


def _authorities(authorities: Sequence[Document]) -> RenderableType | None:
    if not authorities:
        return None
    rows = [
        (
            words(one["subject"]),
            day(one["not_after"]),
            words(one["days_left"]),
            mark(one["severity"]),
            words(counted(one["clusters"], "cluster")),
            words(outlived(one)),
        )
        for one in authorities[:_AUTHORITIES_SHOWN]
    ]
    parts: list[RenderableType] = [heading("CAs"), table(_AUTHORITIES, rows)]
    more = len(authorities) - len(rows)
    if more > 0:
        parts.append(words(f"and {counted(more, 'CA')} more, none worse or sooner: -o html and -o json show all"))
    return Group(*parts)


def _findings(cluster: Document, nodes: list[Document]) -> Iterator[tuple[Text, Text]]:
    """Each thing to say once, with the nodes that it is true of."""
    said: dict[tuple[str, str, str], list[str]] = {}
    for one in cluster.get("findings", ()):
        said.setdefault((one["severity"], one["message"], one["cure"]), [])
    for node in nodes:
        for one in node.get("findings", ()):
            said.setdefault((one["severity"], one["message"], one["cure"]), []).append(node["name"])
        for certificate in node["certificates"]:
            for one in certificate["findings"]:
                names = said.setdefault((one["severity"], one["message"], one["cure"]), [])
                if node["name"] not in names:
                    names.append(node["name"])
    for (severity, message, cure), names in sorted(said.items(), key=lambda item: _finding_rank(item[0][0])):
        where = f"{', '.join(names)}: " if names else ""
        yield mark(severity), lines(f"{where}{message}")
        if cure:
            yield Text(""), lines(f"→ {cure}", "dim")


def _summary(summary: Document) -> Text:
    text = Text(overflow="fold")
    text.append(counted(summary["nodes"], "node"), "bold")
    if summary["unreachable"]:
        text.append(f" ({summary['unreachable']} not seen)", "magenta")
    text.append(f", {counted(summary['certificates'], 'certificate')}", "bold")
    told = [(severity, summary.get(severity, 0)) for severity in WORST_FIRST]
    for number, (severity, count) in enumerate((severity, count) for severity, count in told if count):
        text.append(": " if number == 0 else ", ")
        text.append(f"{count} {mark(severity).plain.split()[-1]}", mark(severity).style)
    return text


def _next(document: Document, clusters: list[Document]) -> RenderableType | None:
    wanting = [one["name"] for one in clusters if one["name"] and _may_be_renewed(one)]
    if not wanting:
        return None
    command = with_options(document, "mmpctl plan", "inventory", "known_hosts")
    return next_command(f"{command} {clusters_option(wanting)} --certs DIR")


def _may_be_renewed(cluster: Document) -> bool:
    return any(
        certificate["severity"] in ("expired", "unfit", "due") and certificate["use"].startswith("database")
        for node in cluster["nodes"]
        for certificate in node["certificates"]
    )


def _place(cluster: Document) -> tuple[bool, str, int, str]:
    site = cluster["site"]
    return site is None, site or "", _worst(cluster), cluster["name"] or ""


def _worst(cluster: Document) -> int:
    found = [_finding_rank(finding["severity"]) for finding in cluster.get("findings", ())]
    return min([*found, *(_worst_of_node(node) for node in cluster["nodes"])], default=rank("ok"))


def _worst_of_node(node: Document) -> int:
    seen = [rank(certificate["severity"]) for certificate in node["certificates"]]
    return min(seen if node["reachable"] else [*seen, rank("unknown")], default=rank("ok"))


def _finding_rank(severity: str) -> int:
    return len(WORST_FIRST) if severity == "note" else rank(severity)
