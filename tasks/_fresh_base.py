"""Base names of keys that nothing on the node has: `pki csr` may replace a file of the same name without asking."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import Final, NoReturn, SupportsIndex

from nornir.core.task import Task

from mmpctl.cluster.request_names import base_of, is_ours
from mmpctl.device.commands.pki_list import PKI_LIST
from mmpctl.errors import RefusedError
from mmpctl.tasks._ask import ask

# Only `fresh_base` below makes a base, after its look (a test looks for other uses).
_SEAL: Final = object()
_PREFIXES: Final = {"server": "dbserver", "client": "dbclient"}
_TRIES: Final = 16


class FreshBase:
    """The base name of one key that is not made yet, for one `pki csr`.

    Args:
        name: letters, digits, hyphens.
        seal: of this module.

    Raises:
        RefusedError: whoever makes it has not looked at the node.
    """

    def __init__(self, name: str, *, seal: object) -> None:
        if seal is not _SEAL:
            raise RefusedError("a base name can only come from a look at the node", advice="Use fresh_base.")
        self.name = name
        self._spent = False
        self._lock = Lock()

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        """A copy would be used a second time: there is none."""
        raise TypeError("a fresh base name cannot be copied")

    @property
    def key(self) -> str:
        """The key's file on the node."""
        return f"{self.name}.key"

    @property
    def request(self) -> str:
        """The request's file on the node."""
        return f"{self.name}.csr"

    def spend(self) -> str:
        """Give out the name for a command, once: whatever comes of it, the name is not fresh any more.

        Raises:
            RefusedError: it was given out before.
        """
        with self._lock:
            if self._spent:
                raise RefusedError(f"the base name {self.name} was used before", advice="Look at the node first.")
            self._spent = True
        return self.name


def fresh_base(
    task: Task, use: str, now: datetime, draw: Callable[[], str] = lambda: secrets.token_hex(2)
) -> FreshBase:
    """Look at `pki list`, and return a base name that no file there has, whatever its extension.

    Args:
        task: of the node.
        use: `server` or `client`.
        now: aware; its day stands in the name.
        draw: four hexadecimal digits.

    Raises:
        MmpError: the node could not be asked, or no name was free (code `no-free-name`).
    """
    taken = {base_of(file).casefold() for file in ask(task, PKI_LIST).files}
    for _ in range(_TRIES):
        name = f"{_PREFIXES[use]}-{now:%Y%m%d}-{draw()}"
        if name not in taken:
            return FreshBase(name, seal=_SEAL)
    raise RefusedError(
        f"no base name for a new key is free on the node: {_TRIES} were tried",
        code="no-free-name",
        advice="Look at `pki list` on the node: it has very many files of this day.",
    )


def is_of_use(key: str, use: str) -> bool:
    """Return whether a key has a name that `fresh_base` gives for this use.

    Args:
        key: its file on the device.
        use: `server` or `client`.
    """
    return is_ours(base_of(key)) and key.startswith(f"{_PREFIXES[use]}-")
