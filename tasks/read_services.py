"""What some services of a node show of themselves now: on or off, their files, their ports."""

from __future__ import annotations

from collections.abc import Iterable

from nornir.core.task import Result, Task

from mmpctl.device.answers.vocabulary import vocabulary
from mmpctl.device.commands.service import ServiceView, view_command
from mmpctl.errors import CommandRefused
from mmpctl.tasks._ask import ask


def read_services(task: Task, services: Iterable[str]) -> Result:
    """Ask services for their settings, as far as they tell them: one that is off or restarts may tell little.

    Args:
        services: their commands.

    Returns:
        A result with a `ServiceView` for each; one that the release does not know is left out.

    Raises:
        UsageError: there is no such service; nothing was sent.
        MmpError: the node could not be asked, or an answer not be understood.
    """
    commands = {name: view_command(name) for name in services}
    seen: dict[str, ServiceView] = {}
    for name, command in commands.items():
        try:
            seen[name] = ask(task, command)
        except CommandRefused as error:
            if not vocabulary().is_unknown(error.text):
                raise
    return Result(host=task.host, result=seen)
