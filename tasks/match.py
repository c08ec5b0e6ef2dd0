"""`pki match`: whether a key and a certificate on the device belong together; the key stays there."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.device.answers.vocabulary import vocabulary
from mmpctl.errors import CommandRefused
from mmpctl.tasks.session import look


def match(task: Task, key: str, certificate: str) -> Result:
    """Ask the device whether a key fits a certificate.

    Args:
        key: name of the key on the device.
        certificate: name of the certificate on the device.

    Returns:
        A result with True, False, or None if the device gives no plain verdict (its words were never seen).

    Raises:
        MmpError: the node could not be asked.
    """
    try:
        said = look(task, lambda session: session.command(f"pki match {key} {certificate}"))
    except CommandRefused as error:
        said = error.text
    if vocabulary().pair_differs.match(said.strip()):
        return Result(host=task.host, result=False)
    return Result(host=task.host, result=True if vocabulary().pair_fits.match(said.strip()) else None)
