"""The certificates that a server shows in a TLS handshake, whatever they are; nothing is verified, nobody logs in."""

from __future__ import annotations

import socket
import ssl
import time
from typing import Final

from mmpctl.device.waiting import while_waiting
from mmpctl.errors import ConnectError

PROBE_SECONDS: Final = 10.0
_BLOCK: Final = 65536
_LONGEST: Final = 1024 * 1024
_NOT_TLS: Final = "probe-not-understood"


def chain_at(host: str, port: int, seconds: float = PROBE_SECONDS) -> tuple[bytes, ...]:
    """Connect to a port that speaks TLS at once, and take the certificates that it shows.

    Args:
        host: address or name.
        port: of the service.
        seconds: for everything together.

    Returns:
        The server's own certificate and what it sends with it, in their order, in binary form (DER).

    Raises:
        ConnectError: nothing answers (code `probe-closed`), or it does not speak TLS (`probe-not-understood`).
    """
    until = time.monotonic() + seconds
    where = f"{host}:{port}"
    try:
        with while_waiting.get()(), socket.create_connection((host, port), timeout=seconds) as line:
            return shown_on(line, until, where)
    except ssl.SSLError as error:
        raise ConnectError(f"the TLS handshake with {where} failed ({error.reason or error})", code=_NOT_TLS) from error
    except (ConnectionResetError, BrokenPipeError) as error:
        # Whether a closed line reads as an end or as a reset is a matter of what was still on its way.
        raise ConnectError(f"{where} hangs up: nothing there offers TLS", code=_NOT_TLS) from error
    except OSError as error:
        why = "no answer in time" if isinstance(error, TimeoutError) else error.strerror or str(error)
        raise ConnectError(
            f"{where} cannot be reached ({why})",
            code="probe-closed",
            advice="The service may be off, or may listen on another address of the node; or a firewall may block the "
            "connection.",
        ) from error


def shown_on(line: socket.socket, until: float, where: str) -> tuple[bytes, ...]:
    """Shake hands on an open line, and return the certificates that the server shows, in their order, as DER.

    Args:
        line: connected; the next thing that is said on it is the client's hello.
        until: by the monotonic clock.
        where: host and port, for errors.

    Raises:
        ConnectError: it shows no certificate (code `probe-not-understood`).
        OSError: the line or the handshake fails before a certificate was shown.
    """
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = _context().wrap_bio(incoming, outgoing)
    taken = 0
    while taken < _LONGEST:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            line.sendall(outgoing.read())
        except ssl.SSLError as error:
            # A server that wants a certificate of ours says so after it has shown and proved its own.
            if "ALERT" in (error.reason or "") and (chain := _chain_of(tls)):
                return chain
            raise
        wait(line, until)
        block = line.recv(_BLOCK)
        if not block:
            raise ConnectionResetError
        incoming.write(block)
        taken += len(block)
    chain = _chain_of(tls) if taken < _LONGEST else ()
    if not chain:
        raise ConnectError(f"{where} showed no certificate", code=_NOT_TLS)
    return chain


def wait(line: socket.socket, until: float) -> None:
    """Let the next thing on a line take no longer than is left.

    Args:
        line: connected.
        until: by the monotonic clock.

    Raises:
        TimeoutError: nothing is left.
    """
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    line.settimeout(left)


def _chain_of(tls: ssl.SSLObject) -> tuple[bytes, ...]:
    if hasattr(tls, "get_unverified_chain"):  # from Python 3.13 on
        return tuple(tls.get_unverified_chain())
    # Before that it is there, and not called public: the form that 3.13 has made of it is this one.
    shown = tls._sslobj.get_unverified_chain()  # type: ignore[attr-defined]
    return tuple(ssl.PEM_cert_to_DER_cert(each.public_bytes()) for each in shown or ())


def _context() -> ssl.SSLContext:
    # Nothing is said on this line, and whatever is presented is to be seen: an old or unfit one above all.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context
