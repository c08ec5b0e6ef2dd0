"""The folder of all runs: a new one appears there whole, and a name leads to one of them."""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from mmpctl.errors import UsageError
from mmpctl.runs.disk import sync_folder, write_json
from mmpctl.runs.folder import PLAN_FILE, SEAL_FILE, RunFolder
from mmpctl.runs.seal import own_key
from mmpctl.times import stamp
from mmpctl.trusted import require_trusted

LATEST = "latest"
_NAMED = 5
_WHAT = "the runs folder"
_NAME = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")


def create(
    runs: Path, request: Mapping[str, Any], now: datetime, plan: Callable[[RunFolder], Mapping[str, Any]] | None = None
) -> RunFolder:
    """Make the folder of a new run; it appears complete with its request and its plan, or not at all.

    Args:
        runs: the folder of all runs; made when it is not there.
        request: what is asked for, without secrets.
        now: the time, aware, UTC.
        plan: gives the document of the plan, for the run as it is going to be.

    Raises:
        UsageError: the folder cannot be written, others could write to it too, or this user's key not be used.
    """
    require_trusted(runs, _WHAT)
    key = own_key()
    draft: Path | None = None
    made: RunFolder | None = None
    try:
        runs.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{stamp(now)}-{secrets.token_hex(2)}"
        # Beside the runs folder and on the same disk: nothing but whole runs is ever seen inside it.
        home = runs.resolve()
        draft = Path(tempfile.mkdtemp(prefix=f".{home.name}-{name}-", dir=home.parent))
        write_json(draft / "request.json", {"schema": 1, "run": name, **request})
        seal = key.seal(name, RunFolder(draft).request_sha256)
        write_json(draft / SEAL_FILE, {"schema": 1, "request": seal})
        if plan is not None:
            write_json(draft / PLAN_FILE, plan(RunFolder(runs / name)))
        draft.rename(home / name)
        made = RunFolder(runs / name)
        sync_folder(home)
        sync_folder(home.parent)
    except OSError as error:
        if made is not None:
            made.discard()
        raise unwritable(runs, error) from error
    finally:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)
    return made


def unwritable(runs: Path, error: OSError) -> UsageError:
    """Return the error of a run that could not be started, since its folder could not be written.

    Args:
        runs: the folder of all runs.
        error: why.
    """
    return UsageError(
        f"the runs folder {runs} cannot be written ({error.strerror})",
        code="runs",
        advice="Choose another with --runs, make it writable, or make room on its disk. Nothing was sent to any "
        "device.",
    )


def find(runs: Path, name: str) -> RunFolder:
    """Return the run of that name.

    Args:
        runs: the folder of all runs.
        name: the run's name or the beginning of it that no other run has, `latest`, or a path to its folder.

    Raises:
        UsageError: there is no such run, there are several, or others could write to it.
    """
    given = Path(name)
    path = given if given.parent != Path() else runs / name
    if (path / "request.json").is_file():
        require_trusted(path / "request.json", "the run")
        if not _NAME.fullmatch(path.name):
            # Seal, journal and report are over the name.
            raise UsageError(
                f"the folder {path} does not have the name of a run",
                code="run",
                advice="Give it back the name of its run (YYYYMMDD-HHMMSS-xxxx), which request.json contains as `run`.",
            )
        return RunFolder(path)
    known = every(runs)
    meant = known[-1:] if name == LATEST else tuple(run for run in known if name and run.name.startswith(name))
    if len(meant) > 1:
        raise UsageError(
            f"{len(meant)} runs in {runs} begin with {name}",
            code="run",
            advice=f"Type more of the name: {', '.join(run.name for run in meant[-_NAMED:])}.",
        )
    if not meant or not (meant[0].path / "request.json").is_file():
        last = ", ".join(run.name for run in known[-_NAMED:])
        raise UsageError(
            f"there is no run {name} in {runs}",
            code="run",
            advice=f"The last runs there: {last}." if last else "There is none there: name another folder with --runs.",
        )
    return meant[0]


def every(runs: Path) -> tuple[RunFolder, ...]:
    """Return all runs, oldest first.

    Args:
        runs: the folder of all runs.

    Raises:
        UsageError: others could write to the folder, or to one of the runs.
    """
    if not runs.is_dir():
        return ()
    paths = [path for path in sorted(runs.iterdir()) if _NAME.fullmatch(path.name)]
    for path in (runs, *paths):
        require_trusted(path, _WHAT if path == runs else "the run")
    return tuple(RunFolder(path) for path in paths)
