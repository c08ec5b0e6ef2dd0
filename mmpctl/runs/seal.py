"""The seal of a journal: proof that it is what a run of this user wrote, and not only that its lines fit together."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mmpctl.errors import UsageError
from mmpctl.runs.disk import sync_folder
from mmpctl.runs.state_folder import state_folder
from mmpctl.trusted import require_trusted

KEY_FILE: Final = "journal.key"
_BYTES: Final = 32

PROVED, OTHER_KEY, UNSEALED, CHANGED = "proved", "other key", "not sealed", "changed"


@dataclass(frozen=True, slots=True)
class SealKey:
    """A user's key; whoever holds it can seal journals.

    Args:
        secret: never shown, never written anywhere but in its file.
    """

    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """The key's name, lower-case hex: tells keys apart, and nothing of the key."""
        return hmac.new(self.secret, b"mmpctl key id", hashlib.sha256).hexdigest()[:16]

    def seal(self, *facts: str) -> str:
        """Return the seal over facts: the key's name and an HMAC-SHA-256.

        Args:
            facts: in a fixed order; none has a line end in it.
        """
        text = "\n".join(("mmpctl seal 1", *facts))
        return f"{self.id}:{hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Proof:
    """What can be proved of a run's request, plan and journal.

    Args:
        standing: `proved`; `other key`, sealed by another user or on another machine; `not sealed`, as runs of earlier
            releases are; `changed`, sealed with this user's key and not what was sealed.
        records: how many records of the journal were checked.
    """

    standing: str
    records: int

    @property
    def holds(self) -> bool:
        """Request, plan and journal are what runs of this user wrote or accepted."""
        return self.standing == PROVED

    @property
    def why(self) -> str:
        """Why nothing, or not all, is proved; one sentence without a full stop."""
        return {
            PROVED: "the seal of this user's key fits",
            OTHER_KEY: "the run was sealed with another key, so another user or another machine has worked on it",
            UNSEALED: "the run has no seal, as runs of earlier releases have none",
            CHANGED: "the seal of this user's key does not fit: somebody has changed request.json, plan.json, "
            "seal.json or the journal",
        }[self.standing]


def check(key: SealKey | None, seal: str | None, facts: tuple[str, ...], records: int) -> Proof:
    """Compare a seal with what it stands for.

    Args:
        key: this user's; None if there is none yet.
        seal: as it was found; None if there is none.
        facts: what it must be over.
        records: how many records of the journal it is over.
    """
    if seal is None:
        return Proof(UNSEALED, records)
    if key is None or seal.partition(":")[0] != key.id:
        return Proof(OTHER_KEY, records)
    fits = hmac.compare_digest(seal.encode(), key.seal(*facts).encode())
    return Proof(PROVED if fits else CHANGED, records)


def known_key(folder: Path | None = None) -> SealKey | None:
    """Return this user's key; None if there is none.

    Args:
        folder: where it lies; the user's state folder by default.

    Raises:
        UsageError: the file cannot be read, or others may have read or written it.
    """
    path = (folder or state_folder()) / KEY_FILE
    require_trusted(path.parent, "the folder of the key that seals journals,")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, f"it cannot be opened ({error.strerror})") from error
    try:
        facts = os.fstat(descriptor)
        content = os.read(descriptor, 4 * _BYTES) if stat.S_ISREG(facts.st_mode) else b""
    finally:
        os.close(descriptor)
    if facts.st_uid != os.geteuid():
        raise _unusable(path, "it belongs to another user")
    if stat.S_IMODE(facts.st_mode) & 0o077:
        raise _unusable(path, "others may read or write it")
    try:
        secret = bytes.fromhex(content.decode("ascii").strip())
    except ValueError:
        secret = b""
    if len(secret) != _BYTES:
        raise _unusable(path, "it holds no key")
    return SealKey(secret)


def own_key(folder: Path | None = None) -> SealKey:
    """This user's key; made when there is none.

    Args:
        folder: where it lies; the user's state folder by default.

    Raises:
        UsageError: it cannot be read or made.
    """
    home = folder or state_folder()
    found = known_key(home)
    if found is not None:
        return found
    draft = home / f".{KEY_FILE}-{secrets.token_hex(8)}"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(_BYTES) + "\n")
                file.flush()
                os.fsync(file.fileno())
            # Of two that make it at the same time, the first one's is the key of both; nobody sees half of one.
            with suppress(FileExistsError):
                os.link(draft, home / KEY_FILE)
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(home)
    except OSError as error:
        raise UsageError(
            f"the key that seals journals cannot be made in {home} ({error.strerror})",
            code="state",
            advice="Make the folder writable, or name another private one with XDG_STATE_HOME; it must be kept between "
            "runs. Nothing was sent to any device.",
        ) from error
    made = known_key(home)
    if made is None:
        raise _unusable(home / KEY_FILE, "it was removed while it was being made")
    return made


def _unusable(path: Path, why: str) -> UsageError:
    return UsageError(
        f"the key that seals journals, {path}, cannot be used: {why}",
        code="state",
        advice=f"If it may be known to others, delete it: a new one is made, and unfinished runs then need "
        f"--accept-run. Otherwise correct its mode: `chmod 600 {path}`.",
    )
