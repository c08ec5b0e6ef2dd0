"""What was refused is not tried again in a process: a few failed logins lock the account."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from mmpctl.errors import AuthenticationError

_SALT = secrets.token_bytes(16)


@dataclass(frozen=True, slots=True)
class Login:
    """What a login is known by; the credential itself is not kept.

    Args:
        host: address of the node.
        port: its SSH port.
        user: account name.
        credential: salted digest of the password or key.
    """

    host: str
    port: int
    user: str
    credential: str

    @classmethod
    def of(cls, host: str, port: int, user: str, credential: str) -> Login:
        """Make one from the credential itself.

        Args:
            host: address of the node.
            port: its SSH port.
            user: account name.
            credential: the password, or the fingerprint of the key.
        """
        digest = hashlib.blake2b(credential.encode("utf-8", "surrogateescape"), key=_SALT).hexdigest()
        return cls(host, port, user, digest)


@dataclass(slots=True)
class _Entry:
    lock: Lock = field(default_factory=Lock)
    failure: AuthenticationError | None = None


class FailedLogins:
    """Remembers refused logins, and lets only one login of a kind run at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._entries: dict[Login, _Entry] = {}

    def check(self, login: Login) -> None:
        """Raise the remembered error of a login that failed before.

        Args:
            login: the login that is about to be tried.
        """
        failure = self._entry(login).failure
        if failure is not None:
            raise type(failure)(failure.message, code=failure.code, advice=failure.advice)

    @contextmanager
    def attempt(self, login: Login) -> Iterator[None]:
        """Try a login; a refusal that leaves the block is remembered and raised from now on.

        A connection that was lost, or an answer that did not come, says nothing of the credential and is not
        remembered, for a node that restarts its SSH hangs up on the right password too.

        Args:
            login: the login.

        Raises:
            AuthenticationError: this login was refused before; the device is not asked again.
        """
        with self._entry(login).lock:
            self.check(login)
            try:
                yield
            except AuthenticationError as error:
                self._entry(login).failure = error
                raise

    def forget(self) -> None:
        """Forget all failures."""
        with self._lock:
            self._entries.clear()

    def _entry(self, login: Login) -> _Entry:
        with self._lock:
            return self._entries.setdefault(login, _Entry())
