"""Failed logins lock accounts: a password is tried on one node first, and what was refused is not tried again."""

from __future__ import annotations

import hashlib
import secrets
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition, Lock
from typing import Final, Protocol

from mmpctl.device.waiting import while_waiting
from mmpctl.errors import AuthenticationError

REFUSED: Final = "wrong-password"
WITHHELD: Final = "login-withheld"
_SALT: Final = secrets.token_bytes(16)
# A credential that some node accepted once may be refused by the odd node; a second refusal is no chance.
_REFUSALS_OF_PROVED: Final = 2
# Refusals that are remembered from before stop us too, if no node has ever accepted the credential.
_REMEMBERED_REFUSALS: Final = 2


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


class Recollection(Protocol):
    """What earlier processes learnt of a credential."""

    @property
    def accepted(self) -> bool:
        """A node has accepted it."""

    @property
    def refused(self) -> Mapping[tuple[str, str], str]:
        """When it was refused, by the host key's fingerprint and the address and port of the node that refused it."""

    @property
    def file(self) -> str:
        """Where this is remembered."""


@dataclass(frozen=True, slots=True)
class _Nothing:
    """Nothing is remembered."""

    accepted: bool = False
    refused: Mapping[tuple[str, str], str] = field(default_factory=dict)
    file: str = ""


class LoginMemory(Protocol):
    """Remembers logins across processes; it must not keep a credential in a form that can be read."""

    def recall(self, user: str, credential: str) -> Recollection:
        """Return what is remembered of a credential."""

    def accepted(self, user: str, credential: str, host_key: str, where: str) -> None:
        """A node has accepted it."""

    def refused(self, user: str, credential: str, host_key: str, where: str) -> None:
        """A node has refused it."""


class NoMemory:
    """Remembers nothing."""

    def recall(self, user: str, credential: str) -> Recollection:
        """Nothing."""
        return _Nothing()

    def accepted(self, user: str, credential: str, host_key: str, where: str) -> None:
        """Nothing is done."""

    def refused(self, user: str, credential: str, host_key: str, where: str) -> None:
        """Nothing is done."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A credential that is sent to no further node.

    Args:
        user: the account.
        refused_by: address and port of each node that refused it, in this process or before.
        proved: a node has accepted it, in this process or before.
    """

    user: str
    refused_by: tuple[str, ...]
    proved: bool


class _Account:
    """One credential: whether a node has accepted it, and who is asked first."""

    def __init__(self, user: str, remembered: Recollection) -> None:
        self.user = user
        self.remembered = remembered
        self.proved = False
        self._refused_now: list[str] = []
        self._refused_before: list[str] = []
        self._trying = False
        self._changed = Condition()

    @property
    def withheld(self) -> bool:
        """No further node hears it."""
        if self.proved:
            return False
        if self.remembered.accepted:
            return len(self._refused_now) >= _REFUSALS_OF_PROVED
        return bool(self._refused_now) or len(self._refused_before) >= _REMEMBERED_REFUSALS

    @property
    def refused_by(self) -> tuple[str, ...]:
        """Address and port of each node that refused it, those of this process first."""
        return (*self._refused_now, *self._refused_before)

    def take_turn(self, where: str) -> None:
        """Wait until a node has accepted the credential, or until this node is the one to be asked.

        Raises:
            AuthenticationError: another node refused it (code `login-withheld`).
        """
        if not self._claim():
            with while_waiting.get()(), self._changed:
                self._changed.wait_for(self._claim)
        self.check()

    def check(self) -> None:
        """Raise where another node has refused the credential (code `login-withheld`)."""
        if self.withheld:
            first = self.refused_by[0]
            raise AuthenticationError(
                f"not asked: {first} did not accept the same password or key of {self.user}",
                code=WITHHELD,
                advice=f"Correct it, so that no account is locked. If only {first} has a different one, give that "
                "node an account of its own (MMP_PASSWORD__NODE), or select the others.",
            )

    def _claim(self) -> bool:
        with self._changed:
            if self.proved or self.withheld:
                return True
            if self._trying:
                return False
            self._trying = True
            return True

    def met_again(self, where: str) -> None:
        """A node is met that refused the credential before; it is not asked again."""
        with self._changed:
            self._refused_before.append(where)
            self._changed.notify_all()

    def ends(self, *, accepted: bool = False, refused_by: str | None = None) -> None:
        """The node that was asked has answered, or will not."""
        with self._changed:
            self._trying = False
            self.proved = self.proved or accepted
            if refused_by is not None:
                self._refused_now.append(refused_by)
            self._changed.notify_all()


@dataclass(slots=True)
class _Entry:
    lock: Lock = field(default_factory=Lock)
    failure: AuthenticationError | None = None


class FailedLogins:
    """Remembers refused logins, lets one login of a kind run at a time, and tries a credential on one node first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._entries: dict[Login, _Entry] = {}
        self._accounts: dict[tuple[str, str], _Account] = {}
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

    def _account(self, login: Login, credential: str, memory: LoginMemory) -> _Account:
        with self._lock:
            key = (login.user, login.credential)
            if key not in self._accounts:
                self._accounts[key] = _Account(login.user, memory.recall(login.user, credential))
            return self._accounts[key]


def _refused_before(login: Login, when: str, file: str) -> AuthenticationError:
    return AuthenticationError(
        f"the device did not accept the same password or key of {login.user} on {when}, and is not asked again",
        code=REFUSED,
        advice="Give mmpctl the right one. If the node accepts this one now, delete the record of the refusal: "
        f"rm {shlex.quote(file)}",
    )
