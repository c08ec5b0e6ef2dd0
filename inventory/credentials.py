"""How we sign in: from the environment, the system keyring, or a question on the terminal."""

from __future__ import annotations

import getpass
import logging
import os
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

from mmpctl.errors import UsageError

DEFAULT_USERNAME = "admin"  # the account that every MMP has
KEYRING_SERVICE = "mmpctl"

_ADVICE = (
    "set MMP_PASSWORD, or MMP_SSH_KEY to a private key file, and MMP_USERNAME if it is not "
    f"{DEFAULT_USERNAME!r}; or store the password with `keyring set {KEYRING_SERVICE} USERNAME`"
)

logger = logging.getLogger(__name__)


class Secret(str):
    """A text that is itself for those who use it, and stars for those who print it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'********'"

    def __str__(self) -> str:
        return "********"

    def __format__(self, spec: str) -> str:
        return format("********", spec)


@dataclass(frozen=True, slots=True)
class Credentials:
    """One account, for all nodes.

    Args:
        username: the account on the MMP.
        password: its password; None with a key.
        key_file: private key in PEM or OpenSSH form; None with a password.
        passphrase: of the key, where it has one.
    """

    username: str
    password: Secret | None = None
    key_file: Path | None = None
    passphrase: Secret | None = None


def find_credentials(
    environ: Mapping[str, str] | None = None, *, username: str | None = None, ask: bool = True
) -> Credentials:
    """Finds out how to sign in.

    The first that is there: MMP_SSH_KEY (MMP_PASSWORD then is the key's passphrase, and is never
    sent to a device), MMP_PASSWORD, the system keyring's entry of the service `mmpctl`, an answer
    on the terminal.

    Args:
        environ: environment variables; the process's own by default.
        username: the account where MMP_USERNAME is not set; `admin` by default.
        ask: whether a terminal may be asked.

    Raises:
        UsageError: there are none, or the key cannot be used.
    """
    environ = os.environ if environ is None else environ
    account = environ.get("MMP_USERNAME") or username or DEFAULT_USERNAME
    password = Secret(environ["MMP_PASSWORD"]) if environ.get("MMP_PASSWORD") else None
    if environ.get("MMP_SSH_KEY"):
        key_file = Path(environ["MMP_SSH_KEY"]).expanduser().absolute()
        return Credentials(account, key_file=key_file, passphrase=_usable(key_file, password))
    if password is None:
        password = _from_keyring(account)
    if password is None and ask:
        password = _from_terminal(account)
    if password is None:
        raise UsageError(f"no password for {account!r}", code="credentials", advice=_ADVICE)
    return Credentials(account, password=password)


def _usable(key_file: Path, passphrase: Secret | None) -> Secret | None:
    """The passphrase if the key needs it, after trying the key once."""
    try:
        content = key_file.read_bytes()
        mode = key_file.stat().st_mode
    except OSError as error:
        _refuse_key(key_file, error.strerror or "cannot be read", "set it to a private key file that you can read")
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        logger.warning("%s can be read by others: chmod 600 %s", key_file, key_file)
    load = load_ssh_private_key if b"BEGIN OPENSSH PRIVATE KEY" in content else load_pem_private_key
    try:
        load(content, password=None)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        # cryptography tells an encrypted key by TypeError, and by ValueError in older OpenSSH forms.
        if not isinstance(error, TypeError) and "password-protected" not in f"{error}".lower():
            _refuse_key(key_file, "is no private key that can be used", "set it to an OpenSSH or PEM private key")
    else:
        return None
    if passphrase is None:
        _refuse_key(key_file, "has a passphrase", "set MMP_PASSWORD to the passphrase")
    try:
        load(content, password=passphrase.encode())
    except (TypeError, ValueError, UnsupportedAlgorithm):
        _refuse_key(key_file, "does not open with MMP_PASSWORD", "set MMP_PASSWORD to the passphrase of the key")
    return passphrase


def _refuse_key(key_file: Path, what: str, advice: str) -> NoReturn:
    raise UsageError(f"MMP_SSH_KEY: {key_file}: {what}", code="credentials", advice=advice) from None


def _from_keyring(account: str) -> Secret | None:
    try:
        # Imported late: finding a backend takes time, and may fail in ways of its own.
        import keyring  # noqa: PLC0415

        password = keyring.get_password(KEYRING_SERVICE, account)
    except Exception as error:
        # No backend, a locked one, no session bus: the next source is asked.
        logger.debug("system keyring: %s", type(error).__name__)
        return None
    return Secret(password) if password else None


def _from_terminal(account: str) -> Secret | None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    return Secret(getpass.getpass(f"Password of {account}: ", stream=sys.stderr)) or None
