"""Netmiko's calls and errors, as those who write runbooks know them."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from netmiko import (
    ConnectHandler,
    NetmikoAuthenticationException,
    NetmikoTimeoutException,
    ReadException,
    ReadTimeout,
    redispatch,
)
from netmiko.exceptions import ConfigInvalidException, NetmikoParsingException

from mmpctl.device.platform import register
from mmpctl.device.seam import KNOWN
from mmpctl.errors import (
    AuthenticationError,
    ConnectError,
    ConnectionLost,
    DialogueError,
    HostKeyError,
    MmpError,
    NoPrompt,
    ParseError,
    UnknownQuestion,
    UsageError,
)
from tests.support.scripted import PROMPT, Scripted, Terminal, answering, wait_for_arrival

LIST = b"User supplied certificates and keys:\r\ntac.key\r\n"
REPLIES = {"pki list": LIST, "date": b""}
SAID = "User supplied certificates and keys:\ntac.key"
QUESTION = b"WARNING!!!\r\nAre you sure you wish to remove this node from the database cluster? (Y/n)\r\n"
OWN_WAY: dict[str, Any] = {
    "delay_factor": 2.0,
    "max_loops": 10,
    "auto_find_prompt": False,
    "normalize": False,
    "cmd_verify": False,
}


def rows_of(answer: str | list[Any] | dict[str, Any]) -> list[list[dict[str, Any]]]:
    """What Netmiko makes of a TTP template, whose form depends on the template."""
    assert isinstance(answer, list)
    return answer


@pytest.fixture(autouse=True)
def _registered() -> None:
    register()


def test_what_a_call_returns_has_no_line_end_behind_it(tmp_path: Path) -> None:
    with Scripted(answering(REPLIES), tmp_path) as server, server.connect() as line:
        assert line.send_command("pki list") == SAID
        assert line.send_command_timing("pki list") == SAID
        assert line.send_command("pki list", strip_prompt=False, strip_command=False) == f"pki list\n{SAID}\ncms2>"
        assert line.send_command("pki list", r"cms2>") == SAID
        assert line.send_command("date") == ""
        assert line.send_multiline(["pki list", "date"]) == f"pki list\n{SAID}\ncms2>date\ncms2>"
        assert line.send_multiline([["pki list", ""], ["date", r">"]]) == f"pki list\n{SAID}\ncms2>date\ncms2>"
        assert line.send_multiline_timing(["date"]) == "date\ncms2>"


def test_unknown_options_are_errors(tmp_path: Path) -> None:
    with Scripted(answering(REPLIES), tmp_path) as server, server.connect() as line:
        for call in (line.send_command, line.send_command_timing, line.send_config_set):
            with pytest.raises(TypeError, match="read_timout"):
                call("pki list", read_timout=3)  # type: ignore[call-arg]  # the misspelt name is the question
        assert not server.heard


@pytest.mark.parametrize("option", OWN_WAY)
def test_options_without_effect_warn_where_they_are_given(option: str, tmp_path: Path) -> None:
    with Scripted(answering(REPLIES), tmp_path) as server, server.connect() as line:
        with pytest.warns(UserWarning, match=f"send_command: {option} has no effect on cisco_cms: ") as caught:
            assert line.send_command("pki list", **{option: OWN_WAY[option]}) == SAID
        # What other tests have left to be collected may warn at any moment; this is the one warning of its kind.
        assert [each.filename for each in caught if each.category is UserWarning] == [__file__]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            line.send_command("pki list", read_timeout=20, strip_prompt=True)
            line.send_command_timing("pki list")
            line.send_multiline(["pki list"])


def test_what_is_expected_must_be_the_prompt(tmp_path: Path) -> None:
    with Scripted(answering(REPLIES), tmp_path) as server, server.connect() as line:
        with pytest.raises(DialogueError, match="ends at the prompt cms2> only") as caught:
            line.send_command("database cluster remove", expect_string=r"\(Y/n\)")
        assert caught.value.code == "bad-command" and not server.heard


def test_what_the_device_has_not_is_not_sent(tmp_path: Path) -> None:
    with Scripted(answering(REPLIES), tmp_path) as server, server.connect() as line:
        for call in (
            line.disable_paging,
            line.set_terminal_width,
            line.enable,
            line.exit_enable_mode,
            line.config_mode,
        ):
            assert call() == ""
        assert line.exit_config_mode() == "" and line.check_enable_mode()
        assert not server.heard
        assert line.set_base_prompt() == "cms2" and line.base_prompt == "cms2"
        assert line.send_command_expect("pki list") == SAID


def test_commands_of_a_configuration_are_sent_one_by_one(tmp_path: Path) -> None:
    replies = REPLIES | {"dns add 127.0.0.53": b"", "foo": b"Unknown command: 'foo'\r\n"}
    with Scripted(answering(replies), tmp_path) as server, server.connect() as line:
        assert line.check_config_mode()
        said = line.send_config_set(["dns add 127.0.0.53", "foo"])
        assert said == "dns add 127.0.0.53\ncms2>\nfoo\nUnknown command: 'foo'\ncms2>"
        with pytest.raises(ConfigInvalidException, match="foo"):
            line.send_config_set(["foo", "date"], error_pattern="Unknown command")
        assert not bytes(server.heard).endswith(b"date\r")
        assert line.send_config_set() == ""
        with pytest.warns(UserWarning, match="send_config_set: exit_config_mode has no effect"):
            line.send_config_set("date", exit_config_mode=False)


def test_after_something_was_written_by_hand_the_next_command_says_so_and_how_to_go_on(tmp_path: Path) -> None:
    with Scripted(answering(REPLIES), tmp_path) as server, server.connect() as line:
        line.write_channel("pki list\r")
        with pytest.raises(DialogueError) as caught:
            line.send_command("date")
        assert caught.value.code == "written-by-hand"
        assert "written to this session by hand" in caught.value.message
        assert "find_prompt()" in caught.value.advice
        assert "tac.key" in line.read_until_pattern(r"cms2>")
        assert line.is_alive() and b"date" not in server.heard
        assert line.find_prompt() == "cms2>"
        assert line.send_command("pki list") == SAID


def test_the_way_back_reads_away_what_nobody_has_read(tmp_path: Path) -> None:
    with Scripted(answering(REPLIES), tmp_path) as server, server.connect() as line:
        line.write_channel("pki list\r")
        assert line.find_prompt() == "cms2>"
        assert line.send_command("date") == ""


def test_the_way_back_presses_nothing_at_a_question(tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        command = await terminal.line(echo=False)
        # Echo and question in one packet: how soon one follows the other is not the question here.
        await terminal.say(command + b"\r\n" + QUESTION)
        await terminal.byte()

    with Scripted(script, tmp_path) as server, server.connect() as line:
        line.write_channel("database cluster remove\r")
        wait_for_arrival(line)
        with pytest.raises(UnknownQuestion, match="nothing was pressed") as caught:
            line.find_prompt()
        assert "Are you sure" in caught.value.text
        with pytest.raises(DialogueError):
            line.send_command("date")
        assert bytes(server.heard) == b"database cluster remove\r"


def test_a_session_of_another_platform_is_not_taken_over(tmp_path: Path) -> None:
    with Scripted(answering(REPLIES), tmp_path) as server:
        arguments = server.arguments()
        for own in ("alt_key_file", "quiet_seconds"):
            arguments.pop(own)
        with ConnectHandler(device_type="terminal_server", **arguments) as line:
            with pytest.raises(DialogueError) as caught:
                redispatch(line, "cisco_cms")
            assert caught.value.code == "redispatched"
            assert "opened as another platform" in caught.value.message and "host key" in caught.value.advice
            for call in (lambda: line.send_command("date"), line.find_prompt, lambda: line.write_channel("date\r")):
                with pytest.raises(DialogueError, match="opened as another platform"):
                    call()
            assert not line.is_alive()
        assert b"date" not in server.heard


def test_a_session_becomes_none_of_another_platform(tmp_path: Path) -> None:
    with Scripted(answering(REPLIES), tmp_path) as server, server.connect() as line:
        with pytest.raises(DialogueError, match="cannot become one of another platform") as caught:
            redispatch(line, "linux")
        assert caught.value.code == "redispatched"
        assert line.send_command("pki list") == SAID


def test_a_refused_login_is_netmikos_too(tmp_path: Path) -> None:
    with Scripted(answering(REPLIES), tmp_path) as server:
        with pytest.raises(NetmikoAuthenticationException) as caught:
            ConnectHandler(device_type="cisco_cms", **server.arguments(password="wrong"))
        assert isinstance(caught.value, AuthenticationError) and caught.value.advice


@pytest.mark.parametrize("changes", [{"port": 1}, {"host": "nowhere.invalid"}, {"alt_key_file": "/none/known_hosts"}])
def test_a_failed_connection_is_netmikos_too(changes: dict[str, Any], tmp_path: Path) -> None:
    with Scripted(answering(REPLIES), tmp_path) as server:
        with pytest.raises(NetmikoTimeoutException) as caught:
            ConnectHandler(device_type="cisco_cms", **server.arguments(**changes))
        assert isinstance(caught.value, ConnectError) and caught.value.advice
        if "alt_key_file" in changes:
            assert isinstance(caught.value, HostKeyError)


def test_a_prompt_that_does_not_come_is_netmikos_too(tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        while True:
            await terminal.line()
            await terminal.say(b"half an out")

    with Scripted(script, tmp_path) as server:
        with server.connect() as line, pytest.raises(ReadTimeout) as late:
            line.send_command("pki list", read_timeout=0.2)
        assert isinstance(late.value, NoPrompt)


def test_a_session_that_is_lost_is_netmikos_too(tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        await terminal.line()
        terminal.drop()

    with Scripted(script, tmp_path) as server, server.connect() as line:
        with pytest.raises(ReadException) as lost:
            line.send_command("pki list")
        assert isinstance(lost.value, ConnectionLost) and isinstance(lost.value, NetmikoTimeoutException)


def test_every_error_of_a_connection_has_its_twin() -> None:
    def below(kind: type[MmpError]) -> set[type[MmpError]]:
        return {kind}.union(*(below(each) for each in kind.__subclasses__()))

    ours = {kind for root in (ConnectError, NoPrompt, UnknownQuestion, ParseError) for kind in below(root)}
    assert {kind for kind in ours if kind.__module__.startswith("mmpctl.")} == {*KNOWN, *KNOWN.values()}
    for kind, twin in KNOWN.items():
        assert issubclass(twin, kind)
        more = {UnknownQuestion: {"text": "sure?"}, ParseError: {"command": "pki list"}}.get(kind, {})
        error = twin("it happened", node="lon-1", **more)
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
        assert (type(again), str(again), again.node) == (twin, str(error), "lon-1")


STATUS = (
    b"Status                 : Enabled\r\nNodes:\r\n  10.0.0.1 (me)       : Connected Master\r\n"
    b"  10.0.0.2            : Connected Slave ( In Sync )\r\nNode in use            : 10.0.0.1\r\n\r\n"
    b"Interface              : a\r\n\r\nCertificates\r\n  Server Key           : a.key\r\n"
    b"  Server Certificate   : a.cer\r\n  Client Key           : b.key\r\n  Client Certificate   : b.cer\r\n"
    b"  CA Certificate       : ca.cer\r\n\r\nLast command           : 'database cluster initialize' (Success)\r\n"
)


def test_templates_give_rows(tmp_path: Path) -> None:
    replies = REPLIES | {"database cluster status": STATUS}
    with Scripted(answering(replies), tmp_path) as server, server.connect() as line:
        assert line.send_command("pki list", use_ttp=True) == [[{"files": ["tac.key"]}]]
        [[row]] = rows_of(line.send_command("database cluster status", use_ttp=True))
        assert row["nodes"][1] == {"address": "10.0.0.2", "me": False, "state": "Connected Slave ( In Sync )"}
        assert row["last_result"] == "Success"
        [[row]] = rows_of(line.send_command_timing("database cluster status", use_ttp=True, strip_command=False))
        assert row["status"] == "Enabled"
        # The templates themselves, by their path: a record for each line.
        template = files("mmpctl") / "templates/ttp/database_cluster_status.ttp"
        [[rows]] = rows_of(line.send_command("database cluster status", use_ttp=True, ttp_template=str(template)))
        assert {"address": "10.0.0.2", "state": "Connected Slave ( In Sync )"} in rows["lines"]
        assert not [record for record in rows["lines"] if "unclaimed" in record]


def test_what_no_template_claims_comes_as_text_or_as_an_error(tmp_path: Path) -> None:
    replies = REPLIES | {"pki list": b"something else\r\n"}
    with Scripted(answering(replies), tmp_path) as server, server.connect() as line:
        assert line.send_command("pki list", use_ttp=True) == "something else"
        with pytest.raises(NetmikoParsingException) as caught:
            line.send_command("pki list", use_ttp=True, raise_parsing_error=True)
        assert isinstance(caught.value, ParseError)
        with pytest.raises(UsageError, match="cannot be parsed"):
            line.send_command("date now", use_ttp=True)


def test_a_script_without_nornir_needs_one_call() -> None:
    said = subprocess.run(
        [sys.executable, "-c", ALONE], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert said.stdout == "True True\nTrue True\nTrue True\nTrue True\n", said.stderr


ALONE = """
from mmpctl.device.platform import register
register()
register()
from netmiko.ssh_dispatcher import CLASS_MAPPER, FILE_TRANSFER_MAP, platforms, scp_platforms
for known in (platforms, CLASS_MAPPER, FILE_TRANSFER_MAP, scp_platforms):
    print("cisco_cms" in known, "cisco_cms_ssh" in known)
"""
