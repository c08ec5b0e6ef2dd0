"""What must be true after every event, whoever did what: judged by the model, not by what the product saw."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmpctl.device.terminal_text import squeeze
from mmpctl.errors import MmpError
from mmpctl.runs.journal import read
from mmpctl.runs.record import Event, Record, StepResult
from tests.cluster.schedules.device import DEAF, INITIALIZE, JOIN, REMOVE, Device
from tests.cluster.schedules.network import rows_of
from tests.cluster.schedules.process import PASSWORD, Process
from tests.support import schemas

if TYPE_CHECKING:
    from tests.cluster.schedules.world import World


class Oracle:
    """Knows all devices, and judges what our processes do and say.

    Args:
        world: what it looks at.
    """

    def __init__(self, world: World) -> None:
        self.renewed: set[str] = set()
        self._destroyed: dict[str, set[str]] = {}
        self.backups_deleted = False
        self._world = world
        self._initialized: Counter[tuple[str, str]] = Counter()
        self._touched: set[tuple[str, str]] = set()
        self._precious: dict[str, frozenset[int]] = {}
        self._violations: list[str] = []
        self._took_turns: dict[tuple[str, str], list[Process]] = {}

    def destroyed_by_hand(self, device: Device) -> None:
        """Somebody has typed a join there: of its database, the copies are left that runs have brought home before.

        Args:
            device: whose database is gone.
        """
        kept = self._destroyed.setdefault(device.name, set())
        kept |= {folder.name for folder in self._world.runs.iterdir() if self._has_copy(folder, device)}

    def _has_copy(self, folder: Path, device: Device) -> bool:
        settled = f"backup:{device.name}"
        if not any(
            (one.event, one.step, one.result) == (Event.OUTCOME, settled, StepResult.DONE) for one in _records(folder)
        ):
            return False
        return any(rows_of(path.read_bytes()) for path in (folder / "backups" / device.name).rglob("*.bak"))

    # Our words to devices.

    def confirmed(self, process: Process, device: Device, line: str, question: str) -> None:
        """Our `Y` reaches a device: the moment of truth.

        Args:
            process: whose it is.
            device: who hears it.
            line: the command that asked.
            question: as it was asked.
        """
        kind = line.split()[2]
        where = f"{line} on {device.name}"
        run = self.ours(process, device, line)
        if run is None:
            return
        folder, records = run
        keeper = _keeper(records, device.cluster) or ""
        last = _about(records, device)[-1]
        if last.event != Event.QUESTION or squeeze(last.detail["question"]) != squeeze(question):
            self._wrong(f"{where}: answered without an exact record of the question")
        # A client has nothing to lose: its questions were never seen, and are allowed by what they must not say.
        if "NOTE" in question or ("recorded" in question and device.has_database):
            self._wrong(f"{where}: an unknown question was answered")
        part = _new_files(folder, device.cluster)
        # What happened after the last look cannot be known to us.
        seen = all(process.looked.get(name) == self._world.disturbances for name in part)
        at_home = {REMOVE: set(part), INITIALIZE: {keeper}, JOIN: {keeper, device.name}}.get(kind, set())
        for name in at_home:
            self._backup_is_at_home(folder, name, where)
        if kind == INITIALIZE:
            self._initialize(folder, device, keeper, where)
        elif kind == REMOVE:
            self._remove(device, keeper, set(part), where, seen)
        else:
            self._come_in(device, keeper, line, where, seen)
        turns = self._took_turns.setdefault((folder.name, device.cluster), [])
        if process in turns[:-1]:
            self._wrong(f"{where}: two copies of one run work on it in turns")
        if process not in turns:
            turns.append(process)
        self._touched.add((folder.name, device.cluster))
        process.confirmed.add(device.cluster)

    def ours(self, process: Process, device: Device, line: str) -> tuple[Path, tuple[Record, ...]] | None:
        """A command that changes a device: its intent is on disk, and the node is one of the run's."""
        where = f"{line} on {device.name}"
        folder = process.folder
        if folder is None:
            self._wrong(f"{where}: no run was begun")
            return None
        records = _records(folder)
        mine = _about(records, device)
        if device.name not in _new_files(folder, device.cluster):
            self._wrong(f"{where}: the node takes no part in the run")
        began = [record for record in mine if record.event == Event.INTENT]
        ended = [record for record in mine if record.event == Event.OUTCOME]
        if not began or began[-1].command != line or (ended and ended[-1].seq > began[-1].seq):
            self._wrong(f"{where}: without a durable intent")
        return folder, records

    def _initialize(self, folder: Path, device: Device, keeper: str, where: str) -> None:
        # What a deaf node was told and the line swallowed may be said again, after a minute of looking.
        self._initialized[folder.name, device.cluster] += device.fate != DEAF
        if self._initialized[folder.name, device.cluster] > 1:
            self._wrong(f"{where}: a second initialize in one run")
        if device.name != keeper:
            self._wrong(f"{where}: the keeper is {keeper}")

    def _come_in(self, device: Device, keeper: str, line: str, where: str, seen: bool) -> None:
        target = self._world.network.target(line)
        if device.name == keeper or target is None or target.name != keeper:
            self._wrong(f"{where}: the keeper is {keeper}")
        elif seen and (target.group is None or target.group.master is not target):
            self._wrong(f"{where}: the keeper is not up")
        if target is not None and target.cluster != device.cluster:
            self._wrong(f"{where}: to another cluster")

    def _remove(self, device: Device, keeper: str, part: set[str], where: str, seen: bool) -> None:
        if not seen or device.group is None:
            return
        master = device.group.master
        if master is not None and master.name != keeper and not device.group.shows_disabled:
            self._wrong(f"{where}: {master.name} is master, the keeper is {keeper}")
        for name in (part if device.name == keeper else set()) - {keeper}:
            other = self._world.network.devices[name]
            if other.has_database and other.group is device.group and not other.operation:
                self._wrong(f"{where}: {name} is still in the cluster")

    def _backup_is_at_home(self, folder: Path, name: str, where: str) -> None:
        device = self._world.network.devices[name]
        homes = (folder / "backups" / name).rglob("*.bak")
        if device.has_database and not any(device.made.get(path.name) == path.read_bytes() for path in homes):
            self._wrong(f"{where}: no whole backup of {name} is at home")

    # What is there.

    def check(self) -> None:
        """Nothing was found wrong, and the keepers' databases are there."""
        for folder in self._world.runs.iterdir():
            records = _records(folder)
            for cluster in {record.cluster for record in records if record.facts is not None}:
                self._keeper_survives(folder, cluster, _keeper(records, cluster) or "")
        assert not self._violations, "\n".join(self._violations)

    def check_artefacts(self) -> None:
        """No secret is in any file of a run; what `--names same` replaces is kept on purpose."""
        for path in self._world.home.rglob("*"):
            if path.is_file() and "replaced" not in path.parts:
                content = path.read_bytes()
                for secret in (*self._world.material.keys, PASSWORD.encode(), b"PRIVATE KEY"):
                    assert secret not in content, f"{path} holds {secret!r}"

    def _keeper_survives(self, folder: Path, cluster: str, keeper: str) -> None:
        device = self._world.network.devices[keeper]
        if keeper in self._destroyed:
            must_be = folder.name in self._destroyed[keeper] and not self.backups_deleted
            if must_be and not self._has_copy(folder, device):
                self._wrong(f"no copy of the database of {keeper} is left")
            return
        before = self._precious.get(keeper, frozenset())
        if not before <= device.rows:
            self._wrong(f"the database of {keeper} lost {sorted(before - device.rows)}")
        self._precious[keeper] = device.rows

    # What is said.

    def judge(self) -> None:
        """What processes say that have ended is no more than was seen."""
        for process in self._world.processes:
            if process.is_judged or not process.actor.ended:
                continue
            process.is_judged = True
            if not process.is_dead:
                self._judge(process)

    def _judge(self, process: Process) -> None:
        happened = self._world.happened
        for note in process.listener.notes:
            if "could not be written" in note:
                self._wrong(note)
        error = process.actor.error
        if error is not None:
            happened[f"error {getattr(error, 'code', type(error).__name__)}"] += 1
            if not isinstance(error, MmpError) or error.code == "unexpected":
                self._wrong(f"a process ended with {error!r}")
            return
        for outcome in process.actor.result.clusters:
            happened[f"{'resume' if process.resumes else 'renew'}: {outcome.outcome}"] += 1
            self._judge_outcome(process, outcome)

    def _judge_outcome(self, process: Process, outcome: Any) -> None:
        name, word = outcome.name, outcome.outcome
        said = f"{outcome.reason} {outcome.advice}"
        if "unexpected" in said:
            self._wrong(f"{name}: {said}")
        if word == "renewed":
            self.renewed.add(name)
            assert process.folder is not None
            if process.listener.verifying.get(name) == self._world.disturbances:
                for problem in self._world.network.not_renewed(
                    name, outcome.unit.facts["keeper"], _new_files(process.folder, name)
                ):
                    self._wrong(f"{name} is called renewed, but {problem}")
        if word in ("nothing to do", "refused", "not started") and name in process.confirmed:
            self._wrong(f"{name} is called {word}, but was changed")
        if "as it was" in said and process.folder and (process.folder.name, name) in self._touched:
            done = [record for record in _records(process.folder) if record.cluster == name and record.result == "done"]
            left = any(device.operation or device.group is None for device in self._world.network.members(name))
            removed = any((record.step or "").startswith(REMOVE) for record in done)
            if removed or (left and not self._world.disturbances):
                self._wrong(f"{name} is called as it was, but a node has left it")

    def _wrong(self, what: str) -> None:
        self._violations.append(what)


def _records(folder: Path) -> tuple[Record, ...]:
    return read(folder / "journal.jsonl", folder.name)[0]


def _about(records: tuple[Record, ...], device: Device) -> list[Record]:
    return [record for record in records if record.cluster == device.cluster and record.node == device.name]


def _keeper(records: tuple[Record, ...], cluster: str) -> str | None:
    named = (record.facts["keeper"] for record in records if record.facts is not None and record.cluster == cluster)
    return next(named, None)


def _new_files(folder: Path, cluster: str) -> dict[str, frozenset[str]]:
    """SHA-256 of the files of each node that takes part in a run."""
    request = schemas.read(folder / "request.json")
    nodes = [node for one in request["clusters"] if one["name"] == cluster for node in one["nodes"]]
    return {node["name"]: frozenset(node["files"].values()) for node in nodes if node["files"]}
