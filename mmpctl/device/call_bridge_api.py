"""The REST API of a Call Bridge, behind Web Admin's port; nothing is ever changed there.

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
from dataclasses import dataclass
from typing import Final, NamedTuple

from mmpctl.device.presented_chain import PROBE_SECONDS, wait
from mmpctl.device.waiting import while_waiting
from mmpctl.errors import ConnectError

API: Final = "rest-api"
API_ACCOUNT: Final = "rest-api-account"
_BASE: Final = "/api/v1/"
_STATUS: Final = "system/status"
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


@dataclass(frozen=True, slots=True)
class CallBridgeApi:
    """The REST API of one Call Bridge.

    Args:
        host: address or name.
        port: of Web Admin.
        login: the account.
        expected: SHA-256 of the certificates of which it must present one, lower-case hex.
    """

    host: str
    port: int
    login: Login
    expected: Collection[str]

    @property
    def where(self) -> str:
        """What it is called in messages."""
        return f"the REST API at {self.host}:{self.port}"

    def get(self, path: str, seconds: float = PROBE_SECONDS) -> str | None:
        """Ask for one thing.

        Args:
            path: below `/api/v1/`.
            seconds: for everything together.

        Returns:
            The body of the answer; None if the release does not know the path, or there is nothing at it.

        Raises:
            ConnectError: it does not answer, presents another certificate (the password was not sent then), or
                answers with an error (code `rest-api`); it refuses the account (code `rest-api-account`).
        """
        until = time.monotonic() + seconds
        try:
            with (
                while_waiting.get()(),
                socket.create_connection((self.host, self.port), timeout=seconds) as line,
                _context().wrap_socket(line) as tls,
            ):
                presented = hashlib.sha256(tls.getpeercert(binary_form=True) or b"").hexdigest()
                if presented not in self.expected:
                    raise ConnectError(
                        f"{self.where} presents another certificate than the one that Web Admin is configured with: "
                        "the password was not sent",
                        code=API,
                    )
                tls.sendall(self._request(path))
                answer = self._all_of(tls, until)
        except OSError as error:
            why = "no answer in time" if isinstance(error, TimeoutError) else error.strerror or str(error)
            raise ConnectError(f"{self.where} cannot be asked ({why})", code=API) from error
        return self._body(answer)

    def _request(self, path: str) -> bytes:
        token = b64encode(self.login.username.encode() + b":" + self.login.password).decode()
        lines = (f"GET {_BASE}{path} HTTP/1.1", f"Host: {self.host}", f"Authorization: Basic {token}")
        return "\r\n".join((*lines, "Connection: close", "", "")).encode()

    def _all_of(self, tls: ssl.SSLSocket, until: float) -> bytes:
        heard = b""
        while len(heard) <= _LONGEST:
            wait(tls, until)
            block = tls.recv(_BLOCK)
            if not block:
                return heard
            heard += block
        raise ConnectError(f"{self.where} gives an answer without an end", code=API)

    def _body(self, answer: bytes) -> str | None:
        try:
            response = http.client.HTTPResponse(_Heard(answer))  # type: ignore[arg-type]
            response.begin()
            body = response.read().decode("utf-8", "replace")
        except (http.client.HTTPException, OSError, ValueError):
            raise ConnectError(f"{self.where} gives an answer that is not understood", code=API) from None
        if response.status == http.client.UNAUTHORIZED:
            raise ConnectError(f"{self.where} refuses the account", code=API_ACCOUNT)
        if response.status == http.client.NOT_FOUND:
            return None
        if response.status != http.client.OK:
            raise ConnectError(f"{self.where} gives no answer (status {response.status})", code=API)
        return body


def active_calls(api: CallBridgeApi) -> int:
    """Ask a Call Bridge how many call legs are on it.

    Args:
        api: its REST API.

    Raises:
        ConnectError: it could not be asked, or gives no number.
    """
    body = api.get(_STATUS)
    if body is None:
        raise ConnectError(f"{api.where} gives no answer (status 404)", code=API)
    found = _CALLS.findall(body)
    if len(found) != 1:
        raise ConnectError(f"{api.where} does not tell how many calls there are", code=API)
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
