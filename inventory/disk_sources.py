"""What an inventory plugin reads from the disk, as far as its options and Ansible's custom show."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nornir.core.configuration import InventoryConfig
from nornir.core.exceptions import PluginNotRegistered
from nornir.core.plugins.inventory import InventoryPluginRegister

from mmpctl.errors import InventoryError

SIMPLE = "SimpleInventory"
# Where Ansible keeps variables of groups and hosts, beside the inventory's file.
_VARIABLES = ("group_vars", "host_vars")
# The history of an inventory, which may have any number of files, is read by no plugin.
_NOT_READ = ".git"
_MOST_FILES = 10_000


def files_of(settings: InventoryConfig) -> Iterator[Path]:
    """Give the files and folders that an inventory plugin reads.

    Args:
        settings: the section `inventory` of a Nornir configuration.

    Returns:
        Those that its options name, or that it takes where an option is not set; for other plugins than Nornir's own
        also all that lies in such a folder, and in `group_vars` and `host_vars` beside such a file.

    Raises:
        InventoryError: a folder holds more than can be looked at.
    """
    named = [path for path in _paths({**_usual(settings.plugin), **settings.options}) if path.exists()]
    yield from named
    if settings.plugin == SIMPLE:
        return
    beside = [place / name for path in named for place in (path.parent, path) for name in _VARIABLES]
    yield from _below([*named, *(folder for folder in beside if folder.is_dir())])


def _usual(plugin: str) -> dict[str, Any]:
    """The options that a plugin takes where nothing is set, such as `hostsfile: hosts`."""
    InventoryPluginRegister.auto_register()
    try:
        taken = inspect.signature(InventoryPluginRegister.get_plugin(plugin)).parameters.values()
    except (PluginNotRegistered, TypeError, ValueError):
        return {}
    return {one.name: one.default for one in taken if one.default is not inspect.Parameter.empty}


def _paths(value: Any) -> Iterator[Path]:
    """The paths that options may name, however deep they stand."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple, set)):
        for one in value:
            yield from _paths(one)
    elif isinstance(value, (str, Path)) and str(value).strip() and str(value).isprintable() and len(str(value)) < 1024:
        # `~nobody` is left as it is, instead of an error.
        yield Path(os.path.expanduser(value))  # noqa: PTH111


def _below(places: list[Path]) -> Iterator[Path]:
    seen = set[tuple[int, int]]()
    waiting, count = [*places], 0
    while waiting:
        place = waiting.pop()
        if not place.is_dir():
            yield place
            continue
        told = place.stat()
        if (told.st_dev, told.st_ino) in seen:
            continue
        seen.add((told.st_dev, told.st_ino))
        yield place
        try:
            inner = [one for one in place.iterdir() if one.name != _NOT_READ]
        except OSError as error:
            raise InventoryError(
                f"the inventory's folder {place} cannot be read ({error.strerror})", advice="Check its permissions."
            ) from error
        count += len(inner)
        if count > _MOST_FILES:
            raise InventoryError(
                f"the inventory's folder {place} holds too many files: no more than {_MOST_FILES:,} can be checked",
                advice="Name a folder in the configuration file that holds the inventory only.",
            )
        waiting += inner
