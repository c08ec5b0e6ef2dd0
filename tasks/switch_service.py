"""`<service> disable`, `enable`, `restart`: switch one service of a node, with a permit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nornir.core.task import Result, Task

from mmpctl.device.answers.service_checks import ServiceChecks, checks_of
from mmpctl.services.service_permits import DisablePermit, EnablePermit, RestartPermit, ServiceCertsPermit, TrustPermit
from mmpctl.tasks.mark import traces_now
from mmpctl.tasks.operation import proof_of
from mmpctl.tasks.session import mmp, on_node

# How long a service may take until it is off or on is documented nowhere; the command line waits for it.
SWITCH_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Switched:
    """What came of a command to a service.

    Args:
        command: as it was sent, or would have been.
        output: what the device printed.
        sent: False in a dry run.
    """

    command: str
    output: str = ""
    sent: bool = True

    @property
    def checks(self) -> ServiceChecks:
        """What the service said of its files."""
        return checks_of(self.output)


def switch_service(
    task: Task,
    permit: DisablePermit | EnablePermit | RestartPermit | ServiceCertsPermit | TrustPermit,
    intend: Callable[[str], None],
    *,
    seconds: float = SWITCH_SECONDS,
    dry_run: bool | None = None,
) -> Result:
    """Send one command to a service, after proving the node, and that nobody else is at work on it.

    Args:
        permit: of the guards of services, for this node and command.
        intend: called with the command before it is sent; when it raises, nothing is sent.
        seconds: until the prompt must be back.
        dry_run: send nothing; by default as the Nornir object says.

    Returns:
        A result with `Switched`; changed is set, in a dry run too.

    Raises:
        RefusedError: the node is not the one that was observed, the permit was used before, or somebody else has begun
            to work on the node.
        CommandRefused: the device said no.
        NoPrompt: the prompt was not back in time; the command may have run.
        ConnectionLost: likewise, if the command was sent.
    """
    with on_node(task):
        if task.is_dry_run(dry_run):
            return Result(host=task.host, result=Switched(permit.command, sent=False), changed=True)
        # Before the command line is wanted: where one session is all, each closes the other.
        seen = traces_now(task, permit.run)
        session = mmp(task)
        command = permit.spend(proof_of(task, session))
        permit.check_alone(seen)
        intend(command)
        output = session.command(command, deadline=seconds)
        return Result(host=task.host, result=Switched(command, output), changed=True)
