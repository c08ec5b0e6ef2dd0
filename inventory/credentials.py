"""How we sign in: from the environment, the system keyring, or a question on the terminal."""

from __future__ import annotations

import getpass
import logging
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

from mmpctl.errors import UsageError
from mmpctl.trusted import require_trusted

DEFAULT_USERNAME = "admin"  # the account that every MMP has
KEYRING_SERVICE = "mmpctl"

ADVICE = (
    "Set MMP_PASSWORD, or set MMP_SSH_KEY to a private key file. If the user is not "
    f"{DEFAULT_USERNAME!r}, set MMP_USERNAME as well. Or store the password with "
    f"`keyring set {KEYRING_SERVICE} USERNAME`."
)

logger = logging.getLogger(__name__)

_known: set[str] = set()


def known_secrets() -> frozenset[str]:
    """Return every password and passphrase that this process has got, to keep it out of what is written down."""
    return frozenset(_known)


class Secret(str):
    """A text that is itself for those who use it, and stars for those who print it."""

    __slots__ = ()

    def __new__(cls, value: str = "") -> Secret:  # noqa: PYI034 - Self comes with Python 3.11
        """Make it, and remember it for those who take secrets out of texts."""
        made = super().__new__(cls, value)
        if made:
            _known.add(str.__str__(made))
        return made

    def __repr__(self) -> str:
        return "'********'"

    def __str__(self) -> str:
        return "********"

    def __format__(self, spec: str) -> str:
        return format("********", spec)


@dataclass(frozen=True, slots=True)
class Credentials:
    """One account, for all nodes or some.

    Args:
        username: the account on the MMP.
        password: its password; None with a key.
        key_file: private key in PEM or OpenSSH form; None with a password.
        passphrase: of the key, if it has one.
        typed: a person has typed the password just now.
    """

    username: str
    password: Secret | None = None
    key_file: Path | None = None
    passphrase: Secret | None = None
    typed: bool = False


def with_key(username: str, file: Path, passphrase: Secret | None, end: str = "") -> Credentials:
    """Credentials with a private key, after trying it once.

    Args:
        username: the account.
        file: the private key.
        passphrase: what opens it, if it needs one.
        end: what stands behind the names of the variables, for what is said.

    Raises:
        UsageError: the key cannot be used.
    """
    key_file = file.expanduser().absolute()
    return Credentials(username, key_file=key_file, passphrase=_usable(key_file, passphrase, end))


def _usable(key_file: Path, passphrase: Secret | None, end: str) -> Secret | None:
    """Return the passphrase if the key needs it, after trying the key once."""
    require_trusted(key_file, f"the key file of MMP_SSH_KEY{end}")
    try:
        content = key_file.read_bytes()
        mode = key_file.stat().st_mode
    except OSError as error:
        _refuse_key(
            key_file, end, error.strerror or "cannot be read", "Set it to a private key file that you can read."
        )
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        logger.warning("%s can be read by others: chmod 600 %s", key_file, key_file)
    load = load_ssh_private_key if b"BEGIN OPENSSH PRIVATE KEY" in content else load_pem_private_key
    try:
        load(content, password=None)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        # cryptography tells an encrypted key by TypeError, and by ValueError in older OpenSSH forms.
        if not isinstance(error, TypeError) and "password-protected" not in f"{error}".lower():
            _refuse_key(
                key_file, end, "is not a private key that can be used", "Set it to an OpenSSH or PEM private key."
            )
    else:
        return None
    if passphrase is None:
        _refuse_key(key_file, end, "has a passphrase", f"Set MMP_PASSWORD{end} to the passphrase.")
    try:
        load(content, password=passphrase.encode())
    except (TypeError, ValueError, UnsupportedAlgorithm):
        _refuse_key(
            key_file,
            end,
            f"does not open with MMP_PASSWORD{end}",
            f"Set MMP_PASSWORD{end} to the passphrase of the key.",
        )
    return passphrase


def _refuse_key(key_file: Path, end: str, what: str, advice: str) -> NoReturn:
    raise UsageError(f"MMP_SSH_KEY{end}: {key_file}: {what}", code="credentials", advice=advice) from None


def from_keyring(account: str, service: str = KEYRING_SERVICE) -> Secret | None:
    """Return the password from the system keyring; None if it has none, or there is no keyring.

    Args:
        account: the user name.
        service: under which it is stored.
    """
    try:
        # Imported late: finding a backend takes time, and may fail in ways of its own.
        import keyring  # noqa: PLC0415

        password = keyring.get_password(service, account)
    except Exception as error:
        # No backend, a locked one, no session bus: the next source is asked.
        logger.debug("system keyring: %s", type(error).__name__)
        return None
    return Secret(password) if password else None


def from_terminal(account: str) -> Secret | None:
    """Return the password that a person types; None without a terminal, or without an answer.

    Args:
        account: the user name.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    # The name may be from an inventory: nothing in it may move the cursor, and make one line look like another.
    whose = account if account.isprintable() else repr(account)
    return Secret(getpass.getpass(f"Password of {whose}: ", stream=sys.stderr)) or None
