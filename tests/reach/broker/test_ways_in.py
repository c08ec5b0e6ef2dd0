"""Ways into the broker: a certificate of its CA with the name of a user, and no other."""

from __future__ import annotations

import socket
import ssl
import struct
from contextlib import suppress
from pathlib import Path

import pytest
from amqp.exceptions import AccessRefused, NotAllowed

from tests.support.children import PATIENCE_SECONDS
from tests.support.pki import CLIENT_AUTH, SERVER_AUTH, Pair, authority
from tests.support.rabbitmq import ADDRESS, HOST, SIGNS, Broker, write_files

pytestmark = pytest.mark.gate

_HEADER = b"AMQP\0\0\x09\x01"
_START, _TUNE = (10, 10), (10, 30)
_VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


def _context(broker: Broker, files: Path | None, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(broker.desk_files() / "ca.pem"))
    context.minimum_version = context.maximum_version = version
    if files is not None:
        context.load_cert_chain(files / "cert.pem", files / "key.pem")
    return context


def _answer(link: socket.socket) -> tuple[int, int] | None:
    """The next method that the broker calls, class and number; None if it hangs up."""
    link.settimeout(PATIENCE_SECONDS)
    text = b""
    # TLS 1.3 tells a client what is wrong with its certificate when it reads.
    with suppress(ssl.SSLError, ConnectionError):
        while len(text) < 11:
            piece = link.recv(4096)
            if not piece:
                break
            text += piece
    return None if len(text) < 11 or text.startswith(b"AMQP") else struct.unpack_from(">HH", text, 7)


def _greeted(broker: Broker, files: Path | None, version: ssl.TLSVersion) -> bool:
    """Whether the broker begins to speak AMQP with who shows a certificate."""
    context = _context(broker, files, version)
    with (
        suppress(ssl.SSLError, ConnectionError),
        socket.create_connection((ADDRESS, broker.port)) as plain,
        context.wrap_socket(plain, server_hostname=HOST) as link,
    ):
        link.sendall(_HEADER)
        return _answer(link) == _START
    return False


def _made(broker: Broker, place: Path, ca: Pair, user: str = "site-oslo", **options: object) -> Path:
    pair = ca.sign(user, **{"usages": [CLIENT_AUTH], "key_usage": SIGNS, **options})  # type: ignore[arg-type]
    return write_files(place, pair, broker.ca)


@pytest.mark.parametrize("version", _VERSIONS, ids=lambda version: version.name)
def test_a_certificate_of_its_ca_and_no_other(broker: Broker, tmp_path: Path, version: ssl.TLSVersion) -> None:
    assert _greeted(broker, broker.site_files("oslo"), version)
    refused = {
        "none": None,
        "another CA's": _made(broker, tmp_path / "other", authority("Broker CA")),
        "expired": _made(broker, tmp_path / "expired", broker.ca, starts=-20, ends=-1),
        "not yet valid": _made(broker, tmp_path / "early", broker.ca, starts=10),
        "a server's": _made(broker, tmp_path / "server", broker.ca, usages=[SERVER_AUTH]),
    }
    assert {name for name, files in refused.items() if _greeted(broker, files, version)} == set()


@pytest.mark.parametrize("version", _VERSIONS, ids=lambda version: version.name)
def test_a_sites_certificate_makes_no_others(broker: Broker, tmp_path: Path, version: ssl.TLSVersion) -> None:
    """Erlang 25 takes each certificate for a CA's, whatever it says of that, unless it says what its key is for.

    So a site could make itself a certificate with anybody's name. docs/broker.md has `keyUsage` in each of them.
    """
    site = broker.ca.sign("site-london", usages=[CLIENT_AUTH], key_usage=SIGNS)
    forged = _made(broker, tmp_path / "forged", site)
    with (forged / "cert.pem").open("ab") as file:
        file.write(site.pem)
    assert not _greeted(broker, forged, version)


def test_old_tls_is_not_spoken(broker: Broker) -> None:
    context = _context(broker, broker.desk_files())
    with pytest.warns(DeprecationWarning):
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_connection((ADDRESS, broker.port)) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain, server_hostname=HOST)


def test_without_tls_nothing_is_said(broker: Broker) -> None:
    with socket.create_connection((ADDRESS, broker.port)) as link:
        link.sendall(_HEADER)
        assert _answer(link) is None


@pytest.mark.parametrize("user", ["site-paris", "guest", "desk,site-oslo", "SITE-OSLO"])
def test_a_certificate_alone_makes_no_user(broker: Broker, user: str) -> None:
    broker.files(user)
    with pytest.raises(AccessRefused), broker.connection(user) as connection:
        connection.connect()


@pytest.mark.parametrize("mechanism", ["PLAIN", "AMQPLAIN", "ANONYMOUS", "RABBIT-CR-DEMO"])
def test_no_password_helps(broker: Broker, mechanism: str) -> None:
    # Who has the certificate of one site, and has got hold of a password that another one was given.
    broker.control("-q", "change_password", "site-london", "secret")
    try:
        reply = b"\0site-london\0secret"
        with socket.create_connection((ADDRESS, broker.port)) as plain:
            context = _context(broker, broker.site_files("oslo"))
            with context.wrap_socket(plain, server_hostname=HOST) as link:
                link.sendall(_HEADER)
                assert _answer(link) == _START
                link.sendall(_start_ok(mechanism.encode(), reply))
                assert _answer(link) not in {_START, _TUNE}
    finally:
        broker.control("-q", "clear_password", "site-london")


def test_the_certificate_is_the_user_whatever_is_claimed(broker: Broker) -> None:
    with broker.connection("site-oslo", userid="site-london", password="secret") as connection:
        channel = connection.channel()
        channel.basic_get("site.oslo")
        with pytest.raises(AccessRefused):
            channel.basic_get("site.london")


@pytest.mark.parametrize("vhost", ["%2F", "other"])
def test_another_virtual_host_is_not_opened(broker: Broker, vhost: str) -> None:
    with pytest.raises((AccessRefused, NotAllowed)), broker.connection("desk", vhost) as connection:
        connection.connect()


def _start_ok(mechanism: bytes, reply: bytes) -> bytes:
    """The frame with which a client says how it logs in (AMQP 0-9-1, connection.start-ok)."""
    text = struct.pack(">HHI", 10, 11, 0)
    text += bytes([len(mechanism)]) + mechanism + struct.pack(">I", len(reply)) + reply + b"\x05en_US"
    return struct.pack(">BHI", 1, 0, len(text)) + text + b"\xce"
