"""Where an inventory was read from: a run remembers it, so that it can be resumed from anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nornir.core import Nornir

from mmpctl.inventory.settings import Settings, remember

_SIMPLE = "SimpleInventory"
_FILES = {"host_file": "hosts.yaml", "group_file": "groups.yaml", "defaults_file": "defaults.yaml"}


def remember_source(nr: Nornir, source: Path) -> None:
    """Keep the path with the Nornir object, where its filtered copies find it too.

    Args:
        nr: made of it.
        source: folder, or configuration file.
    """
    remember(nr, inventory=str(source.absolute()))


def source_of(nr: Nornir) -> str:
    """Return where the inventory of a Nornir object lies.

    Args:
        nr: made by `load`, or by `InitNornir` with the three files of a folder.

    Returns:
        An absolute path; an empty text where nobody can know.
    """
    remembered = Settings.of(nr.config).inventory
    if remembered:
        return remembered
    options: dict[str, Any] = nr.config.inventory.options
    if nr.config.inventory.plugin != _SIMPLE or "host_file" not in options:
        return ""
    files = {name: Path(options.get(name, usual)).expanduser().absolute() for name, usual in _FILES.items()}
    folder = files["host_file"].parent
    is_folder = all(file == folder / _FILES[name] for name, file in files.items())
    return str(folder) if is_folder and files["host_file"].is_file() else ""
