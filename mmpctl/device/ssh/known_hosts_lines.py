"""The lines of a file of known hosts: by plain name, by hashed name, and by pattern."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mmpctl.device.ssh.host_key import HostKey

_STARS = re.compile(r"\*+")

HASHED: Final = "|1|"
REVOKED: Final = "@revoked"
AUTHORITY: Final = "@cert-authority"
_SALT_BYTES: Final = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: its number from 0, its marker or an empty text, and its key."""

    number: int
    marker: str
    key: HostKey


@dataclass(frozen=True, slots=True)
class HashedName:
    """A name that only tells whether it is that of a given host: its salt, and the digest of both (HMAC-SHA1)."""

    salt: bytes
    digest: bytes

    def is_of(self, name: str) -> bool:
        """Tell whether it is that of a host.

        Args:
            name: as the file would write it plainly.
        """
        return hmac.digest(self.salt, name.encode(), "sha1") == self.digest


@dataclass(frozen=True, slots=True)
class Entries:
    """A file of known hosts: lines of plain names by name, those of hashed names, and those with patterns."""

    plain: Mapping[str, Sequence[Entry]]
    hashed: Sequence[tuple[HashedName, Entry]]
    patterns: Sequence[tuple[tuple[re.Pattern[str], ...], tuple[re.Pattern[str], ...], Entry]]

    def of(self, name: str) -> list[Entry]:
        """Return the lines about a host, under its name as the file writes it."""
        return [
            *self.plain.get(name, ()),
            *(entry for hashed, entry in self.hashed if hashed.is_of(name)),
            *(
                entry
                for wanted, unwanted, entry in self.patterns
                if any(one.fullmatch(name) for one in wanted) and not any(one.fullmatch(name) for one in unwanted)
            ),
        ]


def entries_of(lines: Iterable[str]) -> Entries:
    """Return the lines of a file as entries.

    Args:
        lines: all of it.
    """
    plain: dict[str, list[Entry]] = {}
    hashed: list[tuple[HashedName, Entry]] = []
    patterns: list[tuple[tuple[re.Pattern[str], ...], tuple[re.Pattern[str], ...], Entry]] = []
    for number, line in enumerate(lines):
        words = line.split()
        marker = words.pop(0) if words and words[0] in (REVOKED, AUTHORITY) else ""
        if len(words) < 3 or words[0].startswith(("#", "@")):
            continue
        entry = Entry(number, marker, HostKey(words[1], words[2]))
        names = [name for name in words[0].split(",") if name]
        simple = not any("*" in name or "?" in name or name.startswith("!") for name in names)
        for name in names:
            if name.startswith(HASHED):
                if (one := _hashed(name)) is not None:
                    hashed.append((one, entry))
            elif simple:
                plain.setdefault(name.lower(), []).append(entry)
        if not simple:
            wanted = tuple(_glob(name) for name in names if not name.startswith(("!", HASHED)))
            patterns.append((wanted, tuple(_glob(name[1:]) for name in names if name.startswith("!")), entry))
    return Entries(plain, hashed, patterns)


def _glob(pattern: str) -> re.Pattern[str]:
    # As in OpenSSH: a star is any text, a question mark any character, and brackets are themselves.
    collapsed = _STARS.sub("*", pattern.lower())
    return re.compile("".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in collapsed), re.DOTALL)


def is_hashed(hashed: str, name: str) -> bool:
    """Tell whether a hashed name is that of a host.

    Args:
        hashed: as the file has it.
        name: as the file would write it plainly.
    """
    one = _hashed(hashed)
    return one is not None and one.is_of(name)


def _hashed(text: str) -> HashedName | None:
    # `|1|salt|digest`, both in base64; what is written in another way is nobody's name.
    parts = text.removeprefix(HASHED).split("|")
    if len(parts) != 2:
        return None
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in parts)
    except ValueError:
        return None
    # OpenSSH has salts of one length only.
    return HashedName(salt, digest) if len(salt) == _SALT_BYTES else None
