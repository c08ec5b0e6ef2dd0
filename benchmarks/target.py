"""What a client calls, and how it logs in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

HOST = "127.0.0.1"
PROMPT = "cms2> "


@dataclass(frozen=True, slots=True)
class Target:
    """A server, as a client has to know it.

    Args:
        port: where the client calls.
        host_key: of the server, as it stands in a file of known hosts: kind and key.
        user: the account.
        password: of the account, if it logs in with one.
        key: file of its private key, if it logs in with that.
        known_hosts: file of host keys.
    """

    port: int
    host_key: str
    user: str
    password: str | None = None
    key: str | None = None
    known_hosts: str = ""

    def known(self, folder: Path, lines: int = 2) -> Target:
        """Return the same with a file of known hosts.

        Args:
            folder: where the file is written.
            lines: how many it has; all but the last one are of other hosts.
        """
        file = folder / f"known_hosts.{self.port}.{lines}"
        others = (f"[198.51.100.{number % 250}]:{10000 + number} {self.host_key}\n" for number in range(lines - 1))
        file.write_text("".join((*others, f"[{HOST}]:{self.port} {self.host_key}\n")), encoding="utf-8")
        return replace(self, known_hosts=str(file))
