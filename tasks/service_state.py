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
    return Result(host=task.host, result=_answer(task, service_name))


def _answer(task: Task, service_name: str) -> ServiceAnswer:
    try:
        state = ask(task, state_command(service_name))
    except CommandRefused as error:
        return _refused(error)
    except ParseError:
        return ServiceAnswer(True, "answers its command in unknown words")
    if state.enabled is False:
        return ServiceAnswer(True, "is off")
    if state.running is None:
        return ServiceAnswer(True, "answers its command, but does not report if it runs")
    return ServiceAnswer(state.running, "runs" if state.running else "does not run")


def _refused(error: CommandRefused) -> ServiceAnswer:
    if vocabulary().is_unknown(error.text):
        return ServiceAnswer(True, "the release does not know the command")
    if vocabulary().is_usage(error.text):
        # A release may print how the word is typed; that says nothing of the service.
        return ServiceAnswer(True, "answers its command with its usage only")
    return ServiceAnswer(False, f"refuses its command ({error.message})")
