"""What a port of a service presents, and all that may answer instead of one."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from mmpctl.device.presented_chain import chain_at
from mmpctl.errors import ConnectError
from tests.support import pki

ROOT = pki.authority("Root")
MIDDLE = ROOT.sign("Middle", ca=True)
LEAF = MIDDLE.sign("edge.example.com")


@contextmanager
def answering(act: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port on loopback that does this with its one client."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client, suppress(OSError):
                act(client)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            thread.join()


def tls(folder: Path, *, newest: ssl.TLSVersion, asks: bool = False) -> Callable[[socket.socket], None]:
    """A server with the leaf and its whole chain; with `asks`, it wants a certificate of the client's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    (folder / "pair.pem").write_bytes(LEAF.key_pem + LEAF.pem + MIDDLE.pem + ROOT.pem)
    context.load_cert_chain(folder / "pair.pem")
    context.maximum_version = newest
    if asks:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=ROOT.pem.decode())

    def act(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as line:
            line.recv(1)

    return act


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("asks", [False, True])
def test_the_whole_chain_is_seen_whether_or_not_the_server_wants_a_certificate(
    tmp_path: Path, newest: ssl.TLSVersion, asks: bool
) -> None:
    with answering(tls(tmp_path, newest=newest, asks=asks)) as port:
        assert chain_at("127.0.0.1", port) == (LEAF.der, MIDDLE.der, ROOT.der)


def says_hello(client: socket.socket) -> None:
    client.sendall(b"220 ready\r\n")
    while client.recv(65536):
        pass


@pytest.mark.parametrize(
    ("act", "why"),
    [(says_hello, "the TLS handshake with .* failed"), (lambda client: None, "hangs up: nothing there offers TLS")],
)
def test_what_speaks_no_tls_is_told(act: Callable[[socket.socket], None], why: str) -> None:
    with answering(act) as port, pytest.raises(ConnectError, match=why) as caught:
        chain_at("127.0.0.1", port)
    assert caught.value.code == "probe-not-understood"


def test_a_port_that_nobody_listens_on_or_that_is_silent_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(ConnectError, match="no answer in time") as caught:
            chain_at("127.0.0.1", port, seconds=0.05)
        assert caught.value.code == "probe-closed"
    with pytest.raises(ConnectError, match="cannot be reached") as caught:
        chain_at("127.0.0.1", port)
    assert caught.value.code == "probe-closed" and caught.value.advice
