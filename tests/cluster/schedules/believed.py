"""What the product believes to be the world while it is on the stage: time, threads, and the disk of its journal."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from mmpctl.certificates.handshake import check_cluster
from mmpctl.device.answers.read_command import ReadCommand
from mmpctl.runs import runs_folder
from mmpctl.runs.folder import RunFolder
from tests.cluster.schedules.stage import Clock, Death, Pause, Pool, Stage, wait_on_stage

if TYPE_CHECKING:
    from tests.cluster.schedules.process import Process
    from tests.cluster.schedules.world import World

# The rooms in which somebody acts or waits.
_ACTING = (
    *(f"mmpctl.{room}" for room in ("runbooks", "renewal", "procedure", "evidence", "display", "fleet", "tasks")),
    "mmpctl.moment",
)
_AS_IT_IS = ReadCommand.read
_handshakes: dict[Any, Any] = {}


def take_the_stage(world: World, patch: pytest.MonkeyPatch) -> None:
    """Put the stage's time, threads and disk in the place of the real ones.

    Args:
        world: whose.
        patch: undoes it.
    """

    def stage() -> Stage:
        return world.stage

    clock = Clock(stage)
    for name, module in list(sys.modules.items()):
        if name.startswith(_ACTING):
            if getattr(module, "Event", None) is threading.Event:
                patch.setattr(module, "Event", lambda: Pause(stage))
            if getattr(module, "ThreadPoolExecutor", None) is ThreadPoolExecutor:
                patch.setattr(module, "ThreadPoolExecutor", partial(Pool, stage))
            if getattr(module, "wait", None) is wait:
                patch.setattr(module, "wait", wait_on_stage)
            if getattr(module, "time", None) is time:
                patch.setattr(module, "time", clock)
    # What fails here is meant to; a traceback of each would be written to the terminal.
    for name in ("nornir.core", "nornir.core.task"):
        patch.setattr(logging.getLogger(name), "disabled", True)
    patch.setattr(ReadCommand, "read", _cached_read)
    patch.setattr(sys.modules["mmpctl.renewal.jobs.database_cluster.preparation"], "check_cluster", _check_cluster)
    patch.setattr(sys.modules["mmpctl.evidence.report"], "run_page", _run_page)
    patch.setattr(sys.modules["mmpctl.runs.journal"], "os", JournalDisk(world))
    patch.setattr(sys.modules["mmpctl.runs.lock"], "lock_folder", lambda: _locks(world))
    create = runs_folder.create

    def created(*arguments: Any) -> RunFolder:
        # Whoever acts has begun it.
        folder = create(*arguments)
        _acting(world).folder = folder.path
        return folder

    patch.setattr(runs_folder, "create", created)


def _acting(world: World) -> Process:
    """The process whose turn it is."""
    assert world.stage.acting is not None
    return cast("Process", world.stage.acting.cast)


def _locks(world: World) -> Path:
    # What another machine has locked is not seen.
    return world.home / "locks" / _acting(world).machine


def _run_page(*parts: object) -> str:
    # What would be on it, without its looks: they take as long as all the rest of a schedule.
    return "\n".join(map(str, parts))


class JournalDisk:
    """The module `os` of the journal: a power loss may take what is not on disk yet.

    Args:
        world: says when.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def pwrite(self, descriptor: int, data: bytes, offset: int) -> int:
        """Nothing is written by the dead."""
        self._must_live()
        return os.pwrite(descriptor, data, offset)

    def ftruncate(self, descriptor: int, size: int) -> None:
        """Nothing is cut by the dead."""
        self._must_live()
        os.ftruncate(descriptor, size)

    def fsync(self, descriptor: int) -> None:
        """The line is on disk; or the process dies before, and a part of it is."""
        process = self._must_live()
        world = self._world
        if process is None or world.dying is None:
            return
        left, kept = world.dying
        world.dying = (left - 1, kept)
        if left > 0:
            return
        world.dying = None
        path = process.folder / "journal.jsonl"
        content = path.read_bytes()
        start = content.rstrip(b"\n").rfind(b"\n") + 1
        os.truncate(path, start + int(kept * (len(content) - start)))
        world.happened["deaths at the journal"] += 1
        process.is_dead = True
        raise Death

    def _must_live(self) -> Any:
        actor = self._world.stage.acting
        if actor is not None and actor.cast.is_dead:
            raise Death
        return actor and actor.cast


@lru_cache(maxsize=4096)
def _read(command: ReadCommand[Any], text: str, lenient: bool, typed: str) -> Any:
    # The same text gives the same facts, and reading it anew is what takes most of the time.
    return _AS_IT_IS(command, text, lenient=lenient, typed=typed)


def _cached_read(command: ReadCommand[Any], text: str, *, lenient: bool = False, typed: str = "") -> Any:
    return _read(command, text, lenient, typed)


def _check_cluster(sets: Mapping[str, Any]) -> Any:
    key = tuple((name, *(file.sha256 for file in given.files())) for name, given in sets.items())
    if key not in _handshakes:
        _handshakes[key] = check_cluster(sets)
    return _handshakes[key]
