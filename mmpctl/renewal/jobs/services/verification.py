"""The check after a renewal of services: all that were on are on, and each that was renewed is proved once more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from nornir.core.task import Result, Task

from mmpctl.errors import MmpError
from mmpctl.fleet.run_on import run_on
from mmpctl.renewal.execution import Halt
from mmpctl.renewal.jobs.services.group_work import GroupWork
from mmpctl.renewal.jobs.services.service_proof import prove
from mmpctl.renewal.stop import Stopped
from mmpctl.services.seen_services import SeenGroup


def verify(work: GroupWork, look: Callable[[], SeenGroup]) -> tuple[str, ...]:
    """Check the services of a group from here, side by side over the nodes.

    Args:
        work: the group's part of the run.
        look: looks at every node again.

    Returns:
        What is wrong, one sentence each.

    Raises:
        Halt: the operator asked to stop; all steps are done, the check is not.
    """
    if work.run.watch.stop.wished:
        raise Halt(
            {
                node: Stopped(
                    "all steps are done, only the check afterwards is missing: the run was asked to stop",
                    advice="`mmpctl resume` looks at every service and makes the check.",
                )
                for node in work.goal.nodes[:1]
            }
        )
    work.note("connecting once more to every service that was renewed")
    limits = work.run.watch.limits

    def check(task: Task) -> Result:
        problems = []
        for unit in work.goal.units:
            if unit.key.node == task.host.name:
                # If its own certificate is another one by now, that is looked at by itself.
                is_over = unit.key.aim and work.goal.unit(unit.key.whole) is not None
                wanted = replace(unit, stays=()) if is_over else unit
                try:
                    prove(task, wanted, back=False, seconds=limits.settle, steady=limits.accept)
                except MmpError as error:
                    problems.append(error.message)
        return Result(host=task.host, result=problems)

    outcomes = run_on(work.run.nr, list(work.goal.nodes), check)
    found = [str(one.error) for one in outcomes.values() if one.error is not None]
    found += [problem for one in outcomes.values() if one.error is None for problem in one.value]
    return (*found, *_down(work, look()))


def _down(work: GroupWork, seen: SeenGroup) -> Iterator[str]:
    for key in sorted(work.were_on):
        service = seen.service(key)
        if service is None:
            yield f"{key} was on when the run began, and cannot be seen now ({seen.node(key.node).error})"
        elif service.enabled is False:
            yield f"{key} was on when the run began, and is off now"
