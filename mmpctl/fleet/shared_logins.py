"""One credential on all nodes, in all processes of a run: a node is asked first, and what was refused goes to no other.

The process of the run decides, with the same rule as for its own threads (`mmpctl.device.ssh.tried_credential`). It
hears of users, of salted digests and of addresses; a credential is not sent for this.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import TypeVar

from mmpctl.device.ssh.authentication import LOGINS
from mmpctl.device.ssh.login import Login
from mmpctl.device.ssh.recollection import Recollection
from mmpctl.device.ssh.tried_credential import TriedCredential
from mmpctl.device.waiting import while_waiting
from mmpctl.errors import AuthenticationError
from mmpctl.fleet.messages import Claim, Granted, LoginEnded, LoginFailed

Worker = TypeVar("Worker")
_Key = tuple[str, str]


class LoginClaims:
    """What workers want to know before a node hears a credential, and who of them is trying one.

    Args:
        answer: sends an answer to a worker, known by its number.
    """

    def __init__(self, answer: Callable[[int, Granted], None]) -> None:
        self._answer = answer
        self._waiting: list[tuple[int, Claim]] = []
        self._trying: dict[_Key, int] = {}

    @property
    def waiting(self) -> bool:
        """A worker waits for an answer, which another thread of this process may decide."""
        return bool(self._waiting)

    def hear(self, worker: int, message: Claim | LoginEnded | LoginFailed) -> None:
        """Take in what a worker says of a login.

        Args:
            worker: its number.
            message: what it says.
        """
        if isinstance(message, LoginFailed):
            LOGINS.learn(message.login, message.error)
        elif isinstance(message, Claim):
            LOGINS.account(*message.credential, message.remembered)
            self._waiting.append((worker, message))
        else:
            account = LOGINS.known_account(*message.credential)
            if account is not None and message.met is not None:
                account.met_again(message.met)
            elif account is not None:
                self._trying.pop(message.credential, None)
                account.ends(accepted=message.accepted, refused_by=message.refused_by)
        self.decide()

    def gone(self, worker: int) -> None:
        """Forget a worker that has ended: the next one may try what it was trying.

        Args:
            worker: its number.
        """
        self._waiting = [each for each in self._waiting if each[0] != worker]
        for key in [key for key, one in self._trying.items() if one == worker]:
            del self._trying[key]
            account = LOGINS.known_account(*key)
            if account is not None:
                account.ends()
        self.decide()

    def decide(self) -> None:
        """Answer those whose claim is decided by now, or whose turn it is."""
        waiting, self._waiting = self._waiting, []
        for worker, claim in waiting:
            account = LOGINS.account(*claim.credential, claim.remembered)
            if not account.claim():
                self._waiting.append((worker, claim))
                continue
            first = not (account.proved or account.withheld)
            if first:
                self._trying[claim.credential] = worker
            self._answer(worker, Granted(claim.number, account.standing, first))


class ClaimedLogins:
    """The logins of a worker, on which the process of the run decides.

    Args:
        send: sends a message to it.
    """

    def __init__(self, send: Callable[[object], None]) -> None:
        self._send = send
        self._numbers = itertools.count()
        self._answers: dict[int, tuple[threading.Event, list[Granted]]] = {}

    def credential(self, user: str, digest: str, remembered: Recollection) -> TriedCredential:
        """Make a credential for `FailedLogins.share`.

        Args:
            user: account name.
            digest: salted digest of the credential.
            remembered: what earlier processes learnt of it.
        """
        return _ClaimedCredential(self, (user, digest), remembered)

    def failed(self, login: Login, error: AuthenticationError) -> None:
        """Tell a login that is not to be tried again.

        Args:
            login: that failed.
            error: why.
        """
        self._send(LoginFailed(login, error))

    def granted(self, answer: Granted) -> None:
        """Take in an answer; called by the thread that receives.

        Args:
            answer: to a claim of this worker.
        """
        came, answers = self._answers[answer.number]
        answers.append(answer)
        came.set()

    def claim(self, credential: _Key, where: str, remembered: Recollection) -> Granted:
        """Wait until a node may hear a credential, or must not."""
        number = next(self._numbers)
        came, answers = self._answers[number] = threading.Event(), []
        self._send(Claim(number, credential, where, remembered))
        with while_waiting.get()():
            came.wait()
        del self._answers[number]
        return answers[0]

    def ended(self, message: LoginEnded) -> None:
        """Tell what came of a login."""
        self._send(message)


class _ClaimedCredential(TriedCredential):
    """A credential on which another process decides; what it has decided is known here."""

    def __init__(self, logins: ClaimedLogins, key: _Key, remembered: Recollection) -> None:
        super().__init__(key[0], remembered)
        self._logins = logins
        self._key = key
        self._asked_first = False

    def take_turn(self, where: str) -> None:
        if not (self.proved or self.withheld):
            answer = self._logins.claim(self._key, where, self.remembered)
            with self._changed:
                self._asked_first = self._asked_first or answer.first
                self.proved = self.proved or answer.standing.proved
                self._refused_now = list(answer.standing.refused_now)
                self._refused_before = list(answer.standing.refused_before)
        self.check()

    def met_again(self, where: str) -> None:
        super().met_again(where)
        self._logins.ended(LoginEnded(self._key, met=where))

    def ends(self, *, accepted: bool = False, refused_by: str | None = None) -> None:
        super().ends(accepted=accepted, refused_by=refused_by)
        if self._asked_first or refused_by is not None:
            self._asked_first = False
            self._logins.ended(LoginEnded(self._key, accepted, refused_by))
