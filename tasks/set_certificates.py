"""`database cluster certs`: configure the certificate files of a node that is in no cluster."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.cluster.permit import CertsPermit
from mmpctl.errors import VerificationError
from mmpctl.tasks.mark import traces_now
from mmpctl.tasks.operation import Hooks, Operation, spend
from mmpctl.tasks.session import mmp, on_node
from mmpctl.tasks.status import read_status

_NO_HOOKS = Hooks()


def set_certificates(task: Task, permit: CertsPermit, hooks: Hooks = _NO_HOOKS, dry_run: bool | None = None) -> Result:
    """Configure the files, and see in the status that they are.

    Args:
        permit: from `Guards.certs`; it names the files.
        hooks: what is told before the device is.
        dry_run: look at the node and send nothing; by default as the Nornir object says.

    Returns:
        A result with an `Operation`; changed is set, in a dry run too, and `diff` says from what by which command.

    Raises:
        RefusedError: the node is not the one that was observed, the permit was used before, or somebody else has begun
            to work on the node.
        CommandRefused: the device said no.
        VerificationError: the device took the command, and shows other files.
    """
    with on_node(task):
        # Before the command line is wanted: where one session is all, each closes the other.
        seen = frozenset() if task.is_dry_run(dry_run) else traces_now(task, permit.run)
        session = mmp(task)
        before = read_status(session)
        diff = f"-{', '.join(before.certificates.names()) or 'no files'}\n+{permit.command}"
        if task.is_dry_run(dry_run):
            unsent = Operation(permit.command, before, sent=False)
            return Result(host=task.host, result=unsent, changed=True, diff=diff)
        command = spend(task, session, permit, before)
        permit.check_alone(seen)
        hooks.intend(command, before)
        output = session.command(command)
        shown = read_status(session).certificates.in_places_of(permit.files)
        if shown != permit.files:
            raise VerificationError(
                f"the device accepted '{command}' and shows {', '.join(shown.names()) or 'no files'}",
                code="certs-differ",
                advice="Look at the node's status by hand.",
            )
        return Result(host=task.host, result=Operation(command, before, output=output), changed=True, diff=diff)
