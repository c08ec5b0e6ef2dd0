"""Tasks that other processes can find, and a fleet of hosts without devices."""

from __future__ import annotations

import logging
import os
import signal
import threading
from pathlib import Path
from typing import Any

from nornir.core import Nornir
from nornir.core.inventory import Defaults, Group, Groups, Host, Hosts, Inventory, ParentGroups
from nornir.core.task import Result, Task

from mmpctl.fleet.process_runner import ProcessRunner
from mmpctl.timing import RECORDER, Phase
from tests.support.children import PATIENCE_SECONDS

logger = logging.getLogger("mmpctl.tests.spread_tasks")


def hosts(count: int, runner: ProcessRunner, **data: Any) -> Nornir:
    """So many hosts of one group, named h0 and so on; no device is behind them."""
    group, defaults = Group("all", data={"site": "lon"}), Defaults(data=data)
    named = {f"h{number}": _host(f"h{number}", group, defaults) for number in range(count)}
    return Nornir(Inventory(Hosts(named), Groups({"all": group}), defaults), runner=runner)


def _host(name: str, group: Group, defaults: Defaults) -> Host:
    return Host(name, groups=ParentGroups([group]), defaults=defaults)


def meet(task: Task) -> None:
    """Wait until two processes have come as far as this."""
    place = Path(task.host["meet"])
    (place / str(os.getpid())).touch()
    pause, waited = threading.Event(), 0.0
    while len(list(place.iterdir())) < 2 and waited < PATIENCE_SECONDS:
        pause.wait(0.01)
        waited += 0.01


def where(task: Task, more: int = 0) -> Result:
    """Return where the task runs, what it was given, and leave something in the host's data and in the log."""
    meet(task)
    task.host["ran_in"] = os.getpid()
    logger.warning("on %s", task.host.name)
    return Result(host=task.host, result=(os.getpid(), task.host["site"], more), changed=True)


def parts(task: Task) -> str:
    """Run a task that succeeds, and one that does not."""
    task.run(where, name="first")
    task.run(fails, name="second")
    return "not reached"


def fails(task: Task) -> None:
    """Fail in a way that no pickle survives."""
    raise OddError(why=f"no {task.host.name}")


def lock(task: Task) -> object:
    """Return what no other process can get."""
    meet(task)
    return threading.Lock()


def dies(task: Task) -> int:
    """End the worker that has the host named in its data, as a machine without memory does."""
    meet(task)
    if os.getpid() != task.host["parent"] and not (mark := Path(task.host["mark"])).exists():
        mark.write_text(task.host.name, encoding="utf-8")
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def leaves(task: Task) -> None:
    """End as a program does, not as a task."""
    meet(task)
    raise SystemExit(3)


def hangs(task: Task) -> None:
    """Say that it has begun, and wait for a file that may never come."""
    begun = Path(task.host["begun"])
    (begun / f"{os.getpid()} {task.host.name}").touch()
    pause = threading.Event()
    while not (begun / "go on").exists():
        pause.wait(0.01)


def surroundings(task: Task) -> tuple[str, str, str]:
    """Return what everybody can see of the process, and what it knows of a password."""
    meet(task)
    this = Path("/proc/self")
    return (
        (this / "environ").read_bytes().decode("utf-8", "replace"),
        (this / "cmdline").read_bytes().decode("utf-8", "replace"),
        str(task.host.get_connection_parameters("netmiko").password == task.host["expected"]),
    )


class OddError(Exception):
    """An exception that cannot be made again of what it keeps."""

    def __init__(self, *, why: str) -> None:
        super().__init__(why)


def spends(task: Task) -> Result:
    """Spend time on a host, twice, in one process or the other."""
    meet(task)
    for _ in range(2):
        with RECORDER.spent_on(Phase.COMMANDS):
            pass
    return Result(host=task.host, result=os.getpid())
