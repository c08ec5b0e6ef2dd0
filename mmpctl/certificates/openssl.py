"""How OpenSSL itself reads certificates: the database and the services of a node use it."""

from __future__ import annotations

import ssl
from contextlib import suppress


def loads_der(der: bytes) -> bool:
    """Return whether OpenSSL reads these bytes as one certificate.

    Args:
        der: the binary form.
    """
    return _loaded(der) == 1


def loaded_from_pem(text: bytes) -> int:
    """Return how many different certificates OpenSSL reads from a PEM text; it stops at the first that it cannot read.

    Args:
        text: the content of a file.
    """
    return _loaded(text.decode("ascii", "ignore"))


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
