"""Clusters, and the processes that work on them."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from mmpctl.runbooks import renew, resume
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.state import unfinished
from tests.cluster.schedules.believed import take_the_stage
from tests.cluster.schedules.device import Device
from tests.cluster.schedules.material import Material, inspection, material, place
from tests.cluster.schedules.network import HIDDEN, ISOLATED, Network, Shape
from tests.cluster.schedules.oracle import Oracle
from tests.cluster.schedules.process import Process
from tests.cluster.schedules.stage import Stage
from tests.support import pki


class World:
    """All that a schedule plays with.

    Args:
        seed: of what is left to chance.
        shapes: the clusters.
        options: of `renew`.
    """

    def __init__(self, seed: int, shapes: tuple[Shape, ...], **options: Any) -> None:
        self.stage = Stage(seed)
        self.material: Material = material()
        self.options = options
        self.home = Path(mkdtemp(prefix="mmpctl-schedule-", dir=place()))
        self.runs = self.home / "runs"
        self.runs.mkdir()
        self.network = Network()
        self.roles: dict[str, str] = {}
        for number, shape in enumerate(shapes, 1):
            expired = shape.state in (ISOLATED, HIDDEN)
            self.network.build(shape, number, dict(self.material.expired if expired else self.material.old))
            self.roles |= shape.nodes
        self.clusters = tuple(shape.name for shape in shapes)
        self.processes: list[Process] = []
        self.cuts: dict[tuple[str, str], str] = {}
        self.spoiled: Counter[str] = Counter()
        self.dying: tuple[int, float] | None = None
        self.disturbances = self.confirmed = 0
        self.happened: Counter[str] = Counter()
        self.oracle = Oracle(self)
        self._patch = pytest.MonkeyPatch()
        take_the_stage(self, self._patch)

    def close(self) -> None:
        """End all processes, and leave nothing behind."""
        for process in self.processes:
            self.stage.bury(process)
        self._patch.undo()
        shutil.rmtree(self.home)

    def clock(self) -> datetime:
        """The time of the calendar, aware, UTC."""
        return pki.NOW + timedelta(seconds=self.stage.now)

    # What processes do.

    def renew(self, clusters: tuple[str, ...], keepers: Mapping[str, str]) -> Process:
        """Begin a renewal."""
        process = Process(
            self,
            clusters,
            None,
            lambda nr, watch: renew.run(
                nr, self.material.folder, keepers=keepers, runs=self.runs, watch=watch, **self.options
            ),
        )
        self.processes.append(process)
        return process

    def resume(self, folder: Path, machine: str = "here") -> Process:
        """Take up a run."""
        process = Process(
            self, self.clusters, folder, lambda nr, watch: resume.run(nr, RunFolder(folder), watch=watch), machine
        )
        self.processes.append(process)
        return process

    def copy(self, folder: Path) -> Process:
        """Take up a copy of a run, on another machine."""
        self.happened["copies"] += 1
        machine = f"copy-{len(list(self.home.iterdir()))}"
        shutil.copytree(self.runs, self.home / machine)
        return self.resume(self.home / machine / folder.name, machine)

    def unfinished(self) -> list[Path]:
        """The runs that have not come to their end and that nobody works on."""
        busy = {process.folder for process in self.processes if not process.actor.ended}
        names = [unfinished(self.runs, cluster) for cluster in self.clusters]
        return [self.runs / name for name in dict.fromkeys(names) if name and self.runs / name not in busy]

    def work(self, turns: int, until_confirmed: bool = False) -> None:
        """Let the processes work.

        Args:
            turns: how many words to devices, or waits.
            until_confirmed: stop right after the next `Y` of theirs.
        """
        confirmed = self.confirmed
        for _ in range(turns):
            if not self.stage.act(1) or (until_confirmed and self.confirmed > confirmed):
                break
            if any(process.is_dead and not process.actor.ended for process in self.processes):
                self.die()
            self.network.tick(self.stage.now)
            self.oracle.judge()

    def die(self) -> None:
        """Every process that is dead does nothing more; all are, where none was marked."""
        living = [process for process in self.processes if not process.actor.ended]
        for process in [process for process in living if process.is_dead] or living:
            self.stage.bury(process)
            self.happened["deaths"] += 1

    def disturb(self) -> None:
        """Something happens that no process of ours did: what was seen before need not be true any more."""
        self.disturbances += 1
        for process in self.processes:
            process.listener.disturbances = self.disturbances

    # What devices hear.

    def hear(self, process: Process, device: Device, line: str) -> str:
        """Answer a command that asks nothing."""
        if line == "database cluster status":
            if device.stale is not None:
                return device.stale[1]
            process.looked[device.name] = self.disturbances
            return device.status()
        if line.startswith("database cluster certs"):
            self.oracle.ours(process, device, line)
            return device.certs(line)
        if line.startswith("backup snapshot "):
            return device.snapshot(line.rsplit(maxsplit=1)[-1])
        if line.startswith("pki inspect "):
            return inspection(device.files[line.rsplit(maxsplit=1)[-1]])
        backups = "\n".join(name for name in device.files if name.endswith(".bak"))
        return (backups or "No backups found") if line == "backup list" else "Unknown command: try again"

    def confirm(self, process: Process, device: Device, line: str, question: str) -> None:
        """Our `Y` has reached a device."""
        kind = line.split()[2]
        self.oracle.confirmed(process, device, line, question)
        device.begin(kind, line, self.stage.now, self.network.target(line))
        self.confirmed += 1
        self.happened[f"confirmed {kind}"] += 1

    def fetched(self, device: Device, name: str, content: bytes) -> bytes:
        """What arrives of a file; a spoiled one differs each time."""
        if not name.endswith(".bak") or not self.spoiled[device.name]:
            return content
        self.spoiled[device.name] -= 1
        return bytes([content[0] ^ (1 << self.spoiled[device.name] % 8)]) + content[1:]
