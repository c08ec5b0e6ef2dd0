"""Keys that were made on the node for a request, and that nothing uses yet."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.cluster.request_names import open_keys
from mmpctl.device.commands.database_cluster_status import DATABASE_CLUSTER_STATUS
from mmpctl.device.commands.pki_list import PKI_LIST
from mmpctl.errors import CommandRefused, ParseError
from mmpctl.tasks._ask import ask


def find_requests(task: Task) -> Result:
    """Look for keys of ours with a request to which the node has no certificate, and which its database does not use.

    Returns:
        A result with the names of the keys' files, in the order of the device.

    Raises:
        MmpError: the node could not be asked.
    """
    files = ask(task, PKI_LIST).files
    try:
        held = ask(task, DATABASE_CLUSTER_STATUS, lenient=True).certificates
        used = {held.server_key, held.client_key}
    except (CommandRefused, ParseError):
        # Only who may not look, or a release that words it otherwise: then every request counts.
        used = set()
    return Result(host=task.host, result=open_keys(files, used))
