"""The folder of one node below a folder that many nodes share: no task writes where another node's file lies."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from nornir.core.task import Task

from mmpctl.errors import UsageError
from mmpctl.inventory.rules import fit_for_folder


def own_folder(task: Task, folder: str | PathLike[str], *below: str) -> Path:
    """Make the node's own folder, private (0700) with all folders above it that are not there yet.

    Args:
        task: of the node; its inventory name is the folder's name.
        folder: the folder that all nodes share.
        below: names of folders within the node's own.

    Returns:
        `<folder>/<node>/<below>`.

    Raises:
        UsageError: this is no folder, a name cannot be the name of a folder, or the folder cannot be made.
    """
    node = task.host.name
    try:
        shared = Path(folder).expanduser()
    except TypeError:
        what = f"{type(folder).__name__} {folder!r} is not a folder"
        raise UsageError(what, node=node, advice="Give a path, as text or as a pathlib.Path.") from None
    if not str(folder).strip():
        raise UsageError("the folder has no name", node=node, advice="Give a path, as text or as a pathlib.Path.")
    for name in (node, *below):
        if not fit_for_folder(name):
            what = f"{name!r} cannot be the name of a folder"
            raise UsageError(what, node=node, advice="Use letters, digits, dot, hyphen, underscore.")
    own = shared.joinpath(node, *below)
    try:
        # The mode of `mkdir` does not hold for the parents that it makes.
        for each in reversed((own, *own.parents)):
            each.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        what = f"the folder {own} cannot be made ({error.strerror})"
        raise UsageError(what, node=node, advice="Choose a folder that can be written.") from error
    return own
