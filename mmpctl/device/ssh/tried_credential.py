"""One credential on all nodes: a node is asked first, and what was refused is sent to no other."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Condition
from typing import Final

from mmpctl.device.ssh.recollection import Recollection
from mmpctl.device.waiting import while_waiting
from mmpctl.errors import AuthenticationError

WITHHELD: Final = "login-withheld"
# A credential that some node accepted once may be refused by the odd node; a second refusal is no chance.
_REFUSALS_OF_PROVED: Final = 2
# Refusals that are remembered from before stop us too, if no node has ever accepted the credential.
_REMEMBERED_REFUSALS: Final = 2


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


@dataclass(frozen=True, slots=True)
class Standing:
    """How a credential stands, as processes that share a run tell each other.

    Args:
        proved: a node has accepted it.
        refused_now: address and port of each node that refused it in this run.
        refused_before: of each node that refused it before, and was met again.
    """

    proved: bool = False
    refused_now: tuple[str, ...] = ()
    refused_before: tuple[str, ...] = ()


class TriedCredential:
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
    def standing(self) -> Standing:
        """What is known of it."""
        return Standing(self.proved, tuple(self._refused_now), tuple(self._refused_before))

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
        if not self.claim():
            with while_waiting.get()(), self._changed:
                self._changed.wait_for(self.claim)
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

    def claim(self) -> bool:
        """Return whether there is nothing to wait for: it is decided, or the caller is the one that tries it now."""
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
