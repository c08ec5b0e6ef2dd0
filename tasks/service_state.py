"""Whether a service answers again after the node's restarts, as far as its command tells."""

from __future__ import annotations

from dataclasses import dataclass

from nornir.core.task import Result, Task

from mmpctl.device.answers.vocabulary import vocabulary
from mmpctl.device.commands.service import state_command
from mmpctl.errors import CommandRefused, ParseError
from mmpctl.tasks._ask import ask


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """What came of a service's bare command.

    Args:
        up: nothing shows that the service does not work.
        told: what that rests on, without the name of the service.
    """

    up: bool
    told: str


def service_state(task: Task, service_name: str) -> Result:
    """Ask a service by its bare command.

    Args:
        service_name: `webadmin` or `callbridge`.

    Returns:
        A result with a `ServiceAnswer`.

    Raises:
        UsageError: there is no such service; nothing was sent.
        MmpError: the node could not be asked.
    """
    try:
        state = ask(task, state_command(service_name))
    except CommandRefused as error:
        if vocabulary().is_unknown(error.text):
            return Result(host=task.host, result=ServiceAnswer(True, "the release does not know the command"))
        return Result(host=task.host, result=ServiceAnswer(False, f"refuses its command ({error.message})"))
    except ParseError:
        return Result(host=task.host, result=ServiceAnswer(True, "answers its command in unknown words"))
    if state.enabled is False:
        return Result(host=task.host, result=ServiceAnswer(True, "is off"))
    if state.running is None:
        return Result(host=task.host, result=ServiceAnswer(True, "answers its command, but does not report if it runs"))
    return Result(host=task.host, result=ServiceAnswer(state.running, "runs" if state.running else "does not run"))
