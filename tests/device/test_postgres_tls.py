"""What a database presents, and all that may answer instead of one."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from mmpctl.device.postgres_tls import presented
from mmpctl.errors import ConnectError

HTTP = b"HTTP/1.1 400 Bad Request\r\n\r\n"


@contextmanager
def answering(act: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port on loopback that does this with its one client."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                act(client)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            thread.join()


def says(*texts: bytes) -> Callable[[socket.socket], None]:
    def act(client: socket.socket) -> None:
        hangs_up(*texts)(client)
        # A line that is closed on what it has not read is reset, and what was said may be lost.
        silent(client)

    return act


def hangs_up(*texts: bytes, reset: bool = False) -> Callable[[socket.socket], None]:
    def act(client: socket.socket) -> None:
        assert client.recv(8) == bytes.fromhex("0000000804d2162f")
        for text in texts:
            client.sendall(text)
        if reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return act


def silent(client: socket.socket) -> None:
    with suppress(ConnectionResetError):
        while client.recv(65536):
            pass


def dripping(client: socket.socket) -> None:
    """The longest of TLS records, a byte now and then."""
    client.recv(8)
    client.sendall(b"S\x16\x03\x03\x40\x00\x02\x00\x3f\xf0")
    client.settimeout(0.05)
    while True:
        try:
            client.sendall(b"\x00")
            if not client.recv(65536):
                return
        except TimeoutError:
            continue
        except OSError:
            return


@pytest.mark.parametrize(
    ("act", "code", "told"),
    [
        (says(b"N"), "probe-no-tls", "offers no TLS"),
        (says(b"E"), "probe-not-understood", "says b'E'"),
        (says(HTTP), "probe-not-understood", "says b'H'"),
        (says(b"S", HTTP), "probe-not-understood", "handshake"),
        (hangs_up(), "probe-not-understood", "hangs up"),
        (hangs_up(reset=True), "probe-not-understood", "hangs up"),
        (hangs_up(b"S"), "probe-not-understood", "hangs up"),
        (hangs_up(b"S", reset=True), "probe-not-understood", "hangs up"),
        (silent, "probe-closed", "no answer in time"),
        (dripping, "probe-closed", "no answer in time"),
    ],
    ids=[
        *("no TLS", "an error", "HTTP", "no TLS after all", "hangs up", "resets", "hangs up later", "resets later"),
        *("silence", "a byte at a time"),
    ],
)
def test_what_is_no_database(act: Callable[[socket.socket], None], code: str, told: str) -> None:
    with answering(act) as port, pytest.raises(ConnectError) as raised:
        presented("127.0.0.1", port, 0.5)
    assert raised.value.code == code and told in raised.value.message, raised.value


def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectError, match="cannot be reached") as raised:
            presented("127.0.0.1", taken.getsockname()[1], 2)
    assert raised.value.code == "probe-closed" and raised.value.advice
