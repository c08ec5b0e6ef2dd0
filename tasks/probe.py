"""What the node's database presents on its own port, to be compared with the file that is configured."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.certificates.certificate import certificate_of
from mmpctl.device.postgres_tls import presented
from mmpctl.device.presented_chain import PROBE_SECONDS
from mmpctl.errors import ConnectError
from mmpctl.inventory.nodes import node_of


def probe(task: Task, seconds: float = PROBE_SECONDS) -> Result:
    """Knock at the database's port, and take the certificate that it shows; nobody logs in.

    The inventory's `db_address` is knocked at, port `db_port`, which is 5432 unless it says otherwise.

    Args:
        seconds: for everything together.

    Returns:
        A result with the `Certificate`.

    Raises:
        ConnectError: nothing answers there, or no database that offers TLS.
    """
    node = node_of(task.host)
    der = presented(node.db_address, node.db_port, seconds)
    try:
        return Result(host=task.host, result=certificate_of(der))
    except ValueError as error:
        told = f"{node.db_address}:{node.db_port} presents no readable certificate ({error})"
        raise ConnectError(told, code="probe-not-understood") from error
