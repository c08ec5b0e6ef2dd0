"""The certificate that a database presents: PostgreSQL's SSLRequest, then TLS, without a login."""

from __future__ import annotations

import socket
import ssl
import struct
import time
from typing import Final

from mmpctl.device.presented_chain import PROBE_SECONDS, shown_on, wait
from mmpctl.device.waiting import while_waiting
from mmpctl.errors import ConnectError

# PostgreSQL's message formats: length, then 1234 and 5679 in two halves; the answer is one byte.
_SSL_REQUEST: Final = struct.pack("!iHH", 8, 1234, 5679)


def presented(host: str, port: int, seconds: float = PROBE_SECONDS) -> bytes:
    """Ask a database for TLS, and take the certificate that it shows.

    Args:
        host: address or name.
        port: usually 5432.
        seconds: for everything together.

    Returns:
        The server's own certificate, in its binary form (DER). Whether it is any good is not asked here.

    Raises:
        ConnectError: nothing answers (code `probe-closed`), it offers no TLS (`probe-no-tls`), or what answers is no
            such database (`probe-not-understood`).
    """
    until = time.monotonic() + seconds
    where = f"{host}:{port}"
    try:
        with while_waiting.get()(), socket.create_connection((host, port), timeout=seconds) as line:
            line.sendall(_SSL_REQUEST)
            wait(line, until)
            answer = line.recv(1)
            if answer == b"N":
                raise ConnectError(f"the database at {where} offers no TLS", code="probe-no-tls")
            if not answer:
                raise ConnectionResetError
            if answer != b"S":
                said = f"says {answer!r}"
                raise ConnectError(f"{where} {said}: it is not a database that offers TLS", code="probe-not-understood")
            return shown_on(line, until, where)[0]
    except ssl.SSLError as error:
        raise ConnectError(
            f"the TLS handshake with {where} failed ({error.reason or error})", code="probe-not-understood"
        ) from error
    except (ConnectionResetError, BrokenPipeError) as error:
        # Whether a closed line reads as an end or as a reset is a matter of what was still on its way.
        raise ConnectError(
            f"{where} hangs up: it is not a database that offers TLS", code="probe-not-understood"
        ) from error
    except OSError as error:
        why = "no answer in time" if isinstance(error, TimeoutError) else error.strerror or str(error)
        raise ConnectError(
            f"{where} cannot be reached ({why})",
            code="probe-closed",
            advice="The node may accept connections from other nodes only, or a firewall may block the connection.",
        ) from error
