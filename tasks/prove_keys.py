"""Prove that keys on the node are those of its new certificates."""

from __future__ import annotations

from collections.abc import Mapping

from nornir.core.task import Result, Task

from mmpctl.cluster.key_proof import KeySeen, unproved
from mmpctl.errors import RefusedError
from mmpctl.tasks.look_at_keys import look_at_keys
from mmpctl.tasks.session import on_node


def prove_keys(task: Task, public_keys: Mapping[str, str], certificates: Mapping[str, str]) -> Result:
    """Look at keys on the node, and refuse one that is not proved to be its certificate's; nothing is changed.

    Args:
        public_keys: SHA-256 of the certificates' public keys (SubjectPublicKeyInfo), by the keys' files on the node.
        certificates: names of the certificates on the node, likewise.

    Returns:
        A result with a `KeySeen` for each key, by its file.

    Raises:
        RefusedError: a key is not there, or another key's certificate was given (code `key-on-node`).
        MmpError: the node could not be asked.
    """
    seen: dict[str, KeySeen] = look_at_keys(task, certificates).result if certificates else {}
    with on_node(task):
        for why in unproved(public_keys, seen):
            raise RefusedError(why, code="key-on-node")
    return Result(host=task.host, result=seen)
