"""Which keys on nodes wait for a certificate, by the `request.json` files in a folder of requests."""

from __future__ import annotations

import json
from pathlib import Path

from mmpctl.certificates.files import read_file
from mmpctl.certificates.key_ties import TIES_FILE
from mmpctl.errors import RefusedError, UsageError
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
    for path in sorted(folder.rglob(TIES_FILE)):
        require_trusted(path, "the file")
        try:
            told = json.loads(read_file(path).content.reveal())
            node, keys = told["node"], [one["device"] for one in told["files"].values()]
            if not all(isinstance(name, str) for name in (node, *keys)):
                raise TypeError("a name is no text")
        except (RefusedError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise UsageError(
                f"{path} is no {TIES_FILE} of mmpctl, so nobody knows which keys it is about",
                advice="Correct it, or move it away if its request is not wanted any more.",
            ) from error
        found.setdefault(node, {}).update(dict.fromkeys(keys, str(path)))
    return found
