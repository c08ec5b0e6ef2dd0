"""Failed logins lock accounts: a password is tried on one node first, and what was refused is not tried again."""

from __future__ import annotations

import hashlib
import secrets
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from mmpctl.device.ssh.recollection import LoginMemory, NoMemory
from mmpctl.device.ssh.tried_credential import TriedCredential, Withheld
from mmpctl.errors import AuthenticationError

REFUSED: Final = "wrong-password"
_SALT: Final = secrets.token_bytes(16)


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

    @property
    def where(self) -> str:
        """The node's address and port."""
        return f"{self.host}:{self.port}"


@dataclass(slots=True)
class _Entry:
    lock: Lock = field(default_factory=Lock)
    failure: AuthenticationError | None = None


class FailedLogins:
    """Remembers refused logins, lets one login of a kind run at a time, and tries a credential on one node first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._entries: dict[Login, _Entry] = {}
        self._accounts: dict[tuple[str, str], TriedCredential] = {}
        self._memory: LoginMemory | None = None

    def use(self, memory: Callable[[], LoginMemory]) -> None:
        """Remember logins across processes from now on; the first memory counts.

        Args:
            memory: makes it.
        """
        with self._lock:
            if self._memory is None:
                self._memory = memory()

    def check(self, login: Login) -> None:
        """Raise the remembered error of a login that failed before.

        Args:
            login: the login that is about to be tried.
        """
        failure = self._entry(login).failure
        if failure is not None:
            raise type(failure)(failure.message, code=failure.code, advice=failure.advice)
        with self._lock:
            account = self._accounts.get((login.user, login.credential))
        if account is not None:
            account.check()

    @contextmanager
    def attempt(self, login: Login, credential: str, host_key: str) -> Iterator[None]:
        """Try a login; a refusal that leaves the block is remembered and raised from now on.

        The first login with a credential runs alone: the others wait, and once it is refused, no other node hears it.
        A connection that was lost, or an answer that did not come, says nothing of the credential and is not
        remembered, for a node that restarts its SSH hangs up on the right password too; then the next one is asked.

        Args:
            login: the login.
            credential: the password, or the fingerprint of the key.
            host_key: fingerprint of the key that the node proved itself with.

        Raises:
            AuthenticationError: this login was refused before, or its credential by another node; the device is not
                asked.
        """
        with self._entry(login).lock:
            self.check(login)
            memory = self._memory or NoMemory()
            account = self._account(login, credential, memory)
            when = account.remembered.refused.get((host_key, login.where))
            if when is not None:
                account.met_again(login.where)
                self._entry(login).failure = _refused_before(login, when, account.remembered.file)
                self.check(login)
            account.take_turn(login.where)
            refused_by, accepted = None, False
            try:
                yield
                accepted = True
            except AuthenticationError as error:
                self._entry(login).failure = error
                if error.code == REFUSED:
                    refused_by = login.where
                    memory.refused(login.user, credential, host_key, login.where)
                raise
            finally:
                if accepted and not account.proved:
                    memory.accepted(login.user, credential, host_key, login.where)
                account.ends(accepted=accepted, refused_by=refused_by)

    def withheld(self) -> tuple[Withheld, ...]:
        """Return the credentials that no further node hears, since a node refused them."""
        with self._lock:
            accounts = list(self._accounts.values())
        return tuple(
            Withheld(one.user, one.refused_by, one.proved or one.remembered.accepted)
            for one in accounts
            if one.withheld
        )

    def proved(self) -> bool:
        """Return whether a node has accepted any credential in this process."""
        with self._lock:
            return any(account.proved for account in self._accounts.values())

    def forget(self) -> None:
        """Forget all that this process has learnt."""
        with self._lock:
            self._entries.clear()
            self._accounts.clear()

    def _entry(self, login: Login) -> _Entry:
        with self._lock:
            return self._entries.setdefault(login, _Entry())

    def _account(self, login: Login, credential: str, memory: LoginMemory) -> TriedCredential:
        with self._lock:
            key = (login.user, login.credential)
            if key not in self._accounts:
                self._accounts[key] = TriedCredential(login.user, memory.recall(login.user, credential))
            return self._accounts[key]


def _refused_before(login: Login, when: str, file: str) -> AuthenticationError:
    return AuthenticationError(
        f"the device did not accept the same password or key of {login.user} on {when}, and is not asked again",
        code=REFUSED,
        advice="Give mmpctl the right one. If the node accepts this one now, delete the record of the refusal: "
        f"rm {shlex.quote(file)}",
    )
