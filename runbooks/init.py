"""A folder to begin with: an inventory to fill in, and the next commands."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from mmpctl.documents.init import InitDocument
from mmpctl.errors import UsageError

# Where each template goes.
_FILES: Mapping[str, str] = {
    "inventory/hosts.yaml": "hosts.yaml",
    "inventory/groups.yaml": "groups.yaml",
    "inventory/defaults.yaml": "defaults.yaml",
    ".gitignore": "gitignore",
    "README.md": "README.md",
}


def run(folder: Path) -> InitDocument:
    """Make the folder, or fill one that has no inventory yet; never overwrite anything.

    Args:
        folder: made when it is not there; a `.gitignore` and a README of its own are kept.

    Returns:
        The JSON document: the folder, its new files, those that were kept, and the commands to type next.

    Raises:
        UsageError: there is an inventory already, then nothing is written; or the folder cannot be written.
    """
    kept = [name for name in _FILES if os.path.lexists(folder / name)]
    if os.path.lexists(folder / "inventory"):
        raise UsageError(
            f"{folder} already has an inventory; nothing was written",
            code="init",
            advice=f"Name another folder, or check this inventory: `mmpctl inventory check -i {folder / 'inventory'}`.",
        )
    templates = files("mmpctl") / "templates" / "init"
    try:
        # Nobody but the owner may write there, whatever the umask is: the inventory steers where passwords go.
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        (folder / "inventory").mkdir(mode=0o755)
        for name, template in _FILES.items():
            if name not in kept:
                _write_new(folder / name, (templates / template).read_bytes())
    except OSError as error:
        raise UsageError(
            f"{error.filename or folder}: {error.strerror}",
            code="init",
            advice="Choose a folder in which you can write.",
        ) from error
    place = shlex.quote(str(folder))
    return {
        "schema": 1,
        "command": "init",
        "folder": str(folder),
        "files": [str(folder / name) for name in _FILES if name not in kept],
        "kept": [str(folder / name) for name in kept],
        "edit": str(folder / "inventory" / "hosts.yaml"),
        "next": [f"cd {place}", "mmpctl inventory check", "mmpctl trust", "mmpctl status", "mmpctl audit"],
    }


def _write_new(path: Path, content: bytes) -> None:
    # Fails where somebody has put a file or a link there meanwhile.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "wb") as file:
        file.write(content)
