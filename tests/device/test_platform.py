"""The platform `cisco_cms`: prompt, output, echo and refusals, over real SSH against scripts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from netmiko import ConnectHandler
from nornir.core import Nornir
from nornir.core.inventory import ConnectionOptions, Defaults, Groups, Host, Hosts, Inventory
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.plugins.runners import ThreadedRunner
from nornir_netmiko.tasks import netmiko_send_command

from mmpctl.device.platform import register
from mmpctl.device.receive_buffer import ANSWER_LIMIT, CUT, LINE_LIMIT, LONG_ANSWER_LIMIT
from mmpctl.device.redaction import redact
from mmpctl.errors import (
    AuthenticationError,
    CommandRefused,
    ConnectError,
    ConnectionLost,
    DialogueError,
    NoPrompt,
    UnknownQuestion,
)
from tests.support.scripted import HOST, PASSWORD, PROMPT, USER, Script, Scripted, Terminal, answering, wait_for_arrival

LONG = "database cluster certs " + " ".join(f"a-rather-long-name-{number}.key" for number in range(5))
LIST = b"User supplied certificates and keys:\r\ntac.key\r\n"


def greeting(*pieces: bytes, pause: float = 0.0) -> Script:
    """A device that says something first and then works as usual."""

    async def script(terminal: Terminal) -> None:
        await terminal.say(*pieces, pause=pause)
        await answering({"pki list": LIST})(terminal)

    return script


def test_the_prompt_is_learnt_and_outputs_are_clean(tmp_path: Path) -> None:
    with Scripted(answering({"pki list": LIST}), tmp_path) as server, server.connect() as line:
        assert line.prompt == "cms2> "
        assert line.device_name == "cms2"
        assert line.host_key == server.key.get_fingerprint()
        assert line.command("pki list") == "User supplied certificates and keys:\ntac.key\n"
        assert line.find_prompt() == "cms2>"
        assert server.enters == [b"pki list", b"", b""]


def test_the_secrets_of_an_answer_are_taken_out_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def counted(text: str) -> str:
        done.append(text)
        return redact(text)

    monkeypatch.setattr("mmpctl.device.redaction.redact", counted)
    answer = {"turn": b"TURN password : TopSecret1\r\n"}
    with Scripted(answering(answer), tmp_path) as server, server.connect() as line:
        assert line.command("turn") == "TURN password : [redacted]\n"
    assert sum("TURN password" in text for text in done) == 1


def test_the_terminal_is_very_wide(tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        await terminal.line()
        await terminal.say(b"%d\r\n" % terminal.width + PROMPT)

    with Scripted(script, tmp_path) as server, server.connect() as line:
        assert int(line.command("width")) >= 511


@pytest.mark.parametrize(
    ("banner", "enters"),
    [
        (b"\r\n", 0),
        (b"Welcome to the CMS 3.9\r\nAuthorised use only.\r\n\r\n", 1),
        (b"say evil> \r\nnot evil> or cms9> \r\n", 1),
        (b"Really? (Y/n)\r\n", 1),
        (b"Do not share your password: it is yours.\r\n", 1),
    ],
)
def test_a_banner_is_not_taken_for_the_prompt(banner: bytes, enters: int, tmp_path: Path) -> None:
    with (
        Scripted(answering({"pki list": LIST}, banner=banner), tmp_path) as server,
        server.connect() as line,
    ):
        assert line.prompt == "cms2> "
        assert line.command("pki list").endswith("tac.key\n")
        assert len(server.enters) == enters + 2


def test_a_look_alike_at_a_pause_in_the_banner_is_not_taken_for_the_prompt(tmp_path: Path) -> None:
    script = greeting(b"Welcome\r\nevil> ", b"is what you see\r\n\r\n", pause=0.05)
    with Scripted(script, tmp_path) as server, server.connect() as line:
        assert line.prompt == "cms2> "
        assert line.command("pki list").endswith("tac.key\n")


@pytest.mark.parametrize(
    "drawn",
    [
        b"\r\x1b[K%s",
        b"\x1b[2K\r\x1b[1m%s\x1b[0m",
        b"%s\r\x1b[K%s",
        b"Last login: today\r\n\r\x1b[K%s",
    ],
    ids=["cleared", "bold", "twice", "after-a-text"],
)
def test_a_prompt_that_a_line_editor_draws_anew_is_learnt(drawn: bytes, tmp_path: Path) -> None:
    shown = drawn.replace(b"%s", PROMPT)
    again = b"\r\x1b[K" + PROMPT

    async def script(terminal: Terminal) -> None:
        await terminal.say(shown)
        while True:
            line = await terminal.line()
            await terminal.say((LIST if line == b"pki list" else b"") + again)

    with Scripted(script, tmp_path) as server, server.connect() as line:
        assert line.prompt == "cms2> "
        for _ in range(2):
            assert line.command("pki list") == "User supplied certificates and keys:\ntac.key\n"
            assert line.find_prompt() == "cms2>"


@pytest.mark.parametrize(
    "again",
    [PROMPT + b"\r\x1b[K" + PROMPT, PROMPT + b"\r\r\x1b[2K" + PROMPT + b"\r"],
    ids=["twice", "with-returns"],
)
def test_a_prompt_drawn_over_itself_is_no_part_of_the_output(again: bytes, tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        while True:
            line = await terminal.line()
            await terminal.say((LIST if line == b"pki list" else b"") + again)

    with Scripted(script, tmp_path) as server, server.connect() as line:
        for _ in range(2):
            assert line.command("pki list") == "User supplied certificates and keys:\ntac.key\n"
            assert line.find_prompt() == "cms2>"


def test_a_carriage_return_begins_a_line_as_a_line_feed_does(tmp_path: Path) -> None:
    reply = b"busy 50%\rbusy 100%\r\x1b[K"
    with Scripted(answering({"log": reply}), tmp_path) as server, server.connect() as line:
        assert line.command("log", deadline=20) == "busy 100%"
        assert line.find_prompt() == "cms2>"


def test_returns_behind_a_prompt_that_is_none_are_looked_at_once(tmp_path: Path) -> None:
    looked = PROMPT + b"\r" * 1500 + b"x\r\n"
    with Scripted(answering({"log": looked}), tmp_path) as server, server.connect() as line:
        assert line.command("log") == "x\n"


def test_a_host_name_may_be_a_full_domain_name(tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(b"streamer.example.com> ")
        await terminal.line()
        await terminal.say(b"fine\r\nstreamer.example.com> ")

    with Scripted(script, tmp_path) as server, server.connect() as line:
        assert line.device_name == "streamer.example.com"
        assert line.command("version") == "fine\n"


@pytest.mark.parametrize(
    "said",
    [
        b"Password has expired\r\nPlease enter new password: ",
        b"You must change your password now.\r\nCurrent password:",
        b"Enter new password for user admin (min 8): ",
    ],
)
def test_a_demand_for_a_new_password_is_recognised_and_not_answered(said: bytes, tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(said)
        await terminal.byte()

    with Scripted(script, tmp_path) as server:
        with pytest.raises(AuthenticationError) as caught:
            server.connect()
        assert caught.value.code == "password-expired"
        assert not server.heard


def test_an_expired_password_that_ends_the_session_is_told_as_such(tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(b"Your password has expired.\r\n")

    with Scripted(script, tmp_path) as server, pytest.raises(AuthenticationError) as caught:
        server.connect()
    assert caught.value.code == "password-expired"


@pytest.mark.parametrize("pause", [0.0, 0.002])
def test_one_byte_at_a_time(pause: float, tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(*[b"%c" % byte for byte in b"\r\ncms2> "], pause=pause)
        await terminal.line()
        await terminal.say(*[b"%c" % byte for byte in b"tac.key\r\ncms2> "], pause=pause)

    with Scripted(script, tmp_path) as server, server.connect() as line:
        assert line.command("pki list") == "tac.key\n"


def test_a_prompt_split_over_packets_ends_the_output_when_it_is_whole(tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(b"cm", b"s2", b"> ", pause=0.02)
        await terminal.line()
        await terminal.say(b"tac.key\r", b"\ncm", b"s2>", b" ", pause=0.02)
        await terminal.line()
        await terminal.say(b"second\r\n" + PROMPT)

    with Scripted(script, tmp_path) as server, server.connect() as line:
        assert line.command("pki list") == "tac.key\n"
        assert line.command("date") == "second\n"


def test_look_alikes_of_the_prompt_in_an_output_do_not_end_it(tmp_path: Path) -> None:
    pieces = (
        b"Subject: CN=cms2> ",
        b"x, O=cms2> ",
        b"y\r\n  cms2> ",
        b"z\r\nxcms2> ",
        b"\r\n  backup snapshot <name> ",
        b"\r\ndone\r\n",
        PROMPT,
    )

    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        await terminal.line()
        await terminal.say(*pieces, pause=0.05)

    with Scripted(script, tmp_path) as server, server.connect() as line:
        output = line.command("pki inspect a.cer")
    assert output == b"".join(pieces[:-1]).decode().replace("\r\n", "\n")


def echo_in_full(line: bytes) -> bytes:
    return line + b"\r\n"


def echo_scrolled(line: bytes) -> bytes:
    return line[-73:] + b"\r\n"


def echo_redrawn(line: bytes) -> bytes:
    shown = line[:73]
    for end in range(74, len(line) + 1):
        shown += b"\r" + PROMPT + line[end - 73 : end] + b"\x1b[0K\r\x1b[79C"
    return shown + b"\r\n"


def echo_wrapped(line: bytes) -> bytes:
    return b"\r\n".join(line[start : start + 73] for start in range(0, len(line), 73)) + b"\r\n"


def echo_wrapped_by_the_terminal(line: bytes) -> bytes:
    return b" \r".join(line[start : start + 73] for start in range(0, len(line), 73)) + b"\r\n"


def no_echo(line: bytes) -> bytes:
    return b""


ECHOES = [echo_in_full, echo_scrolled, echo_redrawn, echo_wrapped, echo_wrapped_by_the_terminal, no_echo]


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("output", ["Certificates updated\r\n", "", "\r\n  indented\r\n\r\nlast"])
def test_the_output_does_not_depend_on_the_echo(echo: Any, output: str, tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        line = await terminal.line(echo=False)
        await terminal.say(echo(line), output.encode() + b"\r\n" + PROMPT, pause=0.01)
        await terminal.byte()

    with Scripted(script, tmp_path) as server, server.connect() as line:
        assert line.command(LONG).strip() == output.replace("\r\n", "\n").strip()


def test_a_redraw_of_the_line_does_not_end_the_output(tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        line = await terminal.line(echo=False)
        await terminal.say(b"\r" + PROMPT, b"\r" + PROMPT, line[-70:] + b"\r\n", pause=0.05)
        await terminal.say(b"Certificates updated\r\n" + PROMPT)

    with Scripted(script, tmp_path) as server, server.connect(quiet_seconds=3) as line:
        assert line.command(LONG) == "Certificates updated\n"


def test_a_prompt_that_is_late_does_not_end_the_next_command(tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        line = await terminal.line(echo=False)
        await terminal.say(b"\r\n" + PROMPT, line + b"\r\ntac.key\r\n" + PROMPT, pause=0.05)
        line = await terminal.line(echo=False)
        await terminal.say(b"\r\n" + PROMPT + b"\r\n", PROMPT, b"no echo, late\r\n" + PROMPT, pause=0.05)

    with Scripted(script, tmp_path) as server, server.connect(quiet_seconds=3) as line:
        assert line.command("pki list") == "tac.key\n"
        assert line.command("pki list").strip() == "no echo, late"


def test_prompts_that_come_between_commands_are_taken_away(tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        await terminal.line()
        await terminal.say(b"one\r\n" + PROMPT, b"\r\n" + PROMPT + b"\r\n", b"cms", b"2> ", pause=0.02)
        await terminal.line()
        await terminal.say(b"two\r\n" + PROMPT)

    with Scripted(script, tmp_path) as server, server.connect() as line:
        assert line.command("a") == "one\n"
        wait_for_arrival(line)
        assert line.command("b") == "two\n"


def test_a_session_that_is_out_of_step_sends_nothing_more(tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        await terminal.line()
        await terminal.say(b"one\r\n" + PROMPT, b"and more\r\n" + PROMPT, pause=0.05)
        await terminal.byte()

    with Scripted(script, tmp_path) as server, server.connect() as line:
        assert line.command("a") == "one\n"
        wait_for_arrival(line)
        with pytest.raises(DialogueError) as caught:
            line.command("b")
        assert caught.value.code == "out-of-step"
        assert "and more" in caught.value.message
        assert not line.is_alive()
        assert bytes(server.heard) == b"a\r"


def test_a_timeout_says_that_the_command_may_have_run_and_ends_the_session(tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        await terminal.line()
        await terminal.say(b"working\r\n")
        await terminal.byte()

    with Scripted(script, tmp_path) as server, server.connect() as line:
        with pytest.raises(NoPrompt) as caught:
            line.command("backup snapshot a", deadline=0.3)
        assert "may still have run" in caught.value.advice
        with pytest.raises(ConnectionLost):
            line.command("pki list")
        assert bytes(server.heard) == b"backup snapshot a\r"


@pytest.mark.parametrize("misuse", ["Y", "y", ""])
def test_no_command_can_answer_a_question(misuse: str, tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        await terminal.line()
        await terminal.say(b"WARNING!!!\r\nAre you sure? (Y/n)\r\nReally.\r\n")
        await terminal.byte()

    with Scripted(script, tmp_path) as server, server.connect() as line:
        with pytest.raises(UnknownQuestion) as caught:
            line.send_command("database cluster remove", read_timeout=0.3)
        assert "Are you sure? (Y/n)" in caught.value.text
        with pytest.raises(ConnectionLost):
            line.send_command(misuse)
        with pytest.raises(DialogueError):
            line.send_command(misuse, expect_string="sure")
        assert bytes(server.heard) == b"database cluster remove\r"


def test_a_connection_that_ends_meanwhile_is_told_as_such(tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        await terminal.line()
        await terminal.say(b"half an out")
        terminal.drop()

    with Scripted(script, tmp_path) as server, server.connect() as line:
        with pytest.raises(ConnectionLost):
            line.command("pki list")
        assert not line.is_alive()


def test_an_endless_output_is_cut_off(tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        await terminal.line()
        await terminal.say(*[b"x" * 1000 + b"\r\n"] * (ANSWER_LIMIT // 1000 + 2))
        await terminal.byte()

    with Scripted(script, tmp_path) as server, server.connect() as line:
        with pytest.raises(DialogueError) as caught:
            line.command("log")
        assert caught.value.code == "too-much-output"
        assert not line.is_alive()


@pytest.mark.parametrize(("command", "limit"), [("log", ANSWER_LIMIT), ("pki list", LONG_ANSWER_LIMIT)])
def test_a_large_output_comes_whole(command: str, limit: int, tmp_path: Path) -> None:
    lines = "".join(f"line {number:012}\r\n" for number in range(limit // 20)).encode()
    with Scripted(answering({command: lines}), tmp_path) as server, server.connect() as line:
        assert line.command(command) == lines.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("pieces", [1, 7, 5000])
def test_a_line_without_end_is_cut_as_it_arrives_and_told(pieces: int, tmp_path: Path) -> None:
    reply = b"before\r\n" + b"x" * LINE_LIMIT + b"\r\n" + b"y" * (3 * LINE_LIMIT) + b"\r\nafter\r\n" + PROMPT
    heard: list[tuple[str, str]] = []

    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        await terminal.line()
        await terminal.say(*[reply[start : start + pieces] for start in range(0, len(reply), pieces)])
        await terminal.byte()

    recorder = lambda *said: heard.append(said)  # noqa: E731
    with Scripted(script, tmp_path) as server, server.connect(recorder=recorder) as line:
        said = line.command("log").split("\n")
    assert said == ["before", "x" * LINE_LIMIT, "y" * LINE_LIMIT + CUT, "after", ""]
    assert ("note", f"lines longer than {LINE_LIMIT} characters were cut: 1") in heard


@pytest.mark.parametrize("said", [b"This service allows sftp connections only.\r\n", b"\x1b[1mNo shell\x1b[0m here"])
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_an_account_without_a_command_line_is_told_with_the_nodes_words(
    said: bytes, stream: str, tmp_path: Path
) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(said, stream=stream)

    with Scripted(script, tmp_path) as server, pytest.raises(ConnectError) as caught:
        server.connect()
    assert caught.value.code == "no-shell"
    assert ("sftp connections only." in caught.value.message) or caught.value.message.endswith(
        "its last text was: No shell here"
    )
    assert "SFTP" in caught.value.advice


def test_a_session_that_ends_without_a_word_is_a_lost_connection(tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(b"\r\n")

    with Scripted(script, tmp_path) as server, pytest.raises(ConnectionLost):
        server.connect()


def test_escape_codes_nulls_and_bad_bytes(tmp_path: Path) -> None:
    reply = b"\x1b[1;31mred\x1b[0m\x00 \xff\xfe \xe2\x80\x8fx\x07\x1b]0;title\x07\r\n50%\r100%\r\n"
    with Scripted(answering({"a": reply}), tmp_path) as server, server.connect() as line:
        assert line.command("a") == "red \ufffd\ufffd \u200fx\n100%\n"


@pytest.mark.parametrize(
    "reply",
    [
        "Unknown command: foo\r\n",
        "ERROR: Cannot change certificates when clustering enabled.\r\n  Disable clustering on this node first\r\n",
        "Usage:\r\n  backup snapshot <name>\r\n  backup list\r\n",
        "....\r\nERROR: no space left\r\n",
    ],
)
def test_a_refusal_is_an_error_with_the_devices_text(reply: str, tmp_path: Path) -> None:
    with Scripted(answering({"foo": reply.encode()}), tmp_path) as server, server.connect() as line:
        with pytest.raises(CommandRefused) as caught:
            line.command("foo")
        assert caught.value.text == reply.replace("\r\n", "\n")
        assert line.send_command("foo") == reply.replace("\r\n", "\n").removesuffix("\n")
        assert line.is_alive()


@pytest.mark.parametrize("label", ["ERROR                 ", "ERROR ", "ERROR"])
def test_a_status_that_reports_an_error_is_no_refusal(label: str, tmp_path: Path) -> None:
    reply = f"{label}: the replica is gone\r\nStatus                 : Error\r\n"
    with Scripted(answering({"database cluster status": reply.encode()}), tmp_path) as server, server.connect() as line:
        assert "the replica is gone" in line.command("database cluster status")


@pytest.mark.parametrize("line_to_send", ["a\rb", "a\nY", "tab\t", "\x03"])
def test_a_command_is_one_plain_line(line_to_send: str, tmp_path: Path) -> None:
    with Scripted(answering({}), tmp_path) as server, server.connect() as line:
        with pytest.raises(DialogueError) as caught:
            line.command(line_to_send)
        assert caught.value.code == "bad-command"
        assert not server.heard


def test_the_recorder_hears_everything_once_and_no_secret(tmp_path: Path) -> None:
    heard: list[tuple[str, str]] = []
    reply = b"Username  : admin\r\nPassword                : Example.123\r\n"
    with (
        Scripted(answering({"turn": reply}), tmp_path) as server,
        server.connect(recorder=lambda direction, text: heard.append((direction, text))) as line,
    ):
        output = line.command("turn")
    assert heard == [("sent", "turn"), ("received", output)]
    assert output == "Username  : admin\nPassword                : [redacted]\n"


def test_nothing_is_sent_to_find_out_whether_a_session_lives(tmp_path: Path) -> None:
    with Scripted(answering({}), tmp_path) as server:
        line = server.connect()
        assert line.is_alive()
        line.disconnect()
        assert not line.is_alive()
        assert not server.heard


def test_netmiko_and_nornir_know_the_platform(tmp_path: Path) -> None:
    register()
    register()
    ConnectionPluginRegister.auto_register()
    with Scripted(answering({"pki list": LIST}), tmp_path) as server:
        arguments = server.arguments()
        with ConnectHandler(device_type="cisco_cms", **arguments) as line:
            assert str(line.send_command_timing("pki list")).endswith("tac.key")
        extras = {key: arguments[key] for key in ("alt_key_file", "quiet_seconds")}
        host = Host(
            "cms2",
            HOST,
            server.port,
            USER,
            PASSWORD,
            "cisco_cms",
            connection_options={"netmiko": ConnectionOptions(extras=extras)},
        )
        nornir = Nornir(Inventory(Hosts({"cms2": host}), Groups(), Defaults()), runner=ThreadedRunner(num_workers=1))
        with nornir:
            result = nornir.run(task=netmiko_send_command, command_string="pki list")
    assert not result.failed, result["cms2"].exception
    assert result["cms2"][0].result.endswith("tac.key")


def test_init_nornir_alone_makes_netmiko_know_the_platform(tmp_path: Path) -> None:
    (tmp_path / "hosts.yaml").write_text("{}")
    code = (
        "from nornir import InitNornir\n"
        "InitNornir(logging={'enabled': False}, inventory={'options': {'host_file': 'hosts.yaml'}})\n"
        "from netmiko.ssh_dispatcher import platforms, CLASS_MAPPER\n"
        "print('cisco_cms' in platforms, CLASS_MAPPER['cisco_cms'].__name__)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=os.environ, capture_output=True, text=True, check=False
    )
    assert run.stdout == "True CiscoCms\n", run.stderr
