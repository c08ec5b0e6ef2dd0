"""A file that somebody has named to be deleted, and what has become of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from mmpctl.enums import Word
from mmpctl.errors import UsageError
from mmpctl.leftovers.deletion import SavedFile
from mmpctl.leftovers.node_files import is_certificate_file


class DeletionState(Word):
    """What has become of a file that was to be deleted."""

    DELETED = "deleted"
    # The node has it as it was.
    REFUSED = "refused"
    # The node refuses, or does not answer.
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Named:
    """A file that somebody has named to be deleted.

    Args:
        node: inventory name.
        file: its name on the node.
    """

    node: str
    file: str

    def __str__(self) -> str:
        return f"{self.node}:{self.file}"


@dataclass(frozen=True, slots=True)
class Deletion:
    """What has become of a file that was to be deleted.

    Args:
        named: which.
        state: what has become of it.
        saved: the copy that lies here; None if there is none.
        reason: why it was not deleted; None if it was.
    """

    named: Named
    state: DeletionState
    saved: SavedFile | None = None
    reason: str | None = None


def parse(named: Iterable[str], nodes: Collection[str]) -> tuple[Named, ...]:
    """Return the files that are named, each once.

    Args:
        named: `NODE:FILE`.
        nodes: inventory names of the nodes that they may be on.

    Raises:
        UsageError: one of them is not of this form, or on no such node.
    """
    wanted: dict[Named, None] = {}
    for text in named:
        node, colon, file = text.rpartition(":")
        if not (colon and node and is_certificate_file(file)):
            raise UsageError(
                f"--delete {text}: not NODE:FILE with the name of a certificate, key or request",
                advice="Write it like --delete cms-1:old.cer.",
            )
        if node not in nodes:
            raise UsageError(
                f"--delete {text}: {node} is not one of the selected nodes", advice=f"Selected: {', '.join(nodes)}."
            )
        wanted[Named(node, file)] = None
    return tuple(wanted)
