"""How OpenSSL itself reads certificates: the database and the services of a node use it."""

from __future__ import annotations

import re
import ssl
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

# To make a store takes longer than to read a certificate; one that is full is made anew, so that it does not grow.
_MOST: Final = 64
_NOT_ASCII: Final = re.compile(rb"[\x80-\xff]")
_AT_THE_END: Final = re.compile(rb"(?<![\x00-\x09\x0b-\x1f\x80-\xff])[\x00-\x09\x0b-\x1f\x80-\xff]+$", re.MULTILINE)
_using = threading.Lock()


def loads_der(der: bytes) -> bool:
    """Return whether OpenSSL reads these bytes as one certificate.

    Args:
        der: the binary form.
    """
    return _loaded(der) == 1


def loads_each(certificates: Iterable[bytes]) -> bool:
    """Return whether OpenSSL reads each of these as a certificate; a no is no certain one, but a yes is.

    Args:
        certificates: the binary form of each; one certificate, and nothing behind it.
    """
    # Beside another one of the same name, it stumbles over an odd extension.
    with _using:
        return all(map(_store.loads, certificates))


def loaded_from_pem(text: bytes) -> int:
    """Return how many different certificates OpenSSL reads from a PEM text; it stops at the first that it cannot read.

    Args:
        text: the content of a file.
    """
    # Python hands over ASCII only. OpenSSL passes over one mark at the beginning, and other bytes at the end of a line.
    plain = _AT_THE_END.sub(b" ", text.removeprefix(b"\xef\xbb\xbf"))
    return _loaded(_NOT_ASCII.sub(b"*", plain).decode("ascii"))


def _loaded(data: str | bytes) -> int:
    store = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        store.load_verify_locations(cadata=data)
        return int(store.cert_store_stats()["x509"])
    except (ssl.SSLError, ValueError):
        return 0
    finally:
        # To count certificates can leave an error behind that the next call of OpenSSL in this thread would raise.
        with suppress(ssl.SSLError):
            store.load_verify_locations(cadata=b"\x00")


class _Store:
    """A store that many certificates go through, one by one."""

    def __init__(self) -> None:
        self._held = _MOST
        self._context: ssl.SSLContext

    def loads(self, der: bytes) -> bool:
        """Return whether OpenSSL reads these bytes; they are one certificate, and nothing behind it."""
        if self._held >= _MOST:
            self._context, self._held = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), 0
        self._held += 1
        try:
            self._context.load_verify_locations(cadata=der)
        except (ssl.SSLError, ValueError):
            return False
        return True


_store = _Store()
