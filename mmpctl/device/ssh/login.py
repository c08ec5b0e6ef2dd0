"""What a login is known by."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Login:
    """What a login is known by; the credential itself is not kept.

    Args:
        host: address of the node.
        port: its SSH port.
        user: account name.
        credential: salted digest of the password or key.
    """

    # Processes that share a run share it too.
    salt: ClassVar[bytes] = secrets.token_bytes(16)

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
        digest = hashlib.blake2b(credential.encode("utf-8", "surrogateescape"), key=cls.salt).hexdigest()
        return cls(host, port, user, digest)

    @property
    def where(self) -> str:
        """The node's address and port."""
        return f"{self.host}:{self.port}"
