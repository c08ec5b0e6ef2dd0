"""`pki match`: whether a key and a certificate on the device belong together; the key stays there."""

from __future__ import annotations

from collections.abc import Iterable

from nornir.core.task import Result, Task

from mmpctl.device.commands.pki_match import PKI_MATCH
from mmpctl.errors import CommandRefused
from mmpctl.tasks._ask import ask


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
        fits = ask(task, PKI_MATCH, key, certificate)
    except CommandRefused as error:
        fits = PKI_MATCH.read(error.text)
    return Result(host=task.host, result=fits)


def match_each(task: Task, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bool | None]:
    """Ask the device of several keys and certificates whether they fit; each two once, answered as by `match`.

    Args:
        task: Nornir's task on the node.
        pairs: names of key and certificate on the device.

    Raises:
        MmpError: the node could not be asked.
    """
    return {(key, certificate): match(task, key, certificate).result for key, certificate in dict.fromkeys(pairs)}
