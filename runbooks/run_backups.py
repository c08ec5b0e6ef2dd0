"""The backups of past runs: how old and how large they are, and their end, when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from mmpctl.documents.runs import BackupsOfRunsDocument, RunBackups
from mmpctl.errors import RefusedError
from mmpctl.renewal.journal_context import user
from mmpctl.runbooks.runs import run as all_runs
from mmpctl.runs import runs_folder
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.state import RunState
from mmpctl.times import iso, read_iso

_FOLDER, _PURGED = "backups", "purged.json"


def run(runs: Path, now: datetime) -> BackupsOfRunsDocument:
    """Return the backups of all runs of a folder, oldest first.

    Args:
        runs: the folder of all runs.
        now: aware.

    Returns:
        The JSON document; sizes in bytes, ages in days.
    """
    rows: list[RunBackups] = []
    for one in all_runs(runs)["runs"]:
        folder = runs_folder.find(runs, one["run"])
        files = list(_files(folder))
        if files:
            begun = read_iso(one["at"])
            rows.append(
                {
                    "run": one["run"],
                    "at": one["at"],
                    "days": (now - begun).days,
                    "state": one["state"],
                    "clusters": [cluster["name"] for cluster in one["clusters"]],
                    "nodes": sorted({file.relative_to(folder.path).parts[1] for file in files}),
                    "files": len(files),
                    "bytes": sum(file.stat().st_size for file in files),
                }
            )
    return {"schema": 1, "command": "runs", "backups": rows}


def one_run(runs: Path, name: str, now: datetime) -> BackupsOfRunsDocument:
    """Return the same of one run, if its backups may be deleted.

    Args:
        runs: the folder of all runs.
        name: the run's name.
        now: aware.

    Raises:
        RefusedError: the run has not ended, or has no backups.
        UsageError: there is no such run.
    """
    folder = runs_folder.find(runs, name)
    found = [one for one in run(runs, now)["backups"] if one["run"] == folder.name]
    if not found:
        raise RefusedError(f"the run {folder.name} has no backups here", code="run")
    if found[0]["state"] not in (RunState.FINISHED, RunState.CLOSED):
        raise RefusedError(
            f"the run {folder.name} has not ended: its backups may be all that is left of a database",
            code="run",
            advice=f"Finish it with `mmpctl resume {folder.name}`, or close it with `mmpctl runs --close {folder.name} "
            "--reason TEXT`.",
        )
    return {"schema": 1, "command": "runs", "backups": found}


def purge(runs: Path, name: str, clock: Callable[[], datetime]) -> BackupsOfRunsDocument:
    """Delete the backups of a run that has ended; the run keeps a note of who did it, and all else that it has.

    Args:
        runs: the folder of all runs.
        name: the run's name.
        clock: gives the time, aware, UTC.

    Returns:
        The JSON document: what was deleted.

    Raises:
        RefusedError: the run has not ended, or has no backups.
        UsageError: there is no such run.
    """
    now = clock()
    document = one_run(runs, name, now)
    folder = runs_folder.find(runs, name)
    files = list(_files(folder))
    told = [str(file.relative_to(folder.path)) for file in files]
    # First the note: a purge that is cut off is known as one.
    folder.write(_PURGED, {"schema": 1, "user": user(), "at": iso(now), "files": told})
    for file in files:
        file.unlink()
    return {**document, "purged": told}


def _files(folder: RunFolder) -> Iterator[Path]:
    """Yield the files of `backups/<node>/<attempt>/`, never through a link."""
    place = folder.path / _FOLDER
    for path in sorted(place.glob("*/*/*")):
        above = (path, path.parent, path.parent.parent, place)
        if path.is_file() and not any(one.is_symlink() for one in above):
            yield path
