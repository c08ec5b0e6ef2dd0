"""The settings of one service that has certificates (`callbridge`, `webadmin`, …)."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.device.answers.vocabulary import vocabulary
from mmpctl.device.commands.service import settings_command
from mmpctl.errors import CommandRefused
from mmpctl.tasks._ask import ask


def service(task: Task, service_name: str) -> Result:
    """Read a service's settings.

    Args:
        service_name: one of `mmpctl.device.commands.service.SERVICES`, e.g. `callbridge`.

    Returns:
        A result with a `ServiceSettings`, or with None if the release does not know the service.

    Raises:
        UsageError: there is no such service; nothing was sent.
        CommandRefused: the node refuses to tell.
        MmpError: the node could not be asked, or its answer not be understood.
    """
    try:
        return Result(host=task.host, result=ask(task, settings_command(service_name)))
    except CommandRefused as error:
        if not vocabulary().is_unknown(error.text):
            raise
        return Result(host=task.host)
