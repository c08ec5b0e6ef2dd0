"""Faults of the line and of what is said on it: half-open, closed too soon, slow, endless, otherwise worded."""

from __future__ import annotations

import io
import socket
from typing import Any

import paramiko
import pytest

from mmpctl.lab.fault import Fault
from tests.support.lab import Lab
from tests.support.lab_client import Client, settled

REMOVE = "database cluster remove"


@pytest.mark.parametrize(("when", "accepted"), [("command", False), ("question", False), ("answer", True)])
def test_a_half_open_line_says_nothing_more_and_does_not_end(lab: Lab, when: str, accepted: bool) -> None:
    fleet = lab(faults=[Fault("lon-2", when, "freeze", match=REMOVE)])  # type: ignore[arg-type]
    with Client(fleet, "lon-2") as client:
        shell = client.shell()
        shell.channel.settimeout(0.2)
        shell.send(REMOVE + "\r")
        with pytest.raises(TimeoutError):
            shell.read("procedure.\r\n")
            shell.send("Y")
            shell.read()
        with pytest.raises(paramiko.SSHException, match="Timeout"):
            client.ssh.get_transport().open_session(timeout=0.2)  # type: ignore[union-attr]
        assert fleet.open_connections == 1
        settled(fleet, "lon-2")
        assert bool(fleet.log.select("accepted")) is accepted
    with Client(fleet, "lon-2") as client:
        assert client.run("hostname") == "lon-2\n"


@pytest.mark.parametrize("when", ["download", "upload"])
def test_a_transfer_on_a_half_open_line_does_not_end(lab: Lab, when: str) -> None:
    fleet = lab(faults=[Fault("lon-2", when, "freeze")])  # type: ignore[arg-type]
    with Client(fleet, "lon-2") as client:
        sftp = client.ssh.open_sftp()
        sftp.get_channel().settimeout(0.2)  # type: ignore[union-attr]
        with pytest.raises(TimeoutError):
            if when == "download":
                sftp.open("/live.json").read()
            else:
                sftp.putfo(io.BytesIO(b"x"), "/new.cer")
        assert fleet.open_connections == 1
    assert not fleet.log.select("sftp-get", "sftp-put")


@pytest.mark.parametrize(("kind", "heard"), [("close", b""), ("close-after-banner", b"SSH-2.0-OpenSSH\r\n")])
def test_a_connection_ends_before_or_after_the_banner(lab: Lab, kind: str, heard: bytes) -> None:
    fleet = lab(faults=[Fault("lon-1", "connect", kind)])
    with socket.create_connection(fleet.address("lon-1"), 10) as client, client.makefile("rb") as file:
        assert file.read() == heard
    with Client(fleet, "lon-1") as again:
        assert again.run("hostname") == "lon-1\n"


def test_a_question_is_worded_otherwise(lab: Lab) -> None:
    fleet = lab(faults=[Fault("lon-2", "question", "reword", text="Leave? (Y/n)")])
    with Client(fleet, "lon-2") as client:
        assert client.run(REMOVE, b"Y").startswith("Leave? (Y/n)\n")
    assert fleet.log.select("accepted")


def test_text_is_added_many_times(lab: Lab) -> None:
    fleet = lab(faults=[Fault("lon-2", "output", "inject", match="Enabled", text="more", times=3)])
    with Client(fleet, "lon-2") as client:
        assert client.run("database cluster status").count("more\n") == 3


def test_an_output_has_no_end(lab: Lab) -> None:
    fleet = lab(faults=[Fault("lon-2", "output", "inject", match="status", text="more", times=0)])
    with Client(fleet, "lon-2") as client:
        shell = client.shell()
        shell.send("database cluster status\r")
        shell.read("more\r\n" * 2000)
    with Client(fleet, "lon-2") as client:
        assert "more" not in client.run("database cluster status")


def test_a_match_looks_at_what_is_said(lab: Lab) -> None:
    fleet = lab(faults=[Fault("lon-2", "output", "inject", match="Disabling", text="more")], remove_seconds=0.2)
    with Client(fleet, "lon-2") as client:
        assert "more" not in client.run("database cluster status")
        client.run(REMOVE, b"Y")
        assert "more" in client.run("database cluster status")


def test_few_bytes_at_a_time(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = lab(packet_bytes=3)
    sizes: list[int] = []
    feed = paramiko.buffered_pipe.BufferedPipe.feed

    def counted(pipe: Any, data: bytes) -> None:
        sizes.append(len(data))
        feed(pipe, data)

    monkeypatch.setattr(paramiko.buffered_pipe.BufferedPipe, "feed", counted)
    with Client(fleet, "lon-1") as client:
        assert client.shell().run("hostname") == "lon-1\n"
    assert set(sizes) <= {1, 2, 3} and sizes.count(3) > 4


def test_a_node_thinks_before_it_answers(lab: Lab) -> None:
    fleet = lab(answer_seconds=0.3)
    with Client(fleet, "lon-1") as client:
        shell = client.shell()
        shell.channel.settimeout(0.1)
        shell.send("hostname\r")
        with pytest.raises(TimeoutError):
            shell.read()
        shell.channel.settimeout(10)
        assert shell.read() == "lon-1\r\nlon-1> "


def test_a_new_password_is_demanded_on_the_command_line(lab: Lab) -> None:
    fleet = lab(login_expired="shell")
    with Client(fleet, "lon-1") as client:
        channel = client.ssh.invoke_shell()
        channel.settimeout(10)
        text = b""
        while not text.endswith(b"New password: "):
            text += channel.recv(1024)
        channel.sendall(b"secret\r")
        while channel.recv(1024):
            continue
    assert [event.text for event in fleet.log.select("answer")] == ["secret"]


def test_a_new_password_is_demanded_during_the_login(lab: Lab) -> None:
    fleet = lab(login_expired="login")
    with pytest.raises(paramiko.SSHException):
        Client(fleet, "lon-1")
    assert [event.text for event in fleet.log.select("auth")] == ["password accepted: admin"]
