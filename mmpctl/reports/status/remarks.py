"""What a status remarks on: nodes that were not seen, lines that are not known, errors, and what has expired."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.text import Text

from mmpctl.cluster.status import Member
from mmpctl.documents.answers import StatusFacts
from mmpctl.documents.status import StatusCluster, StatusNode
from mmpctl.reports.widgets import lines, mark, words
from mmpctl.severity import Severity, rank


@dataclass(frozen=True, slots=True)
class Remark:
    """What is said of a node, as `NODE: …`, or of all nodes of which the same is to be said.

    Args:
        sign: before it.
        node: its name.
        told: what follows the name.
        sentence: commands in it are completed, and its line ends stay.
    """

    sign: Text
    node: str
    told: str
    sentence: bool = False


def shown(remarks: Iterable[Remark]) -> list[tuple[Text, Text]]:
    """Return the remarks as points, those that are the same of several nodes once, where the first of them stands.

    Args:
        remarks: in the order in which they are told.
    """
    same: dict[tuple[str, str, bool], list[Remark]] = {}
    for one in remarks:
        # What is no label before a colon is a sentence of one node.
        apart = "" if one.told.startswith(":") else one.node
        same.setdefault((one.sign.plain, apart + one.told, one.sentence), []).append(one)
    points = []
    for first, *others in same.values():
        nodes = ", ".join(dict.fromkeys((first.node, *(one.node for one in others))))
        told = f"{nodes}{first.told}"
        points.append((first.sign, lines(told) if first.sentence else words(told)))
    return points


def remarks(cluster: StatusCluster) -> Iterator[Remark]:
    """Yield what is to be said of a cluster's nodes.

    Args:
        cluster: of the document.
    """
    own = {me.address: node["name"] for node in cluster["nodes"] if node["status"] and (me := own_row(node["status"]))}
    # A node that was not seen does not say its address: the inventory does.
    owners = {**own, **cluster["members"]}
    for node in cluster["nodes"]:
        seen, name = node["status"], node["name"]
        if not node["reachable"]:
            yield silent(node)
            continue
        if seen is None or not seen["expired"]:
            # What the node itself marks as expired is told below.
            yield from _certificates(node)
        if seen is None:
            yield Remark(Text("? NOT UNDERSTOOD", "magenta"), name, f": {node['error']}")
            continue
        alarming = seen.get("alarming") or ()
        for line in seen.get("unknown") or ():
            sign = Text("✗ NOT KNOWN", "bold red") if line in alarming else Text("? NOT KNOWN", "magenta")
            yield Remark(sign, name, f" shows a line that is not known: {line!r}")
        if seen["error"]:
            yield Remark(Text("✗ ERROR", "bold red"), name, f": {seen['error']}")
        if seen["expired"]:
            yield Remark(Text("✗ EXPIRED", "bold red"), name, f": {', '.join(seen['expired'])}")
        if not cluster["healthy"]:
            others = [
                f"{owners.get(member['address'], member['address'])} {member['state']}"
                for member in seen["nodes"]
                if not member["me"] and not Member(**member).healthy
            ]
            if others:
                yield Remark(Text("·", "yellow"), name, f" reports {', '.join(others)}")


def silent(node: StatusNode) -> Remark:
    """Return the remark on a node that was not seen.

    Args:
        node: of the document.
    """
    return Remark(Text("? NOT SEEN", "magenta"), node["name"], f": {node['error'] or 'no answer'}", sentence=True)


def _certificates(node: StatusNode) -> Iterator[Remark]:
    """Yield what is wrong with the database's certificates of a node, the worst of it in a line."""
    if node["certificates_error"]:
        told = f": its certificates could not be read: {node['certificates_error']}"
        yield Remark(mark(Severity.UNKNOWN), node["name"], told)
    found = [
        finding for one in node["certificates"] for finding in one["findings"] if finding["severity"] != Severity.NOTE
    ]
    if found:
        worst = min(found, key=lambda finding: rank(finding["severity"]))
        more = f" (and {len(found) - 1} more: `mmpctl audit`)" if len(found) > 1 else ""
        yield Remark(mark(worst["severity"]), node["name"], f": {worst['message']}{more}", sentence=True)


def own_row(seen: StatusFacts) -> Member | None:
    """Return the row of a node's status that is about itself, if there is one.

    Args:
        seen: the node's status, of the document.
    """
    return next((Member(**member) for member in seen["nodes"] if member["me"]), None)
