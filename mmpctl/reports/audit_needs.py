"""What needs somebody: each problem of an audit once, with all whom it concerns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mmpctl.reports.audit_entries import CLUSTER, NOT_SEEN, Entry
from mmpctl.reports.audit_view import SEVERITIES, link, worst

_NAMES = 8
# `lon-3.example.com:22: ` before a reason: nodes that are not seen for the same reason are one problem.
_ADDRESS = re.compile(r"^not seen: \S+:\d+: ")


@dataclass(frozen=True, slots=True)
class Need:
    """One problem.

    Args:
        severity: of the finding.
        message: what is wrong.
        why: it matters; may be empty.
        cure: what to do; may be empty.
        where: the first nodes that it concerns, else the clusters.
        more: how many it concerns besides.
        within: the first clusters of these nodes; empty where they are named already.
        rows: a link to the rows.
    """

    severity: str
    message: str
    why: str
    cure: str
    where: tuple[str, ...]
    more: int
    within: tuple[str, ...]
    rows: str


def needs(entries: Iterable[Entry], most: int) -> tuple[tuple[Need, ...], int]:
    """The problems, the worst first, among equals the one that ends next; and how many are left out.

    Args:
        entries: of an audit, in their order.
        most: how many are told.
    """
    groups: dict[tuple[str, str, str], tuple[str, list[Entry]]] = {}
    for entry in entries:
        for severity, message, why, cure in _problems(entry):
            groups.setdefault((severity, message, cure), (why, []))[1].append(entry)
    # Sorting is stable: the order of the entries stays within a severity.
    order = sorted(groups.items(), key=lambda group: SEVERITIES.index(group[0][0]))
    told = tuple(_need(*key, why, among) for key, (why, among) in order[:most])
    return told, len(order) - len(told)


def _problems(entry: Entry) -> Iterator[tuple[str, str, str, str]]:
    if entry["severity"] == "ok":
        return
    told = [one for one in entry["findings"] if worst((one["severity"],)) != "ok"]
    for one in told:
        message = one["message"]
        if entry["use"] == NOT_SEEN:
            message = _ADDRESS.sub("not seen: ", message)
        yield worst((one["severity"],)), message, one["why"], one["cure"]
    if not told:
        yield entry["severity"], f"{entry['file'] or entry['use']} is {entry['severity']}", "", ""


def _need(severity: str, message: str, cure: str, why: str, among: list[Entry]) -> Need:
    clusters = tuple(dict.fromkeys(entry["cluster"] for entry in among))
    nodes = tuple(dict.fromkeys(entry["node"] for entry in among if entry["node"]))
    whole = among[0]["use"] == CLUSTER
    where = clusters if whole else nodes
    within = () if whole else clusters
    return Need(severity, message, why, cure, where[:_NAMES], max(len(where) - _NAMES, 0), within, _rows(among))


def _rows(among: list[Entry]) -> str:
    """A link to these rows: what they all have in common, as filters."""
    common = {name: {entry[name] for entry in among} for name in ("severity", "cluster", "use", "node", "file")}
    same = {name: values.pop() for name, values in common.items() if len(values) == 1}
    text = " ".join(same.pop(name, "") for name in ("node", "file")).strip()
    return link(**same, **({"text": text} if text else {}))
