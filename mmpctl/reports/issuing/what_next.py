"""What to type after a command that prepares or tidies: the same in its document and in its table."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Final

from mmpctl.documents.asked import Asked
from mmpctl.documents.issuing.cleanup import DeletionDocument, LeftoversOfNodeDocument
from mmpctl.documents.issuing.rotate import RotatedCluster
from mmpctl.leftovers.judgement import FileState
from mmpctl.reports.typed import with_asked
from mmpctl.runs.ending import Ending

_REACH: Final = ("inventory", "known_hosts", "ssh_config")
_WISHES: Final = ("certs", "leave_out", "names", "slaves_at_once", "keeper", "reason", "other_run", "runs")
_ROTATING: Final = ("ca", "days", "off_device", "key", "until_plan")
_TIDYING: Final = (*_REACH, "runs", "requests", "other_run")
# What a window has been opened for.
BEGUN: Final = (Ending.RENEWED, Ending.STOPPED, Ending.FAILED)


def after_cleanup(
    nodes: Sequence[LeftoversOfNodeDocument], deletions: Sequence[DeletionDocument], asked: Asked | None
) -> str | None:
    """Return the command that follows a look at unused files, or their deletion; None if there is nothing to do.

    Args:
        nodes: what was found on each.
        deletions: what has become of the files that were named.
        asked: the options of the present command.
    """
    again = with_asked("mmpctl cleanup", asked, *_TIDYING)
    if deletions:
        return f"{again} {_options('host', [one['node'] for one in deletions])}"
    for node in nodes:
        for one in () if node["at_work"] else node["files"]:
            if one["state"] == FileState.UNUSED:
                file = shlex.quote(f"{node['name']}:{one['file']}")
                return f"{again} {_options('host', [node['name']])} --delete {file}"
    return None


def waiting_for_window(clusters: Sequence[RotatedCluster]) -> list[str]:
    """Return the names of the clusters that all is prepared for.

    Args:
        clusters: of a rotation.
    """
    return [one["name"] for one in clusters if one["plan"] and one["plan"]["steps"] and one["outcome"] not in BEGUN]


def after_rotation(clusters: Sequence[RotatedCluster], asked: Asked | None) -> list[str]:
    """Return the commands that follow a rotation, each by itself; none if nothing is left to do.

    Args:
        clusters: how far it came for each.
        asked: the options of the present command.
    """
    waiting = waiting_for_window(clusters)
    if waiting:
        return [
            with_asked(f"{with_asked('mmpctl renew', asked, *_REACH)} {_options('cluster', waiting)}", asked, *_WISHES)
        ]
    unfinished = dict.fromkeys(each["run"] for one in clusters for each in one["problems"] if each["run"])
    if unfinished:
        return [with_asked(f"mmpctl resume {run}", asked, *_REACH, "runs") for run in unfinished]
    held_up = [one["name"] for one in clusters if one["outcome"] == Ending.REFUSED]
    if held_up:
        again = f"{with_asked('mmpctl rotate', asked, *_ROTATING, *_REACH)} {_options('cluster', held_up)}"
        return [with_asked(again, asked, *_WISHES)]
    return []


def _options(name: str, values: Sequence[str]) -> str:
    return " ".join(f"--{name} {shlex.quote(value)}" for value in dict.fromkeys(values))
