"""Look at keys that were made on the node: whether they are there, and whether they are those of new certificates."""

from __future__ import annotations

from collections.abc import Mapping

from nornir.core.task import Result, Task

from mmpctl.cluster.key_proof import KeySeen
from mmpctl.cluster.request_names import request_of
from mmpctl.device.commands.pki_list import PKI_LIST
from mmpctl.errors import AuthenticationError, ConnectionLost, DialogueError, HostKeyError, MmpError
from mmpctl.tasks._ask import ask
from mmpctl.tasks._request_file import fetched_request
from mmpctl.tasks.match import match


def look_at_keys(task: Task, keys: Mapping[str, str]) -> Result:
    """Look for keys in `pki list`, let `pki match` judge them if it can, and fetch their requests; no key is read.

    Args:
        keys: the name on the device of each key's new certificate, by the key's file.

    Returns:
        A result with a `KeySeen` for each key, by its file.

    Raises:
        MmpError: the node could not be asked, or its list of files not be understood.
    """
    listed = ask(task, PKI_LIST).files
    # All on the command line, then all by SFTP: a node may allow one session at a time.
    verdicts = {
        key: _verdict(task, key, certificate)
        for key, certificate in keys.items()
        if key in listed and certificate in listed
    }
    seen = {}
    for key in keys:
        if key not in listed:
            seen[key] = KeySeen(listed=False)
            continue
        public_key, trouble = _request_key(task, request_of(key))
        seen[key] = KeySeen(True, public_key, trouble, asked=key in verdicts, fits=verdicts.get(key))
    return Result(host=task.host, result=seen)


def _verdict(task: Task, key: str, certificate: str) -> bool | None:
    try:
        fits: bool | None = match(task, key, certificate).result
    except (ConnectionLost, DialogueError):
        # A second opinion that does not come, whose words nobody has seen: the request must prove it.
        return None
    return fits


def _request_key(task: Task, file: str) -> tuple[str | None, str]:
    try:
        return fetched_request(task, file).request.key_sha256, ""
    except (AuthenticationError, HostKeyError):
        raise
    except MmpError as error:
        return None, error.message
