"""The parts of the broker's two ends that need no broker: its files, what its errors mean, and who listens."""

from __future__ import annotations

import socket
import ssl
import threading
import uuid
from pathlib import Path

import pytest

from mmpctl.errors import UsageError
from mmpctl.reach.address import BrokerAddress
from tests.support.children import PATIENCE_SECONDS
from tests.support.pki import CLIENT_AUTH, authority
from tests.support.rabbitmq import SIGNS, write_files

pytest.importorskip("celery", reason="no Celery here: it comes with the extra `reach`")

from amqp.exceptions import AccessRefused, ConnectionForced, ConsumerCancelled, NotAllowed, NotFound

from mmpctl.reach.broker.broker_files import read_broker_files
from mmpctl.reach.broker.broker_trouble import trouble_of
from mmpctl.reach.broker.inbox import Closed, Inbox, Letter
from mmpctl.reach.broker.over_conversations import OverConversations

ADDRESS = BrokerAddress("broker.example", "mmpctl", Path("files"))


def files_of(place: Path, user: str = "desk") -> Path:
    ca = authority("Broker CA")
    return write_files(place / "files", ca.sign(user, usages=[CLIENT_AUTH], key_usage=SIGNS), ca)


def test_the_user_is_the_common_name(tmp_path: Path) -> None:
    found = read_broker_files(files_of(tmp_path, "site-oslo"))
    assert found.user == "site-oslo"
    told = found.tls("broker.example")
    assert told["server_hostname"] == "broker.example" and told["cert_reqs"] is ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("ca.pem", "", "has no certificate in PEM"),
        ("cert.pem", "nothing", "has no certificate in PEM"),
        ("key.pem", "nothing", "has no private key in PEM"),
        ("key.pem", None, "cannot be read (No such file or directory)"),
    ],
)
def test_files_that_are_none(tmp_path: Path, file: str, content: str | None, told: str) -> None:
    place = files_of(tmp_path)
    if content is None:
        (place / file).unlink()
    else:
        (place / file).write_text(content)
    with pytest.raises(UsageError) as error:
        read_broker_files(place)
    assert told in error.value.message and file in error.value.message and error.value.advice


def test_a_key_of_another_certificate(tmp_path: Path) -> None:
    place = files_of(tmp_path)
    (tmp_path / "other").mkdir()
    (place / "key.pem").write_bytes((files_of(tmp_path / "other") / "key.pem").read_bytes())
    with pytest.raises(UsageError, match=r"is not the key of cert\.pem"):
        read_broker_files(place)


def test_a_key_that_others_can_read(tmp_path: Path) -> None:
    place = files_of(tmp_path)
    (place / "key.pem").chmod(0o640)
    with pytest.raises(UsageError, match="can be read by others"):
        read_broker_files(place)


@pytest.mark.parametrize(
    ("error", "told", "lasts"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "cannot be reached (Connection refused)", False),
        (TimeoutError("timed out"), "does not answer", False),
        (ssl.SSLWantReadError(2, "x"), "does not answer", False),
        (socket.gaierror(-2, "x"), "has a name that is not known here", False),
        (OSError("Server unexpectedly closed connection"), "cannot be reached (Server unexpectedly closed", False),
        (ssl.SSLError(1, "wrong version number"), "does not speak TLS as it should", False),
        (AccessRefused("Login was refused"), "refuses the user 'desk' (Login was refused)", True),
        (NotAllowed("vhost not found"), "does not let 'desk' into 'mmpctl' (vhost not found)", True),
        (NotFound("no queue"), "does not have what is asked for (no queue)", True),
        (ConsumerCancelled("None1"), "has taken the queue away", False),
        (ConnectionForced("CONNECTION_FORCED \x1b[2J"), "ended the connection (CONNECTION_FORCED ", False),
    ],
)
def test_what_an_error_means(error: Exception, told: str, lasts: bool) -> None:
    trouble = trouble_of(error, ADDRESS, "desk")
    assert trouble.cause.startswith(told) and "\x1b" not in trouble.cause
    assert trouble.lasts is lasts and trouble.advice.endswith(".")


def test_the_newest_request_of_a_desk_says_what_it_listens_to(tmp_path: Path) -> None:
    over = OverConversations(tmp_path)
    one, two, three, other = (str(uuid.uuid4()) for _ in range(4))
    over.heard("desk", one, [one])
    over.heard("desk-2", other, [other])
    over.heard("desk", two, [one, two])
    assert not any(map(over.is_over, (one, two, other)))
    over.heard("desk", three, [three])
    assert [over.is_over(name) for name in (one, two, three, other)] == [True, True, False, False]
    over.forget(one)
    over.forget(three)
    assert [path.name for path in tmp_path.iterdir()] == [two]


@pytest.mark.parametrize("text", ["", "..", "../" * 12, "/" * 36, "A" * 36, "0" * 36 + "\n"])
def test_what_is_no_id_of_a_conversation(text: str) -> None:
    assert not OverConversations.is_id(text)


def test_an_inbox_tells_what_came_before_the_line_was_lost() -> None:
    inbox, letter = Inbox(), Letter(b"x\n", "begun", False)
    inbox.put(letter, lambda: None)
    inbox.close(OSError("lost"))
    inbox.put(letter, lambda: None)
    assert inbox.take(PATIENCE_SECONDS) == letter
    with pytest.raises(Closed) as closed:
        inbox.take(PATIENCE_SECONDS)
    assert str(closed.value.__cause__) == "lost"


def test_an_inbox_without_room_holds_up_whoever_puts_and_hanging_up_lets_go() -> None:
    inbox, waits = Inbox(), threading.Event()

    def put() -> None:
        for _ in range(50):
            inbox.put(Letter(b"x\n", "begun", False), waits.set)

    thread = threading.Thread(target=put, daemon=True)
    thread.start()
    assert waits.wait(PATIENCE_SECONDS), "there is no room for fifty"
    inbox.close()
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
    with pytest.raises(Closed):
        inbox.take(PATIENCE_SECONDS)
