"""Names of keys that are made on nodes, of the requests made with them, and of the certificates that answer these."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

# What `mmpctl csr` calls keys: the use, the day, and four digits.
_OURS: Final = re.compile(r"db(server|client)-\d{8}-[0-9a-f]{4}")
_DIGITS: Final = 8
_ANSWER: Final = re.compile(rf"-[0-9a-f]{{{_DIGITS}}}")
_KEY, _REQUEST = ".key", ".csr"


def base_of(file: str) -> str:
    """Return the name of a file without its extension.

    Args:
        file: on the device.
    """
    return file.rpartition(".")[0] or file


def is_ours(base: str) -> bool:
    """Return whether a base name is one that `mmpctl csr` gives.

    Args:
        base: of a file on the device.
    """
    return _OURS.fullmatch(base) is not None


def request_of(key: str) -> str:
    """Return the file of the request that was made with a key.

    Args:
        key: its file on the node.
    """
    return f"{key.removesuffix(_KEY)}{_REQUEST}"


def certificate_for(key: str, sha256: str) -> str:
    """Return the name on the node of a certificate for a key that is there.

    Args:
        key: its file on the node.
        sha256: of the certificate's file, lower-case hex.
    """
    return f"{key.removesuffix(_KEY)}-{sha256[:_DIGITS]}.cer"


def is_certificate_for(file: str, key: str) -> bool:
    """Return whether a file has the name of a certificate for a key that is on the node.

    Args:
        file: on the device.
        key: the key's file there.
    """
    base, own = base_of(file).casefold(), base_of(key).casefold()
    if file.casefold().endswith((_KEY, _REQUEST)) or not base.startswith(own):
        return False
    return _ANSWER.fullmatch(base.removeprefix(own)) is not None


def open_keys(files: Sequence[str], used: Collection[str | None]) -> tuple[str, ...]:
    """Return keys of ours with a request to which the node has no certificate, and which its database does not use.

    Args:
        files: on the node, as it lists them.
        used: the files that its database cluster uses.
    """
    return tuple(file for file in files if file not in used and _is_open(file, files))


def _is_open(key: str, files: Sequence[str]) -> bool:
    base = base_of(key)
    if key != f"{base}{_KEY}" or not is_ours(base) or request_of(key) not in files:
        return False
    # A certificate that was uploaded for a key is named after it.
    return all(not base_of(file).startswith(base) or file in (key, request_of(key)) for file in files)
