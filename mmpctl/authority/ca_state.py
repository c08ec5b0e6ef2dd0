"""Which of a CA's certificates count: what `ca.json` tells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

NAME: Final = re.compile(r"(root|issuing)-[1-9][0-9]*")


@dataclass(frozen=True, slots=True)
class State:
    """What `ca.json` tells.

    Args:
        name: whose CA it is.
        root: name of the current root, e.g. `root-1`.
        issuing: name of the current issuing certificate.
        older: names of certificates that are still handed out beside these: what they signed is still in use.
        made_at: ISO 8601.
    """

    name: str
    root: str
    issuing: str
    older: tuple[str, ...]
    made_at: str

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "schema": 1,
            "name": self.name,
            "root": self.root,
            "issuing": self.issuing,
            "older": list(self.older),
            "made_at": self.made_at,
        }
