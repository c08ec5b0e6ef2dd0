"""Logins that are remembered across processes, in the user's state folder, without anything that shows a credential."""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from mmpctl.errors import UsageError
from mmpctl.runs.state_folder import state_folder
from mmpctl.times import iso, now_utc

logger = logging.getLogger(__name__)

_SALT_BYTES: Final = 32
# A password may be short: whoever reads the folder must not find it by trying.
_COST: Final = {"n": 2**14, "r": 8, "p": 1, "dklen": 24}


@dataclass(frozen=True, slots=True)
class RememberedLogins:
    """What is remembered of one credential.

    Args:
        file: where.
        accepted: a node has accepted it.
        refused: when it was refused, by the fingerprint of the host key of the node that refused it, and by its address
            and port.
    """

    file: str
    accepted: bool = False
    refused: dict[tuple[str, str], str] = field(default_factory=dict)


class LoginMemory:
    """One file for each credential, named by a salted digest; a new credential knows nothing of the old one's failures.

    A folder that cannot be used is told once, and then nothing is remembered.

    Args:
        folder: where; `logins` of the user's state folder by default.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._told = False

    def recall(self, user: str, credential: str) -> RememberedLogins:
        """Return what is remembered of a credential.

        Args:
            user: the account.
            credential: the password, or the fingerprint of the key.
        """
        try:
            file = self._file(user, credential)
            content = _content(file)
        except (OSError, UsageError) as error:
            self._tell(error)
            return RememberedLogins("")
        # Machines that were cloned share a host key: what one of them refused says nothing of the others.
        refused = {
            (key.partition(" ")[0], str(one.get("where"))): str(one.get("at"))
            for key, one in content["refused"].items()
            if isinstance(one, dict)
        }
        return RememberedLogins(str(file), bool(content["accepted"]), refused)

    def accepted(self, user: str, credential: str, host_key: str, where: str) -> None:
        """Remember that a node has accepted a credential.

        Args:
            user: the account.
            credential: the password, or the fingerprint of the key.
            host_key: fingerprint of the node's host key.
            where: the node's address and port.
        """
        self._change(user, credential, host_key, where, refused=False)

    def refused(self, user: str, credential: str, host_key: str, where: str) -> None:
        """Remember that a node has refused a credential.

        Args:
            user: the account.
            credential: the password, or the fingerprint of the key.
            host_key: fingerprint of the node's host key.
            where: the node's address and port.
        """
        self._change(user, credential, host_key, where, refused=True)

    def _change(self, user: str, credential: str, host_key: str, where: str, *, refused: bool) -> None:
        node = f"{host_key} {where}"
        try:
            file = self._file(user, credential)
            with _alone(file.parent):
                content = _content(file)
                if not refused and content["accepted"] and node not in content["refused"]:
                    return
                now = iso(now_utc())
                if refused:
                    content["refused"][node] = {"at": now, "where": where}
                else:
                    content["accepted"] = now
                    content["refused"].pop(node, None)
                _write(file, {"schema": 1, "user": user, **content})
        except (OSError, UsageError) as error:
            self._tell(error)

    def _file(self, user: str, credential: str) -> Path:
        folder = self._folder or state_folder() / "logins"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / f"{_digest(_salt(folder), user, credential)}.json"

    def _tell(self, error: Exception) -> None:
        if not self._told:
            self._told = True
            why = error.strerror if isinstance(error, OSError) else error.args[0]
            logger.warning("failed logins are not remembered: the state folder cannot be used (%s)", why)


def _salt(folder: Path) -> bytes:
    file = folder / "salt"
    with _alone(folder):
        with suppress(FileNotFoundError):
            salt = file.read_bytes()
            if len(salt) == _SALT_BYTES:
                return salt
        salt = secrets.token_bytes(_SALT_BYTES)
        _replace(file, salt)
        return salt


@lru_cache(maxsize=32)
def _digest(salt: bytes, user: str, credential: str) -> str:
    # Once for each credential and process: it takes long on purpose.
    # Never by formatting: a secret formats itself as stars, and all secrets would be one.
    text = b"\0".join(part.encode("utf-8", "surrogateescape") for part in (user, credential))
    return hashlib.scrypt(text, salt=salt, **_COST).hex()


def _content(file: Path) -> dict[str, Any]:
    """Return what stands in a file; nothing if there is none, or it is not ours."""
    try:
        document = json.loads(file.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        document = None
    known = document if isinstance(document, dict) else {}
    refused = known.get("refused")
    return {"accepted": known.get("accepted"), "refused": dict(refused) if isinstance(refused, dict) else {}}


def _write(file: Path, document: dict[str, Any]) -> None:
    _replace(file, json.dumps(document, indent=1).encode())


def _replace(file: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=".new-", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as new:
            new.write(content)
        Path(name).replace(file)
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
