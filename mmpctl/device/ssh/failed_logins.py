"""Failed logins lock accounts: a password is tried on one node first, and what was refused is not tried again."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from mmpctl.device.ssh.login import Login
from mmpctl.device.ssh.recollection import LoginMemory, NoMemory, Recollection
from mmpctl.device.ssh.tried_credential import TriedCredential, Withheld
from mmpctl.errors import AuthenticationError

REFUSED: Final = "wrong-password"


@dataclass(frozen=True, slots=True)
class KnownLogins:
    """What a process knows of logins, for another one that shares its run.

    Args:
        salt: of the digests.
        failures: what is not tried again.
        memory: remembers logins across processes; None if that was not decided.
    """

    salt: bytes
    failures: Mapping[Login, AuthenticationError]
    memory: LoginMemory | None


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
        self._make: Callable[[str, str, Recollection], TriedCredential] = _of_this_process
        self._failed: Callable[[Login, AuthenticationError], None] = _told_to_nobody

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
                self._fail(login, _refused_before(login, when, account.remembered.file))
                self.check(login)
            account.take_turn(login.where)
            refused_by, accepted = None, False
            try:
                yield
                accepted = True
            except AuthenticationError as error:
                self._fail(login, error)
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

    def known(self) -> KnownLogins:
        """Return what another process has to know that shares this run."""
        with self._lock:
            failures = {login: entry.failure for login, entry in self._entries.items() if entry.failure is not None}
            return KnownLogins(Login.salt, failures, self._memory)

    def share(
        self,
        known: KnownLogins,
        make: Callable[[str, str, Recollection], TriedCredential],
        failed: Callable[[Login, AuthenticationError], None],
    ) -> None:
        """Decide nothing alone from now on: another process has begun the run.

        Args:
            known: by the other process.
            make: makes the credential of a user and a digest, which is decided on over there.
            failed: is told each login that is not to be tried again.
        """
        Login.salt = known.salt
        with self._lock:
            self._memory, self._make, self._failed = known.memory, make, failed
        for login, failure in known.failures.items():
            self.learn(login, failure)

    def learn(self, login: Login, failure: AuthenticationError) -> None:
        """Have a login not tried again, as another process was refused.

        Args:
            login: that failed.
            failure: why.
        """
        self._entry(login).failure = failure

    def account(self, user: str, digest: str, remembered: Recollection) -> TriedCredential:
        """Return a credential by what it is known by.

        Args:
            user: account name.
            digest: of the credential, as `Login` has it.
            remembered: what earlier processes learnt of it; counts if it is not known yet.
        """
        with self._lock:
            if (user, digest) not in self._accounts:
                self._accounts[user, digest] = self._make(user, digest, remembered)
            return self._accounts[user, digest]

    def known_account(self, user: str, digest: str) -> TriedCredential | None:
        """Return a credential by what it is known by; None if no node was about to hear it.

        Args:
            user: account name.
            digest: of the credential, as `Login` has it.
        """
        with self._lock:
            return self._accounts.get((user, digest))

    def _fail(self, login: Login, failure: AuthenticationError) -> None:
        self._entry(login).failure = failure
        self._failed(login, failure)

    def _entry(self, login: Login) -> _Entry:
        with self._lock:
            return self._entries.setdefault(login, _Entry())

    def _account(self, login: Login, credential: str, memory: LoginMemory) -> TriedCredential:
        with self._lock:
            key = (login.user, login.credential)
            if key not in self._accounts:
                self._accounts[key] = self._make(*key, memory.recall(login.user, credential))
            return self._accounts[key]


def _of_this_process(user: str, digest: str, remembered: Recollection) -> TriedCredential:
    return TriedCredential(user, remembered)


def _told_to_nobody(login: Login, failure: AuthenticationError) -> None:
    """Nobody shares this process's run."""


def _refused_before(login: Login, when: str, file: str) -> AuthenticationError:
    return AuthenticationError(
        f"the device did not accept the same password or key of {login.user} on {when}, and is not asked again",
        code=REFUSED,
        advice="Give mmpctl the right one. If the node accepts this one now, delete the record of the refusal: "
        f"rm {shlex.quote(file)}",
    )
