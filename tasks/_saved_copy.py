"""The copy of a node's file that an earlier command has saved here before it deleted the file there."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mmpctl.leftovers.deletion import SavedFile


def saved_copy(folder: Path, node: str, file: str) -> SavedFile | None:
    """Return the last copy of a file that lies here; None if there is none.

    Args:
        folder: of the copies, as `save_file` fills it: `<folder>/<node>/<time>/<file>`.
        node: inventory name.
        file: its name on the node.
    """
    # The time in the name of its folder is when it was saved.
    held = [path for path in sorted(folder.glob(f"*/*/{file}")) if path.parts[-3] == node and path.is_file()]
    if not held:
        return None
    content = held[-1].read_bytes()
    return SavedFile(node, file, str(held[-1]), len(content), hashlib.sha256(content).hexdigest())
