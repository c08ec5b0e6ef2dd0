"""Whether new certificates, or requests for them, are fit, for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from rich.console import RenderableType
from rich.text import Text

from mmpctl.documents.finding import FindingDocument
from mmpctl.documents.issuing.check import CheckDocument, CheckedClusterDocument, CheckedNodeDocument
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.widgets import (
    bullets,
    clusters_option,
    counted,
    day,
    heading,
    lines,
    mark,
    next_command,
    points,
    stack,
    table,
    with_options,
    words,
)
from mmpctl.severity import Severity, rank, worst
from mmpctl.times import minute_of

_CLUSTERS = (
    Column("Cluster"),
    Column("Nodes", right=True),
    Column("State", firm=True),
    Column("Valid until", firm=True),
    Column("Issued by"),
)
_FILES = (
    Column("Node", firm=True),
    Column("File", firm=True),
    Column("Subject"),
    Column("Issued by"),
    Column("Valid until", firm=True),
    Column("State", firm=True),
)
# So many nodes a person reads all files of; of more, those of the nodes with findings.
_FEW = 5
_NAMED = 5


def check(document: CheckDocument, everything: bool = False) -> RenderableType:
    """Return the document of `mmpctl check`.

    Args:
        document: the document.
        everything: show the files of each node, also of many.
    """
    clusters, summary = document["clusters"], document["summary"]
    nodes = [node for cluster in clusters for node in cluster["nodes"]]
    shown = [node for node in nodes if everything or len(nodes) <= _FEW or _state(node) is not Severity.OK]
    rows = [*chain.from_iterable(map(_files, shown))]
    said = [*_sayings(nodes)]
    asides = [*_asides(document)]
    what = "requests of " if summary["requests"] == len(nodes) else ""
    sign = "✓" if summary["fit"] == len(nodes) else "✗"
    return stack(
        [
            heading(f"{sign} {document['folder']}: {what}{summary['fit']} of {counted(len(nodes), 'node')} fit"),
            table(_CLUSTERS, map(_cluster, clusters)) if len(clusters) > 1 else None,
            table(_FILES, rows) if rows else None,
            points(said) if said else None,
            bullets(asides) if asides else None,
            next_command(_next(document)) if document["next"] else None,
        ]
    )


def _next(document: CheckDocument) -> str:
    told = document["next"] or ""
    if document["summary"]["requests"]:
        return told
    command = f"mmpctl plan {clusters_option(cluster['name'] for cluster in document['clusters'])}"
    return with_options(document, command, "certs", "leave_out", "inventory", "known_hosts", "ssh_config")


def _cluster(cluster: CheckedClusterDocument) -> Sequence[Text]:
    nodes = cluster["nodes"]
    ends = [node["valid_until"] for node in nodes if node["valid_until"]]
    issuers = dict.fromkeys(one["issuer"] for node in nodes for one in node["files"][:-1] if one["issuer"])
    return (
        words(cluster["name"]),
        words(len(nodes)),
        mark(worst(map(_state, nodes))),
        day(min(ends, default=None)),
        words(" · ".join(issuers)),
    )


def _files(node: CheckedNodeDocument) -> Iterator[Sequence[Text]]:
    for one in node["files"]:
        state = worst(each["severity"] for each in one["findings"])
        yield (
            words(node["name"]),
            words(one["file"].rpartition("/")[2]),
            words(one["subject"]),
            words(one["issuer"]),
            day(one["not_after"]),
            mark(state),
        )


def _state(node: CheckedNodeDocument) -> Severity:
    return worst(one["severity"] for one in _findings(node))


def _findings(node: CheckedNodeDocument) -> Iterator[FindingDocument]:
    for file in node["files"]:
        yield from file["findings"]
    yield from node["findings"]


def _sayings(nodes: Iterable[CheckedNodeDocument]) -> Iterator[tuple[Text, Text]]:
    """Yield each finding once, the worst first: a mark and a sentence with its nodes, then the cure."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for node in nodes:
        for one in _findings(node):
            names = found.setdefault((one["severity"], one["message"], one["cure"]), [])
            if node["name"] not in names:
                names.append(node["name"])
    told = sorted(found.items(), key=lambda one: rank(one[0][0]))
    for (severity, message, cure), names in told:
        yield mark(severity), lines(f"{_named(names)}: {message}")
        yield Text(""), lines(f"→ {cure}", "dim")


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def _asides(document: CheckDocument) -> Iterator[str]:
    names = document["summary"]["left_out"]
    if names:
        was = "was" if len(names) == 1 else "were"
        yield f"{_named(names)} {was} not checked: left out, or in no database cluster."
    if document["compared_with"]:
        yield f"What is in use was seen at {minute_of(document['compared_with'])}."
