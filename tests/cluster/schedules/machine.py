"""What may happen to two clusters while they are renewed, in any order: the rules of the schedules."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mmpctl.runbooks import runs as past
from mmpctl.runs.state import unfinished
from tests.cluster.schedules.device import (
    DEAF,
    FAILS,
    HANGS,
    INITIALIZE,
    JOIN,
    ODDLY,
    REMOVE,
    SLOW,
    STALE,
    Device,
)
from tests.cluster.schedules.line import AFTER, ANSWER, BEFORE, COMMAND, FILE
from tests.cluster.schedules.network import STATES, TALKING, Shape
from tests.cluster.schedules.world import World

_ENOUGH = 20_000
_numbers = st.integers(0, 1000)


@st.composite
def shapes(draw: st.DrawFn, name: str, innocent: bool) -> Shape:
    """A cluster; in an innocent schedule its inventory is right."""
    return Shape(
        name,
        slaves=draw(st.integers(1, 3)),
        clients=draw(st.integers(0, 1)),
        state=draw(st.sampled_from([TALKING, TALKING, TALKING, *STATES])),
        master=1 if innocent else draw(st.sampled_from([1, 1, 2])),
        new_words=draw(st.booleans()),
    )


class Schedule(RuleBasedStateMachine):
    """A renewal, and everything that can come in between.

    Half of the schedules are innocent: whatever fails, nobody makes a mistake. Those must end well.
    """

    happened: ClassVar[Counter[str]] = Counter()
    world: World

    @initialize(innocent=st.booleans(), seed=_numbers, options=st.data())
    def clusters(self, innocent: bool, seed: int, options: st.DataObject) -> None:
        """The clusters as they are, and a renewal that begins."""
        self.innocent = innocent
        given = [options.draw(shapes("lon", innocent))]
        if options.draw(st.sampled_from([False, False, True])):
            given.append(options.draw(shapes("par", innocent)))
        self.shapes = {shape.name: shape for shape in given}
        self.world = World(
            seed,
            tuple(given),
            names=options.draw(st.sampled_from(["versioned", "versioned", "same"])),
            slaves_at_once=options.draw(st.sampled_from([None, 1])),
        )
        self._renew(tuple(self.shapes))

    def _renew(self, clusters: tuple[str, ...], wrong: bool = False) -> None:
        keepers = {}
        for name in clusters:
            shape = self.shapes[name]
            if shape.state != TALKING:
                keepers[name] = f"{name}-{2 if wrong else 1}"
        self.world.renew(clusters, keepers)

    def _node(self, number: int) -> Device:
        devices = list(self.world.network.devices.values())
        return devices[number % len(devices)]

    def _guilty(self) -> bool:
        return not self.innocent

    @property
    def _is_busy(self) -> bool:
        return any(not process.actor.ended for process in self.world.processes)

    @rule(turns=st.sampled_from([1, 3, 10, 30]))
    @precondition(lambda self: self._is_busy)
    def work_a_little(self, turns: int) -> None:
        """The processes go on."""
        self.world.work(turns)

    @rule(turns=st.sampled_from([60, 120, 240]))
    @precondition(lambda self: self._is_busy)
    def work_on(self, turns: int) -> None:
        """The processes go on for longer."""
        self.world.work(turns)

    @rule()
    @precondition(lambda self: self._is_busy)
    def work_to_the_next_answer(self) -> None:
        """The processes go on, right to the point after the next `Y`."""
        self.world.work(300, until_confirmed=True)

    @rule(number=_numbers)
    @precondition(lambda self: not self._is_busy)
    def resume(self, number: int) -> None:
        """Somebody takes up a run."""
        folders = self.world.unfinished()
        if folders:
            self.world.resume(folders[number % len(folders)])
            self.world.work(5)

    @rule(number=_numbers, later=st.sampled_from([0, 0, 3, 20]), both=st.booleans())
    @precondition(lambda self: not self.innocent and not self._is_busy)
    def resume_copies(self, number: int, later: int, both: bool) -> None:
        """Two operators take up one run, each with a folder of its own; or one with a copy from before."""
        folders = self.world.unfinished()
        if folders:
            folder = folders[number % len(folders)]
            self.world.copy(folder)
            self.world.work(later)
            if both:
                self.world.resume(folder)
            self.world.work(5)

    @precondition(lambda self: not self._is_busy or len(self.world.processes) == 1)
    @rule(both=st.booleans(), wrong=st.sampled_from([False, False, True]))
    def renew_again(self, both: bool, wrong: bool) -> None:
        """Somebody begins a renewal, perhaps while there is another one."""
        names = tuple(self.shapes)
        self._renew(names if both else names[:1], wrong and not self.innocent)

    @rule()
    @precondition(lambda self: self._is_busy)
    def die(self) -> None:
        """Every process dies where it stands."""
        self.world.die()

    @rule(records=st.integers(0, 12), kept=st.sampled_from([0.0, 0.3, 0.9, 1.0]))
    @precondition(lambda self: self._is_busy)
    def die_at_the_journal(self, records: int, kept: float) -> None:
        """A process dies while it writes its journal; a part of the line is on disk."""
        self.world.dying = (records, kept)

    @rule(firmly=st.booleans())
    @precondition(lambda self: self._is_busy)
    def stop(self, firmly: bool) -> None:
        """Ctrl-C, once or twice."""
        for process in self.world.processes:
            process.stop.wish()
            if firmly:
                process.stop.insist()

    @rule(number=_numbers, what=st.sampled_from([COMMAND, ANSWER, ANSWER, FILE]), when=st.sampled_from([BEFORE, AFTER]))
    def cut(self, number: int, what: str, when: str) -> None:
        """The connection to a node is going to end."""
        self.world.cuts[self._node(number).name, what] = when

    @rule(number=_numbers, fate=st.sampled_from([FAILS, HANGS, SLOW, STALE, ODDLY, DEAF]))
    def fate(self, number: int, fate: str) -> None:
        """A node's next operation is not going to be as it should."""
        self._node(number).fate = fate

    @rule()
    def end_what_hangs(self) -> None:
        """Operations that never ended do."""
        for device in self.world.network.devices.values():
            if device.operation is not None:
                device.operation.ends = self.world.stage.now

    @rule(number=_numbers, fetches=st.integers(1, 9))
    def spoil(self, number: int, fetches: int) -> None:
        """The backup of a node does not come home twice alike."""
        self.world.spoiled[self._node(number).name] = fetches

    @rule(number=_numbers, keeper=st.booleans())
    def go_down(self, number: int, keeper: bool) -> None:
        """A node is gone."""
        device = self.world.network.devices["lon-1"] if keeper else self._node(number)
        device.up = False
        device.reboot()
        self.world.disturb()

    @rule()
    def come_up(self) -> None:
        """Nodes come back, and copy their master."""
        for device in self.world.network.devices.values():
            device.up = True
        self.world.network.synchronise()

    @rule(number=_numbers)
    def reboot(self, number: int) -> None:
        """A node restarts."""
        self._node(number).reboot()
        self.world.disturb()

    @rule(number=_numbers)
    def write(self, number: int) -> None:
        """A Call Bridge changes something."""
        self.world.network.write(self._node(number))

    @rule(number=_numbers)
    def fall_behind(self, number: int) -> None:
        """A slave is not in sync for a while."""
        device = self._node(number)
        if device.group is not None and device.group.master is not device:
            device.in_sync = False
            self.world.disturb()

    @rule()
    def catch_up(self) -> None:
        """Slaves are in sync again."""
        self.world.network.synchronise()

    @rule(number=_numbers)
    @precondition(_guilty)
    def fail_over(self, number: int) -> None:
        """A master is gone, another node takes over, and the old one comes back as its slave."""
        for cluster in self.shapes:
            if self.world.network.fail_over(cluster, number):
                self.world.disturb()
                self.world.happened["fail-overs"] += 1

    @rule(number=st.just(0) | _numbers, other=_numbers, kind=st.sampled_from([REMOVE, INITIALIZE, JOIN]))
    @precondition(_guilty)
    def type_by_hand(self, number: int, other: int, kind: str) -> None:
        """Somebody types a command at a node, as often as not at the first master."""
        device, target = self._node(number), self._node(other)
        if self.world.network.by_hand(device, kind, target, self.world.stage.now):
            self.world.disturb()
            self.world.happened[f"{kind} by hand"] += 1
            if kind == JOIN:
                self.world.oracle.destroyed_by_hand(device)

    @rule(number=_numbers)
    @precondition(_guilty)
    def tidy_up(self, number: int) -> None:
        """Somebody deletes a backup from the folder of a run that nobody works on."""
        for folder in self.world.unfinished() if not self._is_busy else []:
            homes = sorted(folder.rglob("*.bak"))
            if homes:
                homes[number % len(homes)].unlink()
                self.world.oracle.backups_deleted = True
                self.world.happened["backups deleted"] += 1

    @rule()
    @precondition(_guilty)
    def close(self) -> None:
        """Somebody ends a run that nobody works on."""
        for folder in self.world.unfinished() if not self._is_busy else []:
            past.close(self.world.runs, folder.name, "enough of it", self.world.clock)
            self.world.happened["closed by hand"] += 1

    @invariant()
    def nothing_is_lost(self) -> None:
        """What must always be true."""
        if hasattr(self, "world"):
            self.world.oracle.check()

    def teardown(self) -> None:
        """What was begun comes to its end; without a mistake of anybody's, to a good one."""
        if not hasattr(self, "world"):
            return
        try:
            self._finish()
            self.world.oracle.check()
            self.world.oracle.check_artefacts()
        finally:
            self.world.close()
            for what in self.world.happened:
                event(what)
            Schedule.happened.update({**dict.fromkeys(self.world.happened, 1), "schedules": 1})

    def _finish(self) -> None:
        self._calm()
        self._work_to_the_end()
        for _ in range(6):
            folders = self.world.unfinished()
            if not folders:
                break
            # One that waits for a person must not keep another from being finished.
            for folder in folders:
                self.world.resume(folder)
                self._work_to_the_end()
        if self.innocent:
            if set(self.shapes) != self.world.oracle.renewed:
                self._renew(tuple(self.shapes))
                self._work_to_the_end()
            for name in self.shapes:
                self._ended_well(name)

    def _ended_well(self, name: str) -> None:
        world = self.world
        if any(device.needs_a_person for device in world.network.members(name)):
            world.happened["a person must look"] += 1
            return
        folder = unfinished(world.runs, name)
        assert folder is None, f"{name}: nobody can finish the run {folder}: {self._said()}"
        if name not in world.oracle.renewed:
            last = world.processes[-1].actor.result or world.processes[-1].actor.error
            mine = [one for one in getattr(last, "clusters", ()) if one.name == name]
            assert mine and mine[0].outcome == "nothing to do", f"{name} is not renewed in the end: {mine or last}"

    def _said(self) -> list[Any]:
        ended = [process.actor.result or process.actor.error for process in self.world.processes]
        return [one for report in ended for one in getattr(report, "clusters", [report]) if one is not None][-3:]

    def _calm(self) -> None:
        world = self.world
        world.cuts.clear()
        world.spoiled.clear()
        world.dying = None
        for device in world.network.devices.values():
            device.up, device.fate = True, None
        self.end_what_hangs()

    def _work_to_the_end(self) -> None:
        for _ in range(_ENOUGH // 50):
            if not self._is_busy:
                return
            self.world.work(50)
            self.world.network.synchronise()
        raise AssertionError("a process does not come to an end")
