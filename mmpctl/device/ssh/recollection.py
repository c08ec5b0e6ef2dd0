"""What earlier processes learnt of a credential, and who remembers it for the next ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


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
