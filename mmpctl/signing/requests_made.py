"""The requests that were made on nodes or for them, or why not."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from mmpctl import exit_codes as codes
from mmpctl.documents.issuing.csr import RequestedDocument
from mmpctl.errors import MmpError
from mmpctl.inventory.nodes import Node


@dataclass(frozen=True, slots=True)
class NodeRequest:
    """The requests of one node.

    Args:
        node: of a database cluster.
        requests: as the document has them, the server's first.
        notes: what was odd, for people.
        unused: keys on the node that an earlier request has left, and that nothing uses.
        here: an earlier request lies in the folder.
        kept: where that one lies now; None if it was not moved.
        error: why there are no requests.
    """

    node: Node
    requests: tuple[RequestedDocument, ...] = ()
    notes: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    here: bool = False
    kept: Path | None = None
    error: MmpError | None = None

    @property
    def is_open(self) -> bool:
        """Whether an earlier request of it was never used."""
        return self.here or bool(self.unused)


@dataclass(frozen=True, slots=True)
class CsrReport:
    """The requests that were made.

    Args:
        folder: where they lie.
        nodes: one entry each.
        declined: earlier requests are open, and nobody wanted more of them.
    """

    folder: Path
    nodes: tuple[NodeRequest, ...]
    declined: bool = False

    @property
    def code(self) -> int:
        """0 if every node has its requests; 4 if none has, 10 if some have; 5 if earlier ones are open."""
        if self.declined:
            return codes.REFUSED
        failed = sum(one.error is not None for one in self.nodes)
        if not failed:
            return codes.DONE
        return codes.EXPIRED if failed == len(self.nodes) else codes.DIFFERENT

    @property
    def continues(self) -> bool:
        """Whether some nodes have their requests in the folder and others do not: then what is missing can be made."""
        return any(one.here for one in self.nodes) and not all(one.here for one in self.nodes)

    @property
    def reason(self) -> str | None:
        """Why no more were made, and what to do; None if they were."""
        if not self.declined:
            return None
        free = [one.node.name for one in self.nodes if not one.is_open and one.error is None]
        hosts = " ".join(f"--host {shlex.quote(name)}" for name in free)
        others = f" To make only those that are missing, give {hosts}." if free else ""
        return (
            "Requests that were made earlier are not used yet; no more were made. If their answers are still to come, "
            f"wait for them, and take them in with `mmpctl sign {shlex.quote(str(self.folder))} --answers PATH`. If "
            f"the requests are of no use any more, give --yes.{others}"
        )
