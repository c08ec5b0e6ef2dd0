"""Which keys on nodes wait for a certificate, by the `request.json` files in a folder of requests."""

from __future__ import annotations

from pathlib import Path

from mmpctl.certificates.key_ties import TIES_FILE, read_ties
from mmpctl.errors import RefusedError, UsageError
from mmpctl.signing.files_below import files_below
from mmpctl.trusted import require_trusted


def requested_keys(folder: Path) -> dict[str, dict[str, str]]:
    """Return the `request.json` of each key on a node, by the node's inventory name and the key's file there.

    Args:
        folder: of the requests, as `mmpctl csr --to` fills it.

    Raises:
        UsageError: there is no such folder, others could change it, or a `request.json` in it cannot be read: then
            nobody knows which keys are still wanted.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", advice="Name the folder that `mmpctl csr --to` has filled.")
    require_trusted(folder, "the folder of requests")
    found: dict[str, dict[str, str]] = {}

    def unseen(error: OSError) -> None:
        raise UsageError(
            f"nobody knows which keys {error.filename} is about: it cannot be read ({error.strerror})",
            advice="Give yourself the right to read it, or move it away if its requests are not wanted any more.",
        ) from error

    for path in files_below(folder, unseen, follow=True):
        if path.name != TIES_FILE:
            continue
        try:
            ties = read_ties(path)
        except (RefusedError, ValueError) as error:
            raise UsageError(
                f"nobody knows which keys {path} is about: {error}",
                advice="Correct it, or move it away if its request is not wanted any more.",
            ) from error
        found.setdefault(ties.node, {}).update((tie.device, str(path)) for tie in ties.keys.values())
    return found
