"""Keyrings in memory."""

from __future__ import annotations

from collections.abc import Callable

from keyring.backend import KeyringBackend

UseKeyring = Callable[[KeyringBackend], None]


class Keyring(KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self, passwords: dict[tuple[str, str], str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring has no types
        self.passwords = passwords

    def get_password(self, service: str, username: str) -> str | None:
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.passwords[service, username] = password


class LockedKeyring(Keyring):
    """One that nobody has unlocked."""

    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError("locked")
