"""The settings of one service that has certificates (`callbridge`, `webadmin`, …)."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.device.answers.parse import parse_service
from mmpctl.device.answers.vocabulary import vocabulary
from mmpctl.device.platform import CiscoCms
from mmpctl.errors import CommandRefused
from mmpctl.tasks.session import look


def service(task: Task, service_name: str) -> Result:
    """Read a service's settings.

    Args:
        service_name: `callbridge`, `webadmin`, `webbridge3`, `turn`, `recorder`, `streamer` or `uploader`.

    Returns:
        A result with a `ServiceSettings`, or with None if the release does not know the service.

    Raises:
        CommandRefused: the node refuses to tell.
        MmpError: the node could not be asked, or its answer not be understood.
    """

    def read(session: CiscoCms) -> object:
        try:
            return parse_service(service_name, session.command(service_name))
        except CommandRefused as error:
            if not vocabulary().unknown.search(error.text):
                raise
            return None

    return Result(host=task.host, result=look(task, read))
