"""What needs somebody: each cause once, with all that it makes wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from mmpctl.reports.audit.entries import CLUSTER, NOT_SEEN, WHOLE, Entry
from mmpctl.reports.audit.view import ALONE, NO_CLUSTER, link
from mmpctl.reports.widgets import counted
from mmpctl.severity import Severity, worst

_NAMES, _ALIKE = 8, 20
# `lon-3.example.com:22: ` before a reason: nodes that are not seen for the same reason are one problem.
_ADDRESS = re.compile(r"^not seen: \S+:\d+: ")


@dataclass(frozen=True, slots=True)
class Need:
    """One cause, with all that it makes wrong.

    Args:
        severity: of the finding.
        message: what is wrong, of the first file, node or cluster that has it.
        why: it matters; may be empty.
        cure: what to do; may be empty.
        alike: what is wrong with the next ones.
        alike_more: how many there are besides.
        where: the first nodes that it concerns, else the clusters.
        more: how many it concerns besides.
        within: the cluster of these nodes, or how many; empty if they are named already.
        rows: a link to the rows.
    """

    severity: Severity
    message: str
    why: str
    cure: str
    alike: tuple[str, ...]
    alike_more: int
    where: tuple[str, ...]
    more: int
    within: str
    rows: str


@dataclass(slots=True)
class _Cause:
    """What one cause makes wrong, while it is gathered."""

    why: str
    cure: str
    messages: dict[str, None] = field(default_factory=dict)
    among: list[Entry] = field(default_factory=list)


def needs(entries: Iterable[Entry], most: int) -> tuple[tuple[Need, ...], int]:
    """Return the causes, the worst first, among equals the one that ends next; and how many are left out.

    Args:
        entries: of an audit, in their order.
        most: how many are told.
    """
    causes: dict[tuple[Severity, str, str], _Cause] = {}
    for entry in entries:
        for severity, cause, message, why, cure in _problems(entry):
            found = causes.setdefault((severity, *cause), _Cause(why, cure))
            found.messages[message] = None
            found.among.append(entry)
    # Sorting is stable: the order of the entries stays within a severity.
    order = sorted(causes.items(), key=lambda one: one[0][0].rank)
    told = tuple(_need(key[0], key[1], found) for key, found in order[:most])
    return told, len(order) - len(told)


def _problems(entry: Entry) -> Iterator[tuple[Severity, tuple[str, str], str, str, str]]:
    if entry["severity"] == Severity.OK:
        return
    told = [one for one in entry["findings"] if worst((one["severity"],)) is not Severity.OK]
    for one in told:
        message = one["message"]
        if entry["use"] == NOT_SEEN:
            message = _ADDRESS.sub("not seen: ", message)
        # What is wrong with files is one cause for one kind of finding; of clusters and nodes each has its own.
        of_files = entry["use"] not in WHOLE and one["id"]
        cause = (one["id"], "") if of_files else ("", f"{message}\n{one['cure']}")
        yield worst((one["severity"],)), cause, message, one["why"], one["cure"]
    if not told:
        message = f"{entry['file'] or entry['use']} is {entry['severity']}"
        yield entry["severity"], ("", message), message, "", ""


def _need(severity: Severity, finding: str, found: _Cause) -> Need:
    among = found.among
    clusters = tuple(dict.fromkeys(entry["cluster"] for entry in among))
    nodes = tuple(dict.fromkeys(entry["node"] for entry in among if entry["node"]))
    whole = among[0]["use"] == CLUSTER
    where = clusters if whole else nodes
    first, *alike = found.messages
    return Need(
        severity=severity,
        message=first,
        why=found.why,
        cure=found.cure,
        alike=tuple(alike[:_ALIKE]),
        alike_more=max(len(alike) - _ALIKE, 0),
        where=where[:_NAMES],
        more=max(len(where) - _NAMES, 0),
        within="" if whole else _within(clusters),
        rows=_rows(among, finding),
    )


def _within(clusters: Sequence[str]) -> str:
    named = [one for one in clusters if one != ALONE]
    if not named:
        return NO_CLUSTER
    told = named[0] if len(named) == 1 else counted(len(named), "cluster")
    return told if len(named) == len(clusters) else f"{told}, {NO_CLUSTER}"


def _rows(among: list[Entry], finding: str) -> str:
    """Return a link to these rows: the kind of finding, and what they all have in common, as filters."""
    common = {name: {entry[name] for entry in among} for name in ("severity", "cluster", "use", "node", "file")}
    same = {name: values.pop() for name, values in common.items() if len(values) == 1}
    text = " ".join(same.pop(name, "") for name in ("node", "file")).strip()
    return link(**same, **({"finding": finding} if finding else {}), **({"text": text} if text else {}))
