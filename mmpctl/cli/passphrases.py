"""Passphrases that are typed: without an echo, on a terminal only, and twice where one is chosen."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from pathlib import Path

from mmpctl.authority.passphrase import passphrase_of
from mmpctl.authority.sealed_key import PassphraseError
from mmpctl.cli.prompts import may_ask
from mmpctl.inventory.credentials import Secret


def opening(folder: Path) -> Secret:
    """Return the passphrase of a CA that is there.

    Args:
        folder: of the CA.

    Raises:
        PassphraseError: there is none.
    """
    return passphrase_of(folder, os.environ, lambda: _typed(f"Passphrase of the CA in {folder}: "))


def chosen(folder: Path) -> Secret:
    """Return the passphrase for a new CA; a person types it twice.

    Args:
        folder: of the CA.

    Raises:
        PassphraseError: there is none, or the two differ.
    """

    def ask() -> str | None:
        one = _typed(f"New passphrase for the CA in {folder}: ")
        if one and _typed("The same once more: ") != one:
            raise PassphraseError("the two passphrases differ", advice="Nothing was made. Give the command again.")
        return one

    return passphrase_of(folder, os.environ, ask)


def for_files() -> Callable[[str], str | None]:
    """Return what asks for the passphrase of a PKCS #12 file, each file once."""
    return lambda file: os.environ.get("MMP_P12_PASSPHRASE") or _typed(f"Passphrase of {file}: ")


def _typed(question: str) -> str | None:
    if not may_ask():
        return None
    try:
        return getpass.getpass(question) or None
    except (EOFError, KeyboardInterrupt):
        return None
