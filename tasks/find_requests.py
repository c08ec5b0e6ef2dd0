"""Keys that were made on the node for a request, and that nothing uses yet."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.device.commands.database_cluster_status import DATABASE_CLUSTER_STATUS
from mmpctl.device.commands.pki_list import PKI_LIST
from mmpctl.errors import CommandRefused, ParseError
from mmpctl.tasks._ask import ask
from mmpctl.tasks._fresh_base import base_of, is_ours

_REQUEST, _KEY = "csr", "key"


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
    keys = tuple(file for file in files if _is_open(file, files) and file not in used)
    return Result(host=task.host, result=keys)


def _is_open(key: str, files: tuple[str, ...]) -> bool:
    base = base_of(key)
    if key != f"{base}.{_KEY}" or not is_ours(base) or f"{base}.{_REQUEST}" not in files:
        return False
    # A certificate that was uploaded for a key is named after it.
    return all(not base_of(file).startswith(base) or file in (key, f"{base}.{_REQUEST}") for file in files)
