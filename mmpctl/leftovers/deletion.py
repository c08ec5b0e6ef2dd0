"""The guard of a deletion, and the single-use permit that only it makes."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Final, NoReturn, SupportsIndex

from mmpctl.cluster.marks import mark_of
from mmpctl.errors import RefusedError
from mmpctl.leftovers.judgement import FileState, judge
from mmpctl.leftovers.node_files import NodeFiles, is_certificate_file

# It never leaves this module: a permit is made by `permit_deletion` and by nobody else.
_SEAL: Final = object()


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A file of a node that was fetched twice, both times alike, and lies here.

    Args:
        node: inventory name.
        file: its name on the node.
        path: where it lies here.
        size: bytes.
        sha256: lower-case hex.
    """

    node: str
    file: str
    path: str
    size: int
    sha256: str


class DeletionPermit:
    """A single-use permission to delete one file of one node.

    Args:
        saved: the copy that lies here.
        host_key: fingerprint of the node that was looked at.
        seal: of this module.

    Raises:
        RefusedError: whoever makes it has not looked at the node.
    """

    def __init__(self, saved: SavedFile, host_key: str, *, seal: object) -> None:
        if seal is not _SEAL:
            raise RefusedError(
                "a permit to delete a file can only come from the guard",
                node=saved.node,
                advice="Use mmpctl.leftovers.deletion.permit_deletion.",
            )
        self.node = saved.node
        self.file = saved.file
        self.saved = saved
        self._host_key = host_key
        self._spent = False
        self._lock = Lock()

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        """A copy would be a second permit: there is none."""
        raise TypeError("a permit cannot be copied")

    def spend(self, host_key: str, size: int, sha256: str) -> str:
        """Give out the name of the file to delete, once, on the very node that was looked at.

        Args:
            host_key: fingerprint that the open session was opened with.
            size: bytes that the file has now.
            sha256: of the file as it is now, lower-case hex.

        Returns:
            The file's name.

        Raises:
            RefusedError: this is another node, the file has changed, or the permit was used before.
        """
        if not host_key or host_key != self._host_key:
            self._refuse(f"the host key is {host_key!r} now, it was {self._host_key!r} when the file was looked for")
        if size != self.saved.size:
            self._refuse(f"{self.file} has {size} bytes now, and {self.saved.size} in the copy on this machine")
        if sha256 != self.saved.sha256:
            self._refuse(f"{self.file} differs from the copy on this machine")
        with self._lock:
            if self._spent:
                self._refuse(f"the permit to delete {self.file} was used before")
            self._spent = True
        return self.file

    def _refuse(self, why: str) -> NoReturn:
        raise RefusedError(
            why, code="not-deleted", node=self.node, advice="Nothing was deleted. Look at the node, then try again."
        )


def permit_deletion(seen: NodeFiles, saved: SavedFile) -> DeletionPermit:
    """Permit to delete one file: nothing refers to it, no run is at work on the node, and a copy lies here.

    Args:
        seen: the look at the node right before.
        saved: the copy.

    Raises:
        RefusedError: a condition does not hold (code `not-deleted`).
    """
    why = objection(seen, saved.file)
    if why is None and saved.node != seen.node:
        why = f"the copy is of {saved.node}"
    if why is not None:
        raise RefusedError(f"{saved.file} is not deleted: {why}", code="not-deleted", node=seen.node, advice=_ADVICE)
    return DeletionPermit(saved, seen.host_key, seal=_SEAL)


_ADVICE: Final = "It is on the node as it was. Look with `mmpctl cleanup`."


def objection(seen: NodeFiles, file: str) -> str | None:
    """Return why a file must not be deleted; None if it may be.

    Args:
        seen: one look at the node.
        file: its name.
    """
    if seen.at_work:
        return "; ".join(seen.at_work)
    if mark_of(file) is not None or not is_certificate_file(file):
        return "it is no certificate, key or request"
    if file not in seen.listed:
        return "`pki list` does not show it"
    found = judge(seen, file)
    if found.state is FileState.UNUSED:
        return None
    return "; ".join(seen.unsure) if found.state is FileState.NOT_JUDGED else found.why
