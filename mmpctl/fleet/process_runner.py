"""The Nornir runner `mmp`: threads, and processes as soon as they pay; for tasks that only read.

Nornir imports this module in every `InitNornir`, by our entry point: what a run needs is imported when there is one.
"""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nornir.core.inventory import Host
    from nornir.core.task import AggregatedResult, Task

_AT_ONCE = 50


class ProcessRunner:
    """Runs a task on many hosts, in this process and, where it pays, in further ones.

    `runner: {plugin: mmp}` in a Nornir configuration chooses it. The task, its arguments and its results must be such
    as can be pickled; a task that cannot be found from another process runs in this one. Sessions with nodes of the
    platform `cisco_cms` can only read. With more than one process, the connections of a host are closed when its task
    has ended.

    Args:
        num_workers: how many hosts are worked on at the same time; by default 50, and up to 50 for each process where
            hosts keep us waiting.
        processes: how many processes, this one among them; by default as many as pay, up to the cores there are. 1:
            threads only.
        stop_seconds: how long after the first Ctrl-C the hosts that are worked on may go on; by default until they
            have ended, or until the second Ctrl-C.
    """

    def __init__(
        self, num_workers: int | None = None, processes: int | None = None, stop_seconds: float | None = None
    ) -> None:
        self.num_workers = num_workers or _AT_ONCE
        self.processes = processes
        self.stop_seconds = stop_seconds
        self.may_grow = num_workers is None

    def run(self, task: Task, hosts: list[Host]) -> AggregatedResult:
        """Run a task; called by Nornir.

        Args:
            task: what to do.
            hosts: on which hosts.

        Returns:
            A result for each host, in the order of the hosts.

        Raises:
            RefusedError: the task changes devices (code `reading-runner`).
        """
        from mmpctl.fleet.process_run import ProcessRun  # noqa: PLC0415 - see above
        from mmpctl.inventory.read_only_sessions import reading_from  # noqa: PLC0415

        _refuse_changes(task)
        with reading_from(hosts):
            return ProcessRun(task, hosts, self).run()


def _refuse_changes(task: Task) -> None:
    from mmpctl.cluster.permit import Permit  # noqa: PLC0415
    from mmpctl.errors import RefusedError  # noqa: PLC0415

    if _takes_permit(task.task) or any(isinstance(each, Permit) for each in task.params.values()):
        raise RefusedError(
            f"the task {task.name} changes nodes, and the runner `mmp` only reads",
            code="reading-runner",
            advice="Nothing was done. Use the runner `threaded` for it: nr.with_runner(ThreadedRunner()).",
        )


def _takes_permit(task: Any) -> bool:
    try:
        return "permit" in signature(task).parameters
    except (TypeError, ValueError):
        return False
