"""What an audit's table says below the rows of a cluster: each finding once, the notes of one kind together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.text import Text

from mmpctl.documents.audit import AuditCluster, AuditNode
from mmpctl.documents.finding import FindingDocument
from mmpctl.reports.widgets import lines, mark
from mmpctl.severity import Severity, rank


@dataclass(frozen=True, slots=True)
class _Saying:
    """One finding and its nodes; no nodes if it is a finding of the cluster."""

    finding: FindingDocument
    nodes: list[str] = field(default_factory=list)

    def said(self) -> str:
        where = f"{', '.join(self.nodes)}: " if self.nodes else ""
        return f"{where}{self.finding['message']}"


def sayings(cluster: AuditCluster, nodes: Sequence[AuditNode], notes: bool = True) -> Iterator[tuple[Text, Text]]:
    """Yield each thing to say about a cluster once, the worst first: a mark and a sentence, then the cure.

    Args:
        cluster: of the document.
        nodes: those of it that the table shows, in its order.
        notes: say the notes too.
    """
    noted: dict[str, list[_Saying]] = {}
    for saying in sorted(_sayings(cluster, nodes), key=lambda one: rank(one.finding["severity"])):
        if saying.finding["severity"] == Severity.NOTE:
            noted.setdefault(saying.finding["id"], []).append(saying)
        else:
            yield mark(saying.finding["severity"]), lines(saying.said())
            yield from _cure(saying.finding)
    for alike in noted.values() if notes else ():
        for one, following in zip(alike, [*alike[1:], None], strict=True):
            yield mark(Severity.NOTE), lines(one.said())
            # One cure stands below all the notes that it is for.
            if following is None or following.finding["cure"] != one.finding["cure"]:
                yield from _cure(one.finding)


def _cure(finding: FindingDocument) -> Iterator[tuple[Text, Text]]:
    if finding["cure"]:
        yield Text(""), lines(f"→ {finding['cure']}", "dim")


def _sayings(cluster: AuditCluster, nodes: Sequence[AuditNode]) -> Sequence[_Saying]:
    said: dict[tuple[str, str, str], _Saying] = {}

    def saying(finding: FindingDocument) -> list[str]:
        key = (finding["severity"], finding["message"], finding["cure"])
        return said.setdefault(key, _Saying(finding)).nodes

    for one in cluster["findings"]:
        saying(one)
    for node in nodes:
        of_files = (one for certificate in node["certificates"] for one in certificate["findings"])
        for one in (*node["findings"], *of_files):
            names = saying(one)
            if node["name"] not in names:
                names.append(node["name"])
    return tuple(said.values())
