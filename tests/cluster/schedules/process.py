"""One process of ours, `renew` or `resume`, on the stage: the real runbook, plugged into the model of the devices."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nornir.core import Nornir
from nornir.core.configuration import Config
from nornir.core.inventory import Defaults, Groups, Host, Hosts, Inventory
from nornir.core.state import GlobalState
from nornir.core.task import AggregatedResult, MultiResult, Task

from mmpctl.display.events import Silent
from mmpctl.renewal.context import Watch
from mmpctl.renewal.limits import Limits
from mmpctl.renewal.stop import Stop
from mmpctl.runbooks.renew import RenewReport
from tests.cluster.schedules.device import Device
from tests.cluster.schedules.line import StagedHost
from tests.cluster.schedules.stage import Cast, Stage

if TYPE_CHECKING:
    from tests.cluster.schedules.world import World

PASSWORD = "Example.123"
LIMITS = Limits(operation=40.0, accept=5.0, between_looks=0.05)
_LOOKS = ("status", "observe", "surroundings", "verify")


class StagedRunner:
    """Nornir's runner, on the stage: looks one after the other, everything else side by side."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def run(self, task: Task, hosts: list[Host]) -> AggregatedResult:
        """Run the task on all hosts."""
        order = list(hosts)
        self._stage.random.shuffle(order)
        plays = [partial(_start, task, host) for host in order]
        done = [play() for play in plays] if task.name in _LOOKS else self._stage.together(plays)
        result = AggregatedResult(task.name)
        for host, one in zip(order, done, strict=True):
            result[host.name] = one
        return result


def _start(task: Task, host: Host) -> MultiResult:
    return task.copy().start(host)


class Listener(Silent):
    """Hears when the verification begins: what is reported afterwards was seen after that."""

    def __init__(self) -> None:
        self.verifying: dict[str, int] = {}
        self.disturbances = 0
        self.notes: list[str] = []

    def note(self, cluster: str, text: str) -> None:
        """A line for the user."""
        self.notes.append(text)
        if text.startswith("verifying"):
            self.verifying[cluster] = self.disturbances

    def paused(self) -> AbstractContextManager[None]:
        """Nothing is shown."""
        return nullcontext()


class Process(Cast):
    """One process.

    Args:
        world: where it runs.
        clusters: those of its inventory.
        folder: of the run that it resumes; None where it begins one, until it has.
        play: runs the runbook, given this process's inventory and watch.
        machine: where it runs; each has its own locks.
    """

    def __init__(
        self,
        world: World,
        clusters: tuple[str, ...],
        folder: Path | None,
        play: Callable[[Nornir, Watch], RenewReport],
        machine: str = "here",
    ) -> None:
        super().__init__()
        self.world = world
        self.clusters = clusters
        self.resumes = folder is not None
        self.stop = Stop()
        self.listener = Listener()
        self.listener.disturbances = world.disturbances
        self.confirmed: set[str] = set()
        self.looked: dict[str, int] = {}
        self.is_judged = False
        self.folder = folder
        self.machine = machine
        watch = Watch(self.listener, self.stop, LIMITS, world.clock)
        nr = self._nornir()
        self.actor = world.stage.enter(self, lambda: play(nr, watch))

    def point(self) -> None:
        """Others may act."""
        self.world.stage.point()
        self.world.network.tick(self.world.stage.now)

    def cut(self, device: Device, what: str) -> str | None:
        """Whether the line ends."""
        return self.world.cuts.pop((device.name, what), None)

    def hear(self, device: Device, line: str) -> str:
        """A command that asks nothing."""
        return self.world.hear(self, device, line)

    def confirm(self, device: Device, line: str, question: str) -> None:
        """Our `Y`."""
        self.world.confirm(self, device, line, question)

    def fetched(self, device: Device, name: str, content: bytes) -> bytes:
        """What arrives of a file."""
        return self.world.fetched(device, name, content)

    def _nornir(self) -> Nornir:
        hosts = Hosts()
        defaults = Defaults(platform="cisco_cms", username="admin", password=PASSWORD)
        for device in self.world.network.devices.values():
            if device.cluster in self.clusters:
                data: dict[str, Any] = {"cluster": device.cluster, "role": self.world.roles[device.name]}
                host = StagedHost(name=device.name, hostname=device.address, data=data, defaults=defaults)
                host.device, host.exchange = device, self
                hosts[device.name] = host
        runner = StagedRunner(self.world.stage)
        return Nornir(Inventory(hosts, Groups(), defaults), Config(), GlobalState(), runner=runner)
