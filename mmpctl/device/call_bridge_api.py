"""The REST API of a Call Bridge, behind Web Admin's port: how many calls are on it; nothing is ever changed there.

Source: API samples of a vendor note and of working clients: `GET /api/v1/system/status` with HTTP's basic
authentication answers `<status>`, with `<callLegsActive>` in it, the call legs of this Call Bridge.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import re
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Collection
from typing import Final, NamedTuple

from mmpctl.device.presented_chain import PROBE_SECONDS, wait
from mmpctl.device.waiting import while_waiting
from mmpctl.errors import ConnectError

API: Final = "rest-api"
API_ACCOUNT: Final = "rest-api-account"
_PATH: Final = "/api/v1/system/status"
_CALLS: Final = re.compile(r"<callLegsActive>\s*(\d{1,7})\s*</callLegsActive>")
_BLOCK: Final = 65536
_LONGEST: Final = 256 * 1024


class Login(NamedTuple):
    """What the REST API is given to log in.

    Args:
        username: the account.
        password: in plain text: it is sent to nobody who does not present the expected certificate.
    """

    username: str
    password: bytes


def active_calls(host: str, port: int, login: Login, expected: Collection[str], seconds: float = PROBE_SECONDS) -> int:
    """Ask a Call Bridge how many call legs are on it.

    Args:
        host: address or name.
        port: of Web Admin.
        login: the account.
        expected: SHA-256 of the certificates of which it must present one, lower-case hex.
        seconds: for everything together.

    Raises:
        ConnectError: it does not answer, presents another certificate (the password was not sent then), or gives no
            number (code `rest-api`); it refuses the account (code `rest-api-account`).
    """
    until = time.monotonic() + seconds
    where = f"the REST API at {host}:{port}"
    try:
        with (
            while_waiting.get()(),
            socket.create_connection((host, port), timeout=seconds) as line,
            _context().wrap_socket(line) as tls,
        ):
            presented = hashlib.sha256(tls.getpeercert(binary_form=True) or b"").hexdigest()
            if presented not in expected:
                raise ConnectError(
                    f"{where} presents another certificate than the one that Web Admin is configured with: the "
                    "password was not sent",
                    code=API,
                )
            tls.sendall(_request(host, login))
            answer = _all_of(tls, until, where)
    except OSError as error:
        why = "no answer in time" if isinstance(error, TimeoutError) else error.strerror or str(error)
        raise ConnectError(f"{where} cannot be asked ({why})", code=API) from error
    return _number(answer, where)


def _request(host: str, login: Login) -> bytes:
    token = b64encode(login.username.encode() + b":" + login.password).decode()
    lines = (f"GET {_PATH} HTTP/1.1", f"Host: {host}", f"Authorization: Basic {token}", "Connection: close", "", "")
    return "\r\n".join(lines).encode()


def _all_of(tls: ssl.SSLSocket, until: float, where: str) -> bytes:
    heard = b""
    while len(heard) <= _LONGEST:
        wait(tls, until)
        block = tls.recv(_BLOCK)
        if not block:
            return heard
        heard += block
    raise ConnectError(f"{where} gives an answer without an end", code=API)


def _number(answer: bytes, where: str) -> int:
    try:
        response = http.client.HTTPResponse(_Heard(answer))  # type: ignore[arg-type]
        response.begin()
        body = response.read().decode("utf-8", "replace")
    except (http.client.HTTPException, OSError, ValueError):
        raise ConnectError(f"{where} gives an answer that is not understood", code=API) from None
    if response.status == http.client.UNAUTHORIZED:
        raise ConnectError(f"{where} refuses the account", code=API_ACCOUNT)
    if response.status != http.client.OK:
        raise ConnectError(f"{where} gives no answer (status {response.status})", code=API)
    found = _CALLS.findall(body)
    if len(found) != 1:
        raise ConnectError(f"{where} does not tell how many calls there are", code=API)
    return int(found[0])


class _Heard:
    """What was received, in the form that Python's HTTP reads from."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def makefile(self, *_: object) -> io.BytesIO:
        """All of it."""
        return io.BytesIO(self._content)


def _context() -> ssl.SSLContext:
    # No CA decides here: the certificate must be the very one that the node is configured with.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
