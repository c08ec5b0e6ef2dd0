"""The fleet at a glance: clusters by uses, the worst state in each cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mmpctl.documents.audit import AuditDocument
from mmpctl.reports.audit.entries import NONE_USED, WHOLE, Entry
from mmpctl.reports.audit.view import ALONE
from mmpctl.reports.sanitize import harmless
from mmpctl.severity import Severity, worst

# So many clusters are shown, all of them; of more, only those with something wrong.
_FEW = 20
_MOST = 30


@dataclass(frozen=True, slots=True)
class Uses:
    """The uses of one service.

    Args:
        service: its name, above the columns.
        names: the rest of each use's name.
        uses: the whole names, for links.
    """

    service: str
    names: tuple[str, ...]
    uses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClusterState:
    """One cluster.

    Args:
        name: of the cluster.
        whole: the worst that is known of the cluster and its nodes as a whole; None if nothing is.
        sync: what `whole` says, in words.
        cells: of each use its name, the worst severity, None if the cluster has none, and whether a service begins.
    """

    name: str
    whole: Severity | None
    sync: str
    cells: tuple[tuple[str, Severity | None, bool], ...]

    @property
    def severity(self) -> Severity:
        """The worst of all."""
        return worst(one for one in (self.whole, *(severity for _, severity, _ in self.cells)) if one)


@dataclass(frozen=True, slots=True)
class Matrix:
    """The fleet at a glance.

    Args:
        services: the columns, in groups.
        shown: the worst clusters first.
        more: clusters with something wrong that are too many to be shown at once.
        fine: names of the clusters that are left out because nothing is wrong with them.
    """

    services: tuple[Uses, ...]
    shown: tuple[ClusterState, ...]
    more: tuple[ClusterState, ...]
    fine: tuple[str, ...]


def matrix(document: AuditDocument, entries: Sequence[Entry]) -> Matrix:
    """Return the fleet matrix.

    Args:
        document: of `mmpctl audit`.
        entries: its rows.
    """
    sync = {harmless(one["name"] or ALONE): one["in_sync"] for one in document["clusters"]}
    found: dict[str, dict[str, Severity]] = {name: {} for name in sync}
    whole: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry["use"] in WHOLE:
            whole.setdefault(entry["cluster"], []).append(entry)
        elif entry["use"] != NONE_USED:
            cells = found[entry["cluster"]]
            cells[entry["use"]] = worst((cells.get(entry["use"], Severity.OK), entry["severity"]))
    services = _services({use: None for cells in found.values() for use in cells})
    columns = [(use, number == 0) for service in services for number, use in enumerate(service.uses)]
    states = [
        ClusterState(
            name,
            *_whole(sync[name], whole.get(name, ())),
            tuple((use, cells.get(use), first) for use, first in columns),
        )
        for name, cells in found.items()
    ]
    # Nodes without a cluster are no cluster: they come after those.
    states.sort(key=lambda one: (one.name == ALONE, one.severity.rank, one.name))
    if len(states) <= _FEW:
        return Matrix(services, tuple(states), (), ())
    wrong = [one for one in states if one.severity is not Severity.OK]
    fine = tuple(one.name for one in states if one.severity is Severity.OK)
    return Matrix(services, tuple(wrong[:_MOST]), tuple(wrong[_MOST:]), fine)


def _whole(in_sync: bool | None, entries: Sequence[Entry]) -> tuple[Severity | None, str]:
    severity = worst(one["severity"] for one in entries)
    if severity is Severity.OK and in_sync is not False:
        return (Severity.OK, "in sync") if in_sync else (None, "")
    told = "; ".join(dict.fromkeys(one["message"] for entry in entries for one in entry["findings"]))
    return (severity, told) if severity is not Severity.OK else (Severity.UNFIT, "not in sync")


def _services(uses: dict[str, None]) -> tuple[Uses, ...]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for use in sorted(uses):
        service, _, rest = use.partition(" ")
        groups.setdefault(service, []).append((rest, use))
    # The database first: it is what the fleet stands on.
    order = sorted(groups, key=lambda service: (service != "database", service))
    return tuple(Uses(name, *map(tuple, zip(*groups[name], strict=True))) for name in order)
