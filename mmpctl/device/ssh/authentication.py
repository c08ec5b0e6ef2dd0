"""Log in to a node: once, with one credential, and without ever setting a new password."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import paramiko
from paramiko.auth_strategy import AuthSource, AuthStrategy, SourceResult

from mmpctl.device.ssh.failed_logins import REFUSED, FailedLogins
from mmpctl.device.ssh.login import Login
from mmpctl.device.ssh.password_question import AnswerOnce, NewPasswordDemanded, OtherQuestion
from mmpctl.device.ssh.recollection import LoginMemory
from mmpctl.device.ssh.tried_credential import Withheld
from mmpctl.errors import AuthenticationError, ConnectError, ConnectionLost

# The logins of this process, and of those that share its run.
LOGINS: Final = FailedLogins()
_HUNG_UP_BEFORE = "hung-up-before-login"
_CHECK_LOGIN = (
    "Check MMP_USERNAME and MMP_PASSWORD. The login is not tried again in this run, because failed logins lock the "
    "account."
)


@dataclass(frozen=True, slots=True)
class Credential:
    """A user name with a password or a private key.

    Args:
        user: account name.
        password: the password, if there is no key.
        key: the private key, if there is one.
    """

    user: str
    password: str | None = field(default=None, repr=False)
    key: paramiko.PKey | None = None

    @property
    def identity(self) -> str:
        """What tells this credential from another one of the same user."""
        return self.key.fingerprint if self.key is not None else self.password or ""


class OneAttempt(AuthStrategy):
    """Paramiko's authentication, cut down to one attempt with one credential.

    Args:
        credential: what to log in with.
        host: address of the node.
        port: its SSH port.
    """

    def __init__(self, credential: Credential, host: str, port: int) -> None:
        super().__init__(ssh_config=paramiko.SSHConfig())
        self._credential = credential
        self._login = Login.of(host, port, credential.user, credential.identity)
        self._interactive = False

    def check(self) -> None:
        """Raise the error of an earlier attempt with the same credential, before the device is asked.

        Raises:
            AuthenticationError: it was refused before.
        """
        LOGINS.check(self._login)

    def wants_another_call(self, error: Exception) -> bool:
        """Return whether a login failed before it had begun, and can be made on a new connection.

        Some servers hang up on the second kind of login on one connection: the next call begins with it.

        Args:
            error: what the login ended with.
        """
        again = getattr(error, "code", "") == _HUNG_UP_BEFORE and not self._interactive
        self._interactive = self._interactive or again
        return again

    def get_sources(self) -> Iterator[AuthSource]:
        """Paramiko's list of things to try: none, for `authenticate` does it all."""
        return iter(())

    def authenticate(self, transport: paramiko.Transport) -> list[SourceResult]:
        """Log in; called by paramiko when the host key has been accepted.

        Args:
            transport: the encrypted connection.

        Returns:
            Paramiko's list of what was tried, empty.

        Raises:
            AuthenticationError: wrong password or key, an expired password, a method that the device does not offer.
            ConnectionLost: the device hung up meanwhile.
        """
        shown = transport.get_remote_server_key().fingerprint
        with LOGINS.attempt(self._login, self._credential.identity, shown):
            try:
                remaining = self._try(transport)
            except (paramiko.SSHException, OSError, EOFError) as error:
                raise self._failure(error) from error
            if remaining:
                raise AuthenticationError(
                    f"the device requires more than one proof of identity ({', '.join(remaining)})",
                    code="second-factor",
                    advice="Use an account that logs in with a password or a key alone.",
                )
        return []

    def _try(self, transport: paramiko.Transport) -> list[str]:
        user, password, key = self._credential.user, self._credential.password, self._credential.key
        if key is not None:
            return list(transport.auth_publickey(user, key))
        if password is None:
            raise AuthenticationError(
                "there is neither a password nor a key", code="no-credential", advice="Set MMP_PASSWORD or MMP_SSH_KEY."
            )
        if not self._interactive:
            try:
                return list(transport.auth_password(user, password, fallback=False))
            except paramiko.BadAuthenticationType as error:
                if "keyboard-interactive" not in error.allowed_types:
                    raise
        # The device did not look at the password yet, so this is still the first attempt.
        answer = AnswerOnce(user, password)
        try:
            return list(transport.auth_interactive(user, answer))
        except (paramiko.SSHException, OSError, EOFError) as error:
            failure = self._failure(error)
            if isinstance(failure, ConnectionLost) and not answer.asked:
                failure.code = _HUNG_UP_BEFORE
            raise failure from error

    def _failure(self, error: Exception) -> ConnectError:
        if isinstance(error, NewPasswordDemanded) or "Illegal info request" in str(error):
            return AuthenticationError(
                "the device demands a new password",
                code="password-expired",
                advice="Log in by hand with ssh, set a new password, and give it to mmpctl. Nothing was answered.",
            )
        if isinstance(error, OtherQuestion):
            return AuthenticationError(
                f"the device asks for something other than the password of {self._credential.user}: {error}",
                code="second-factor",
                advice="Use an account that logs in with a password or a key alone. This question was not answered.",
            )
        if isinstance(error, paramiko.BadAuthenticationType):
            return AuthenticationError(
                f"the device does not accept this kind of login (it offers {', '.join(error.allowed_types)})",
                code="login-method",
                advice="Use a password instead of a key, or a key instead of a password.",
            )
        if isinstance(error, paramiko.AuthenticationException) and "timeout" in str(error):
            return ConnectError(
                "the device did not answer the login in time",
                code="connection-timeout",
                advice="Check if the node is overloaded, then try again.",
            )
        if isinstance(error, paramiko.AuthenticationException) and "EOF" not in str(error):
            what = "key" if self._credential.key is not None else "password"
            return AuthenticationError(
                f"the device does not accept the {what} of {self._credential.user}",
                code=REFUSED,
                advice=_CHECK_LOGIN,
            )
        return ConnectionLost(
            f"the device hung up during the login of {self._credential.user}",
            advice="It is restarting, has too many sessions, or has locked the account. Check the node, then try "
            "again.",
        )


def forget_failed_logins() -> None:
    """Allow one more attempt each: for a program that goes on after the operator has put a password right."""
    LOGINS.forget()


def remember_logins(memory: Callable[[], LoginMemory]) -> None:
    """Remember logins across processes; the first memory that is given counts.

    Args:
        memory: makes it.
    """
    LOGINS.use(memory)


def withheld_logins() -> tuple[Withheld, ...]:
    """Return the credentials that no further node hears in this process, since a node refused them."""
    return LOGINS.withheld()


def has_logged_in() -> bool:
    """Return whether a node has accepted a login in this process."""
    return LOGINS.proved()


def credential_of(
    user: str, password: str | None, key: paramiko.PKey | None, key_file: str | None, passphrase: str | None
) -> Credential:
    """Choose the one credential to use: a key object, else a key file, else the password.

    Args:
        user: account name.
        password: password, or None.
        key: a loaded private key, or None.
        key_file: path of a private key, or None.
        passphrase: what decrypts the key file, or None.

    Raises:
        AuthenticationError: the key file cannot be read (code `key-file`).
    """
    if key is None and key_file:
        key = _read_key(key_file, passphrase)
    return Credential(user, None if key else password, key)


def _read_key(key_file: str, passphrase: str | None) -> paramiko.PKey:
    reason: Exception | None = None
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key_file(key_file, passphrase)
        except (OSError, ValueError, TypeError, paramiko.SSHException) as error:
            reason = error
    raise AuthenticationError(
        f"the private key {key_file} cannot be read ({reason})",
        code="key-file",
        advice="Check MMP_SSH_KEY. If the key has a passphrase, set it in the connection's options.",
    ) from reason
