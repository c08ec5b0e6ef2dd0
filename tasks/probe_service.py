"""What a service of the node presents to whoever connects to it by TLS."""

from __future__ import annotations

from collections.abc import Iterable

from nornir.core.task import Result, Task

from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.lenient import any_certificate_of
from mmpctl.device.presented_chain import PROBE_SECONDS, chain_at
from mmpctl.errors import ConnectError
from mmpctl.inventory.nodes import node_of


def probe_service(task: Task, ports: Iterable[int], seconds: float = PROBE_SECONDS) -> Result:
    """Connect to each port at the inventory's `service_address`, and take the certificates that are shown there.

    Args:
        ports: where the service may listen; one that speaks no TLS is passed over if another one does.
        seconds: for each of them.

    Returns:
        A result with the `Certificate`s of each port that speaks TLS, in the order that they are sent in, by port.

    Raises:
        ConnectError: none of them speaks TLS; the error is of the last one.
    """
    address = node_of(task.host).service_address
    shown: dict[int, tuple[Certificate, ...]] = {}
    failed = ConnectError(f"the service shows no port on which it listens at {address}", code="probe-closed")
    for port in ports:
        try:
            shown[port] = tuple(map(any_certificate_of, chain_at(address, port, seconds)))
        except ConnectError as error:
            failed = error
        except ValueError as error:
            told = f"{address}:{port} presents no readable certificate ({error})"
            failed = ConnectError(told, code="probe-not-understood")
    if not shown:
        raise failed
    return Result(host=task.host, result=shown)
