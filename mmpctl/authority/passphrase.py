"""The passphrase of a private CA: from the environment, the system keyring, or a question on the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from mmpctl.authority.sealed_key import PassphraseError
from mmpctl.inventory.credentials import Secret, from_keyring

VARIABLE: Final = "MMP_CA_PASSPHRASE"
KEYRING_SERVICE: Final = "mmpctl-ca"


def passphrase_of(folder: Path, environ: Mapping[str, str], ask: Callable[[], str | None]) -> Secret:
    """Return the passphrase of a CA.

    Args:
        folder: of the CA; its path is the account in the keyring.
        environ: environment variables.
        ask: asks a person; None if nobody can be asked, or nobody answers.

    Raises:
        PassphraseError: there is none, or it is no text.
    """
    account = str(folder.absolute())
    found = environ.get(VARIABLE) or from_keyring(account, KEYRING_SERVICE) or ask()
    if not found:
        raise PassphraseError(
            f"there is no passphrase for the CA in {folder}",
            advice=f"Set {VARIABLE}, or store it with `keyring set {KEYRING_SERVICE} {account}`. On a terminal, you "
            "are asked for it.",
        )
    try:
        found.encode()
    except UnicodeEncodeError:
        raise PassphraseError(
            f"the passphrase for the CA in {folder} has characters that are not UTF-8",
            advice="Use a terminal that writes UTF-8 (`locale` shows it), or a passphrase of ASCII characters.",
        ) from None
    return Secret(str.__str__(found) if isinstance(found, Secret) else found)
