"""The interactive shell: echo, scrolling, wrapping, questions."""

from __future__ import annotations

import pytest

from tests.support.lab import Lab
from tests.support.lab_client import Client, settled

LONG = "database cluster certs dbclusterserver.key dbclusterserver.cer dbclusterclient.key dbclusterclient.cer CAVD.cer"
REMOVE = "database cluster remove"


def test_echoes_each_key_and_prints_the_prompt_again_on_empty_enter(lab: Lab) -> None:
    with Client(lab(), "lon-1") as client:
        shell = client.shell()
        assert shell.greeting == "lon-1> "
        shell.send("\r")
        assert shell.read() == "\r\nlon-1> "
        shell.send("pki li")
        assert shell.read("pki li") == "pki li"


def test_line_feed_is_enter_too_so_both_are_two(lab: Lab) -> None:
    with Client(lab(), "lon-1") as client:
        shell = client.shell()
        shell.send("hostname\r\n")
        assert shell.read("lon-1> \r\nlon-1> ") == "hostname\r\nlon-1\r\nlon-1> \r\nlon-1> "


def test_long_line_scrolls_sideways(lab: Lab) -> None:
    with Client(lab(), "lon-1") as client:
        shell = client.shell(width=80)
        shell.send(LONG + "\r")
        echo, _, output = shell.read().partition("\r\n")
        last = echo.rsplit("\r", 1)[1]
        assert last == ("lon-1> " + LONG[-(79 - len("lon-1> ")) :])
        assert len(last) == 79
        assert LONG not in echo
        assert output.startswith("ERROR: Cannot change certificates when clustering enabled.\r\n  Disable")


def test_long_line_is_echoed_whole_on_a_wide_terminal(lab: Lab) -> None:
    with Client(lab(), "lon-1") as client:
        shell = client.shell(width=500)
        shell.send(LONG + "\r")
        assert shell.read().partition("\r\n")[0] == LONG


def test_editing_keys(lab: Lab) -> None:
    with Client(lab(), "lon-1") as client:
        shell = client.shell()
        assert shell.run("hostnames\x7f") == "lon-1\n"
        assert shell.run("nonsense\x15hostname") == "lon-1\n"
        shell.send("database cluster rem\x03")
        assert shell.read() == "database cluster rem^C\r\nlon-1> "
        assert not client.fleet.log.select("command", text="database")


@pytest.mark.parametrize(
    ("width", "wrap", "wrapped"),
    [(80, "width", True), (500, "width", False), (500, "always", True), (80, "never", False)],
)
def test_messages_are_wrapped_in_the_middle_of_words(lab: Lab, width: int, wrap: str, wrapped: bool) -> None:
    with Client(lab("disabled", wrap=wrap), "lon-1") as client:
        shell = client.shell(width=width)
        shell.send("database cluster initialize\r")
        text = shell.read(".\r\n")
        assert ("version of the data\r\nbase in the new cluster.\r\n" in text) is wrapped


@pytest.mark.parametrize("answer", ["y", "\r", "\n", "n", "\x03", " "])
def test_anything_but_capital_y_does_nothing(lab: Lab, answer: str) -> None:
    fleet = lab()
    with Client(fleet, "lon-2") as client:
        shell = client.shell()
        shell.ask(REMOVE)
        shell.send(answer)
        assert shell.read().strip() in ("lon-2>", f"{answer.strip()}\r\nlon-2>")
        assert not fleet.log.select("accepted")
        assert "Enabled" in shell.run("database cluster status")


def test_the_line_feed_after_a_command_answers_its_question(lab: Lab) -> None:
    fleet = lab()
    with Client(fleet, "lon-2") as client:
        shell = client.shell()
        shell.send(REMOVE + "\r\n")
        shell.read()
        shell.send("Y\r")
        assert shell.read() == "Y\r\nUnknown command: Y\r\nlon-2> "
        assert [event.text for event in fleet.log.select("answer")] == [""]
        assert not fleet.log.select("accepted")


def test_capital_y_alone_goes_on_and_enter_is_one_prompt_more(lab: Lab) -> None:
    fleet = lab(remove_seconds=0.2)
    with Client(fleet, "lon-2") as client:
        shell = client.shell()
        shell.ask(REMOVE)
        shell.send("Y")
        assert shell.read() == "Y\r\nPlease wait...\r\nRemove started...\r\nlon-2> "
        shell.send("\r")
        assert shell.read() == "\r\nlon-2> "
        assert shell.run("database cluster status").startswith(
            "Status                : Disabling (Started 0 seconds ago)\n\nNodes:\nNode in use           : None\n"
        )
        assert [event.text for event in fleet.log.select("accepted")] == [REMOVE]


def test_where_enter_is_needed_y_alone_waits(lab: Lab) -> None:
    fleet = lab(enter_after_y=True, echo_y=False)
    with Client(fleet, "lon-2") as client:
        shell = client.shell()
        shell.ask(REMOVE)
        shell.send("Y")
        shell.channel.settimeout(0.1)
        with pytest.raises(TimeoutError):
            shell.read()
        assert not fleet.log.select("accepted")
        shell.channel.settimeout(10)
        shell.send("\r")
        assert shell.read() == "\r\nPlease wait...\r\nRemove started...\r\nlon-2> "


@pytest.mark.parametrize(
    ("after_y", "printed"),
    [("nothing", ""), ("wait", "Please wait...\r\n"), ("started", "Please wait...\r\nInitialize started...\r\n")],
)
def test_what_follows_y(lab: Lab, after_y: str, printed: str) -> None:
    with Client(lab("disabled", after_y=after_y), "lon-1") as client:
        shell = client.shell()
        assert shell.confirm("database cluster initialize") == f"Y\r\n{printed}lon-1> "


def test_status_may_be_the_old_one_for_a_while(lab: Lab) -> None:
    fleet = lab(stale_seconds=0.3, remove_seconds=0.0)
    with Client(fleet, "lon-2") as client:
        shell = client.shell()
        before = shell.run("database cluster status")
        shell.confirm(REMOVE)
        settled(fleet, "lon-2")
        assert shell.run("database cluster status") == before
        while shell.run("database cluster status") == before:
            pass
        assert "Last command           : 'database cluster remove' (Success)" in shell.run("database cluster status")


def test_line_ends_escape_sequences_domain_and_greeting(lab: Lab) -> None:
    fleet = lab(line_end="\n", ansi=True, domain=".example.com", greeting="Welcome to the CMS")
    with Client(fleet, "lon-1") as client:
        shell = client.shell()
        assert shell.greeting == "Welcome to the CMS\n\x1b[0mlon-1.example.com> "
        shell.send("hostname\r")
        assert shell.read() == "hostname\nlon-1.example.com\n\x1b[0mlon-1.example.com> "


@pytest.mark.parametrize("word", ["exit", "quit"])
def test_exit_closes(lab: Lab, word: str) -> None:
    with Client(lab(), "lon-1") as client:
        shell = client.shell()
        shell.send(f"{word}\r")
        with pytest.raises(EOFError):
            shell.read()


def test_incomplete_and_unknown_commands(lab: Lab) -> None:
    with Client(lab(unknown=frozenset({"turn", "date"})), "lon-1") as client:
        shell = client.shell()
        assert shell.run("backup") == "Usage:\n  backup snapshot <name>\n  backup rollback <name>\n  backup list\n"
        assert shell.run("database cluster").startswith("Usage:\n  database cluster status\n")
        for word in ("turn", "date", "nonsense"):
            assert shell.run(word) == f"Unknown command: {word}\n"
        assert shell.run("version") == "3.9.1\n"
        assert shell.run("callbridge").startswith("Listening interfaces  : a\n")


def test_accounts_are_listed_padded_or_bare(lab: Lab) -> None:
    with Client(lab(nodes={"lon-2": {"user_list": "bare", "password_ends": "2017-Nov-05"}}), "lon-1") as client:
        first, *rest = client.shell().run("user list").splitlines()
        assert first.split() == ["USERNAME", "ROLE", "PASSWORD", "EXPIRY", "LOGGED", "IN"]
        assert [row.split() for row in rest] == [
            ["monitor", "audit", "2020-Apr-02", "no"],
            ["admin", "admin", "10000-Dec-31", "yes"],
        ]
        assert client.shell().run("user").startswith("Usage:\n")
        with Client(client.fleet, "lon-2") as other:
            assert other.shell().run("user list") == (
                "USERNAME ROLE PASSWORD EXPIRY LOGGED IN\nmonitor audit 2020-Apr-02 no\nadmin admin 2017-Nov-05 yes\n"
            )


def test_an_account_that_may_do_nothing_is_answered_as_if_no_command_were_known(lab: Lab) -> None:
    with Client(lab(may="nothing"), "lon-1") as client:
        shell = client.shell()
        for line in ("database cluster status", "pki list", "webadmin", "date", "user list", "backup list"):
            assert shell.run(line) == f"Unknown command: {line.split()[0]}\n"


def test_exec_has_no_echo_and_no_prompt_and_asks_on_its_input(lab: Lab) -> None:
    fleet = lab()
    with Client(fleet, "lon-2") as client:
        assert client.run("hostname") == "lon-2\n"
        question = client.run(REMOVE)
        assert question.endswith("procedure.\n")
        assert not fleet.log.select("accepted")
        assert client.run(REMOVE, b"Y") == question + "Please wait...\nRemove started...\n"
        settled(fleet, "lon-2")
        assert "'database cluster remove' (Success)" in client.run("database cluster status")


def test_channels_that_follow_too_fast_are_refused(lab: Lab) -> None:
    import paramiko

    with Client(lab(channel_gap=30.0), "lon-1") as client:
        assert client.run("hostname") == "lon-1\n"
        with pytest.raises(paramiko.ChannelException):
            client.run("hostname")


def test_so_many_further_channels_are_refused_however_late_they_come(lab: Lab) -> None:
    import paramiko

    with Client(lab(channel_refusals=2), "lon-1") as client:
        for _ in range(2):
            assert client.run("hostname") == "lon-1\n"
            for _ in range(2):
                with pytest.raises(paramiko.ChannelException):
                    client.run("hostname")
