"""The marks that runs leave on nodes: two of them, or two copies of one, find each other without a common disk."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from mmpctl.cluster.backups import BackupOnNode

_RUN = r"\d{8}-\d{6}-[0-9a-f]{4}"
_MARK = re.compile(rf"mark-({_RUN})-([0-9a-f]{{8}})\.pem")
_SNAPSHOT = re.compile(rf"pre-({_RUN})(?:-again)?(?:-\d+)?")
_BAK = ".bak"


class TracedNode(Protocol):
    """A node on which runs leave traces, as any job has seen it."""

    @property
    def name(self) -> str:
        """Inventory name."""

    @property
    def backups(self) -> tuple[BackupOnNode, ...] | None:
        """Those that lie on it; None if it does not tell."""

    @property
    def marks(self) -> frozenset[str]:
        """The marks of runs that lie on it."""


class Traced(Protocol):
    """The nodes of one unit, as any job has seen them."""

    @property
    def name(self) -> str:
        """Of the unit."""

    @property
    def nodes(self) -> Sequence[TracedNode]:
        """In the order of the inventory."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The mark of one process that has resumed a run: a small file on each node.

    Args:
        run: the run's name.
        nonce: eight hex digits of its own.
    """

    run: str
    nonce: str

    @property
    def file(self) -> str:
        """Its name on the node: of the form that every release takes, and of no certificate's."""
        return f"mark-{self.run}-{self.nonce}.pem"


@dataclass(frozen=True, slots=True)
class Alone:
    """What may lie on a node without being the sign of somebody else at work.

    Args:
        run: this run's name; empty if it is not known: then its own backups count as traces too.
        accepted: the traces that were there when this process began, and that were judged.
        mark: this process's own mark; None for a renewal, whose backup is its mark.
    """

    run: str = ""
    accepted: frozenset[str] = frozenset()
    mark: str | None = None

    def broken_by(self, seen: frozenset[str]) -> str | None:
        """Return the reason why this process is no longer alone; None if it is.

        Args:
            seen: the traces that lie on the node now.
        """
        if new := sorted(seen - self.accepted - {self.mark}):
            told = ", ".join(new)
            return f"{told} has appeared on it since this run looked: another run, or a copy of this one, is at work"
        if self.mark is not None and self.mark not in seen:
            return (
                f"the mark of this run, {self.mark}, is no longer on it: somebody has taken the run over, or deleted it"
            )
        return None


def mark_of(file: str) -> Mark | None:
    """Return the mark that a file is.

    Args:
        file: its name on the node.
    """
    found = _MARK.fullmatch(file)
    return Mark(found[1], found[2]) if found else None


def run_of_backup(snapshot: str) -> str | None:
    """Return the run that has made a backup on a node; None for any other backup.

    Args:
        snapshot: its name, without extension.
    """
    found = _SNAPSHOT.fullmatch(snapshot)
    return found[1] if found else None


def traces_of(files: Iterable[str], run: str) -> frozenset[str]:
    """Return the traces of runs among a node's files: marks by their name, and the other runs whose backups are there.

    Args:
        files: names of the files on the node.
        run: this run; of its backups nothing can be told, for a copy of it gives them the same names.
    """
    traces = set()
    for file in files:
        other = run_of_backup(file.removesuffix(_BAK)) if file.endswith(_BAK) else None
        if mark_of(file) is not None:
            traces.add(file)
        elif other not in (None, run):
            traces.add(f"run {other}")
    return frozenset(traces)
