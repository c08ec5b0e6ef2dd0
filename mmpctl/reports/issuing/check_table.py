"""Whether new certificates, or requests for them, are fit, for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from rich.console import RenderableType
from rich.text import Text

from mmpctl.documents.finding import FindingDocument
from mmpctl.documents.issuing.check import CheckDocument, CheckedClusterDocument, CheckedNodeDocument
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.typed import RENEWAL_OPTIONS
from mmpctl.reports.widgets import (
    bullets,
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
_OF_CERTIFICATES = ("Issued by", "Valid until")
# So many nodes a person reads all files of; of more, those of the nodes with findings. So many nodes are named, and so
# many findings of one kind are told; of notes, of which none needs anything, one.
_FEW = 5
_NAMED = 5
_ALIKE = 3


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
    said = [*_sayings(nodes, everything)]
    asides = [*_asides(document)]
    what = "requests of " if summary["requests"] == len(nodes) else ""
    sign = "✓" if summary["fit"] == len(nodes) else "✗"
    return stack(
        [
            heading(f"{sign} {document['folder']}: {what}{summary['fit']} of {counted(len(nodes), 'node')} fit"),
            table(_CLUSTERS, map(_cluster, clusters)) if len(clusters) > 1 else None,
            _table(rows, requests=bool(what)) if rows else None,
            points(said) if said else None,
            bullets(asides) if asides else None,
            next_command(*_next(document, document["next"])) if document["next"] else None,
        ]
    )


def _table(rows: Sequence[Sequence[Text]], *, requests: bool) -> RenderableType:
    """Return the table of the files; requests have no issuer and no end."""
    columns = [place for place, column in enumerate(_FILES) if not requests or column.title not in _OF_CERTIFICATES]
    return table([_FILES[place] for place in columns], [[row[place] for place in columns] for row in rows])


def _next(document: CheckDocument, first: str) -> Iterator[str]:
    yield first
    if not document["summary"]["requests"]:
        yield with_options(document, "mmpctl stage", *RENEWAL_OPTIONS)


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


@dataclass(frozen=True, slots=True)
class _Saying:
    """One finding, and the nodes that have it."""

    finding: FindingDocument
    nodes: list[str] = field(default_factory=list)


def _sayings(nodes: Iterable[CheckedNodeDocument], everything: bool) -> Iterator[tuple[Text, Text]]:
    """Yield each finding once, the worst first: a mark and a sentence with its nodes, then the cure.

    Of many that are alike, the first few are told, and how many there are besides.
    """
    for alike in sorted(_kinds(nodes), key=lambda one: rank(one[0].finding["severity"])):
        is_note = alike[0].finding["severity"] == Severity.NOTE
        told = alike if everything else alike[: 1 if is_note else _ALIKE]
        for one in told:
            yield mark(one.finding["severity"]), lines(f"{_named(one.nodes)}: {one.finding['message']}")
            # The cures of notes that are alike differ in the file only.
            if not is_note or one is told[-1]:
                yield Text(""), lines(f"→ {one.finding['cure']}", "dim")
        rest = alike[len(told) :]
        if rest:
            names = dict.fromkeys(name for one in rest for name in one.nodes)
            yield Text(""), lines(f"and {len(rest)} more of this kind ({_named([*names])}); --all shows them", "dim")


def _kinds(nodes: Iterable[CheckedNodeDocument]) -> Iterable[Sequence[_Saying]]:
    """Return the findings, those of one kind together."""
    kinds: dict[tuple[str, str], dict[tuple[str, str], _Saying]] = {}
    for node in nodes:
        for one in _findings(node):
            alike = kinds.setdefault((one["severity"], one["id"]), {})
            names = alike.setdefault((one["message"], one["cure"]), _Saying(one)).nodes
            if node["name"] not in names:
                names.append(node["name"])
    return [[*alike.values()] for alike in kinds.values()]


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
