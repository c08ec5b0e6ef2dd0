"""Questions and answers, over real SSH against scripts: only the whole expected question gets its `Y`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmpctl.device.dialogue import Confirmed
from mmpctl.device.platform import CiscoCms
from mmpctl.device.questions import Question
from mmpctl.errors import (
    CommandRefused,
    ConnectionLost,
    DialogueError,
    MmpError,
    NoPrompt,
    OutcomeUnknown,
    UnknownQuestion,
)
from tests.support.scripted import PROMPT, Script, Scripted, Terminal, answering, wait_for_arrival
from tests.support.silence import QUIET_SECONDS, silences

RESTART = "The callbridge and web administration will restart at the end of this procedure."
REMOVE = f"""WARNING!!!
Are you sure you wish to remove this node from the current cluster? (Y/n)
The current contents of this node's database will become the running local database.
This node will lose all knowledge of the rest of the cluster.
{RESTART}"""
INITIALIZE = f"""WARNING!!!
Are you sure you wish to initialize this node as a new database cluster? (Y/n)
The contents of this node's database will become the master version of the database in the new cluster.
{RESTART}"""
JOIN = f"""WARNING!!!
Are you sure you wish to join this node to an existing database cluster? (Y/n)
The contents of this node's database will be destroyed!
{RESTART}"""
CONNECT = f"""WARNING!!!
Are you sure you wish to connect this node to an existing database cluster? (Y/n)
{RESTART}"""
NOTE = "NOTE: This node is already in a cluster.\nKnowledge of all nodes in the old cluster will be removed"
STARTED = b"Please wait...\r\nRemove started...\r\n"
REMOVED = Confirmed(REMOVE, STARTED.decode().replace("\r\n", "\n"))
LINE = "database cluster remove"
QUIET: dict[str, Any] = {"quiet_seconds": QUIET_SECONDS}


def wire(text: str) -> bytes:
    """A text as the terminal shows it."""
    return text.replace("\n", "\r\n").encode() + b"\r\n"


def hard_wrapped(text: str) -> str:
    """Broken at 79 columns, in the middle of words, as the device does."""
    return "\n".join(part for line in text.split("\n") for part in (line[i : i + 79] for i in range(0, len(line), 79)))


def asking(
    *question: bytes, after: bytes = STARTED, pause: float = 0.02, enter: bool = True, echo: bytes = b"Y\r\n"
) -> Script:
    """A device that asks, wants `Y` (and Enter), and then works on."""

    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        await terminal.line()
        await terminal.say(*question, pause=pause)
        answer = await terminal.byte()
        if enter:
            await terminal.byte()
        await terminal.say(echo + (after if answer == b"Y" else b"") + PROMPT)
        while True:
            line = await terminal.line(echo=False)
            await terminal.say(line + b"\r\n" + (b"tac.key\r\n" if line else b"") + PROMPT)

    return script


@pytest.mark.parametrize("enter", [True, False], ids=["Enter wanted", "Enter not wanted"])
@pytest.mark.parametrize("echo", [b"Y\r\n", b"\r\n", b"", b"Y"], ids=repr)
def test_the_answer_is_right_whatever_the_device_wants_after_it(echo: bytes, enter: bool, tmp_path: Path) -> None:
    if echo == b"Y":
        script = asking(wire(REMOVE), echo=echo, enter=enter, after=b"")
    else:
        script = asking(wire(REMOVE), echo=echo, enter=enter)
    with Scripted(script, tmp_path) as server, server.connect() as line:
        done = line.ask(LINE, "remove")
        assert done.question.strip() == REMOVE
        assert done.output.strip().endswith("" if echo == b"Y" else "Remove started...")
        assert line.command("pki list") == "tac.key\n"
        assert bytes(server.heard) == LINE.encode() + b"\rY\rpki list\r"


def test_a_device_without_echo_shows_the_second_prompt_beside_the_first(tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        await terminal.line(echo=False)
        await terminal.say(wire(REMOVE))
        await terminal.byte()
        await terminal.say(STARTED + PROMPT)
        while True:
            line = await terminal.line(echo=False)
            await terminal.say((b"tac.key\r\n" if line else b"") + PROMPT)

    with Scripted(script, tmp_path) as server, server.connect() as line:
        assert line.ask(LINE, "remove", deadline=5.0).output.strip().endswith("Remove started...")
        assert line.command("pki list") == "tac.key\n"
        assert bytes(server.heard) == LINE.encode() + b"\rY\rpki list\r"


@pytest.mark.parametrize(
    ("operation", "question", "client"),
    [
        ("remove", REMOVE, False),
        ("remove", REMOVE, True),
        ("initialize", INITIALIZE, False),
        ("initialize", INITIALIZE.replace("master", "primary"), False),
        ("join", JOIN, False),
        ("connect", CONNECT, True),
        ("remove", REMOVE.replace("The current contents of this node's database will become the running", "A"), True),
        ("remove", hard_wrapped(REMOVE), False),
        ("initialize", hard_wrapped(INITIALIZE), False),
        ("join", "\n" + JOIN + "\n\n", False),
    ],
)
def test_the_expected_questions_are_answered(operation: str, question: str, client: bool, tmp_path: Path) -> None:
    asked: list[str] = []
    command = f"database cluster {operation}"
    with Scripted(asking(wire(question)), tmp_path) as server, server.connect() as line:
        line.ask(command, operation, client=client, before_answer=asked.append)
        assert bytes(server.heard).startswith(command.encode() + b"\rY")
    assert len(asked) == 1
    assert asked[0].strip() == question.strip()


@pytest.mark.parametrize(
    ("operation", "question", "client"),
    [
        ("join", f"{JOIN}\n{NOTE}", False),
        ("join", f"{JOIN}\nThe disk will be formatted.", False),
        ("join", JOIN.replace("destroyed", "erased"), False),
        ("join", INITIALIZE, False),
        ("remove", JOIN, False),
        ("remove", JOIN, True),
        ("remove", CONNECT, True),
        ("connect", CONNECT, False),
        ("connect", f"{CONNECT}\n{NOTE}", True),
        ("connect", f"{CONNECT}\nThe contents of this node's database will be destroyed!", True),
        ("connect", CONNECT.replace("connect this", "disconnect this"), True),
        ("connect", CONNECT.replace("connect this", "join this"), True),
        ("connect", CONNECT.replace("WARNING!!!", "CAUTION"), True),
        ("remove", REMOVE.replace("remove this node", "remove this node and initialize it"), True),
        ("remove", REMOVE.replace("Y/n", "yes/no"), False),
        ("initialize", "Are you sure? (Y/n)", False),
    ],
)
def test_no_other_question_is_answered(operation: str, question: str, client: bool, tmp_path: Path) -> None:
    asked: list[str] = []
    command = f"database cluster {operation}"
    with Scripted(asking(wire(question)), tmp_path) as server, server.connect() as line:
        with pytest.raises(UnknownQuestion) as caught:
            line.ask(command, operation, client=client, before_answer=asked.append)
        assert caught.value.text.strip() == question
        assert "not answered" in caught.value.message
        assert ("already in a cluster" in caught.value.message) == (NOTE in question)
        assert not line.is_alive()
        assert bytes(server.heard) == command.encode() + b"\r"
    assert not asked


def on_order(terminals: list[Terminal], *question: bytes, pause: float = 0.0) -> Script:
    """A device that asks, and says the rest by order of the test."""

    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        await terminal.line()
        terminals.append(terminal)
        await terminal.say(*question, pause=pause)
        await terminal.byte()

    return script


def test_a_question_that_goes_on_after_its_question_mark_is_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminals: list[Terminal] = []
    script = on_order(terminals, *[wire(line) for line in JOIN.split("\n")])
    with Scripted(script, tmp_path) as server, server.connect(**QUIET) as line:
        more = [lambda each=each: server.play(terminals[0].say(wire(each))) for each in NOTE.split("\n")]
        with silences(monkeypatch, *more) as played, pytest.raises(UnknownQuestion) as caught:
            line.ask("database cluster join 10.1.1.1", "join")
        assert caught.value.text.strip() == f"{JOIN}\n{NOTE}"
        assert b"Y" not in server.heard
    # However late it comes in this time, it is heard.
    assert len(played.waits) == 3 and min(played.waits) >= 3 * QUIET_SECONDS


def test_the_wait_for_more_lines_grows_with_the_devices_own_pauses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminals: list[Terminal] = []
    script = on_order(terminals, *[wire(line) for line in JOIN.split("\n")], pause=0.1)
    # Three of these pauses are longer than the silence that a join has to be followed by without them.
    with Scripted(script, tmp_path) as server, server.connect(quiet_seconds=0.05) as line:
        note = (lambda: server.play(terminals[0].say(wire(NOTE))),)
        with silences(monkeypatch, *note) as played, pytest.raises(UnknownQuestion):
            line.ask("database cluster join 10.1.1.1", "join")
        assert b"Y" not in server.heard
    assert min(played.waits) >= 0.3


def test_a_question_may_come_byte_by_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [b"%c" % byte for byte in wire(REMOVE)]
    script = asking(*pieces, pause=0.001)
    with (
        Scripted(script, tmp_path) as server,
        server.connect(**QUIET) as line,
        silences(monkeypatch, is_whole=lambda text: text.endswith((f"{RESTART}\n", PROMPT.decode()))),
    ):
        assert line.ask(LINE, "remove").question.strip() == REMOVE


@pytest.mark.parametrize(
    "reply",
    [b"ERROR: Not in a cluster.\r\n", b"Unknown command: database\r\n", b"Usage:\r\n  database cluster\r\n"],
)
def test_a_prompt_instead_of_a_question_is_a_refusal(reply: bytes, tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        await terminal.line()
        await terminal.say(reply + PROMPT)
        await terminal.line()
        await terminal.say(b"tac.key\r\n" + PROMPT)

    with Scripted(script, tmp_path) as server, server.connect() as line:
        with pytest.raises(CommandRefused) as caught:
            line.ask(LINE, "remove")
        assert caught.value.text == reply.decode().replace("\r\n", "\n")
        assert line.command("pki list") == "tac.key\n"


@pytest.mark.parametrize("reply", [b"", STARTED], ids=["nothing said", "started"])
def test_a_device_that_does_not_ask_may_have_begun(reply: bytes, tmp_path: Path) -> None:
    with Scripted(answering({LINE: reply}), tmp_path) as server, server.connect() as line:
        with pytest.raises(OutcomeUnknown):
            line.ask(LINE, "remove")
        assert line.find_prompt() == "cms2>"
        assert b"Y" not in server.heard


@pytest.mark.parametrize("reply", [b"Please wait...\r\nRemove started...\r\n", b""])
def test_a_prompt_without_question_or_refusal_proves_nothing(reply: bytes, tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        await terminal.line()
        await terminal.say(reply + PROMPT)

    with (
        Scripted(script, tmp_path) as server,
        server.connect() as line,
        pytest.raises(OutcomeUnknown, match="may have started it"),
    ):
        line.ask(LINE, "remove")


def test_an_error_after_the_answer_may_be_about_anything(tmp_path: Path) -> None:
    script = asking(wire(REMOVE), after=b"ERROR: Not now.\r\n")
    with (
        Scripted(script, tmp_path) as server,
        server.connect() as line,
        pytest.raises(
            OutcomeUnknown, match=r"the device reported 'ERROR: Not now.' after it was confirmed; the command may be"
        ),
    ):
        line.ask(LINE, "remove")


def dropping(moment: str) -> Script:
    """A device that is gone at a moment of the dialogue."""

    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        await terminal.line()
        if moment == "after the command":
            return terminal.drop()
        if moment == "in the question":
            await terminal.say(wire(REMOVE)[:100], b"", pause=0.05)
            return terminal.drop()
        if moment == "after the question":
            await terminal.say(wire(REMOVE), b"", pause=0.05)
            return terminal.drop()
        await terminal.say(wire(REMOVE))
        await terminal.byte()
        if moment == "after Y":
            return terminal.drop()
        await terminal.byte()
        await terminal.say(b"Y\r\nPlease wait...\r\n", b"", pause=0.05)
        if moment == "before the prompt":
            return terminal.drop()
        await terminal.say(PROMPT, b"", pause=0.05)
        return terminal.drop()

    return script


@pytest.mark.parametrize("moment", ["after the command", "in the question", "after the question"])
def test_a_connection_lost_before_the_answer_confirmed_nothing(moment: str, tmp_path: Path) -> None:
    # Patience with the question, so that the line's end comes before it has any.
    with Scripted(dropping(moment), tmp_path) as server, server.connect(quiet_seconds=2.0) as line:
        with pytest.raises(ConnectionLost) as caught:
            line.ask(LINE, "remove")
        assert caught.value.code == "lost-before-answer"
        assert b"Y" not in server.heard


@pytest.mark.parametrize("moment", ["after Y", "before the prompt"])
def test_a_connection_lost_after_the_answer_leaves_the_outcome_open(moment: str, tmp_path: Path) -> None:
    with Scripted(dropping(moment), tmp_path) as server, server.connect() as line:
        with pytest.raises(OutcomeUnknown):
            line.ask(LINE, "remove")
        assert b"Y" in server.heard


def test_a_line_that_breaks_while_the_answer_is_written_leaves_the_outcome_open(tmp_path: Path) -> None:
    with Scripted(dropping("after Y"), tmp_path) as server, server.connect() as line, pytest.raises(OutcomeUnknown):
        # Writing to a socket that is gone: paramiko's error for that is an EOFError, which is no OSError.
        line.ask(LINE, "remove", before_answer=lambda _: break_line(line))


def test_a_line_that_breaks_before_a_command_is_written_is_told_as_such(tmp_path: Path) -> None:
    with Scripted(dropping("after Y"), tmp_path) as server, server.connect() as line:
        break_line(line)
        with pytest.raises(ConnectionLost):
            line.ask(LINE, "remove")
        assert not line.is_alive()


def break_line(line: CiscoCms) -> None:
    """Close the socket under the session."""
    assert line.remote_conn_pre is not None
    transport = line.remote_conn_pre.get_transport()
    assert transport is not None
    transport.sock.close()


def test_a_connection_lost_after_the_prompt_takes_nothing_from_the_answer(tmp_path: Path) -> None:
    with Scripted(dropping("at the end"), tmp_path) as server, server.connect() as line:
        assert line.ask(LINE, "remove").output == "Please wait...\n"
        with pytest.raises(ConnectionLost):
            line.command("pki list")


def test_a_timeout_after_the_answer_hides_a_success_and_says_so(tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        await terminal.line()
        await terminal.say(wire(REMOVE))
        await terminal.byte()
        await terminal.say(STARTED)
        await terminal.byte()
        await terminal.byte()

    with Scripted(script, tmp_path) as server, server.connect() as line:
        with pytest.raises(OutcomeUnknown) as caught:
            line.ask(LINE, "remove", deadline=0.6)
        assert "status" in caught.value.advice
        assert not line.is_alive()


@pytest.mark.parametrize(("said", "error"), [(wire(REMOVE)[:150], UnknownQuestion), (b"hm\r\n", NoPrompt)])
def test_a_question_that_never_ends_is_not_answered(said: bytes, error: type[MmpError], tmp_path: Path) -> None:
    with Scripted(asking(said), tmp_path) as server, server.connect() as line:
        with pytest.raises(error):
            line.ask(LINE, "remove", deadline=0.6)
        assert b"Y" not in server.heard


def test_an_endless_question_is_given_up(tmp_path: Path) -> None:
    with Scripted(asking(*[b"Are you sure? " * 100] * 20), tmp_path) as server, server.connect() as line:
        with pytest.raises(UnknownQuestion):
            line.ask(LINE, "remove", deadline=30)
        assert b"Y" not in server.heard


def test_a_journal_that_cannot_be_written_prevents_the_answer(tmp_path: Path) -> None:
    def full(question: str) -> None:
        raise OSError(28, "No space left on device")

    with Scripted(asking(wire(REMOVE)), tmp_path) as server, server.connect() as line:
        with pytest.raises(OSError, match="No space"):
            line.ask(LINE, "remove", before_answer=full)
        assert b"Y" not in server.heard
        assert not line.is_alive()


@pytest.mark.parametrize(
    ("late", "error"),
    [(wire(NOTE), UnknownQuestion), (b"\r\n" + PROMPT, UnknownQuestion), (b"", ConnectionLost)],
    ids=["more text", "the prompt", "the end"],
)
def test_what_comes_while_the_journal_is_written_prevents_the_answer(
    late: bytes, error: type[MmpError], tmp_path: Path
) -> None:
    waiting: list[Callable[[], None]] = []

    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        await terminal.line()
        waiting.append(lambda: server.play(terminal.say(late) if late else terminal.vanish()))
        await terminal.say(wire(REMOVE))
        await terminal.byte()

    with Scripted(script, tmp_path) as server, server.connect() as line:

        def slow_journal(question: str) -> None:
            waiting[0]()
            wait_for_arrival(line)

        with pytest.raises(error):
            line.ask(LINE, "remove", before_answer=slow_journal)
        assert b"Y" not in server.heard


def test_the_second_prompt_is_waited_for_and_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Where a terminal echoes by itself, the next command's echo would come before the late prompt: it would end it.
    terminals: list[Terminal] = []

    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        await terminal.line()
        terminals.append(terminal)
        await terminal.say(wire(REMOVE))
        await terminal.byte()
        await terminal.say(STARTED + PROMPT)
        await terminal.byte()
        await terminal.byte()

    with Scripted(script, tmp_path) as server, server.connect(**QUIET) as line:
        # The first silence is the one after the question.
        with silences(monkeypatch, None, lambda: server.play(terminals[0].say(b"\r\n" + PROMPT))) as played:
            assert line.ask(LINE, "remove").output.endswith("Remove started...\n")
        assert not played.events, "nobody waited for a second prompt"


def test_a_second_operation_follows_on_the_same_session(tmp_path: Path) -> None:
    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        for question in (REMOVE, INITIALIZE):
            await terminal.line()
            await terminal.say(wire(question))
            await terminal.byte()
            await terminal.say(STARTED + PROMPT)
            await terminal.byte()
            await terminal.say(b"\r\n" + PROMPT)

    with Scripted(script, tmp_path) as server, server.connect() as line:
        line.ask(LINE, "remove")
        assert line.ask("database cluster initialize", "initialize").question.strip() == INITIALIZE
        assert bytes(server.heard) == b"database cluster remove\rY\rdatabase cluster initialize\rY\r"


def test_a_second_byte_after_enter_would_answer_and_is_never_sent(tmp_path: Path) -> None:
    # The device takes any byte as its answer: `\n` after `\r` would already be one.
    with Scripted(asking(wire(REMOVE), enter=False), tmp_path) as server, server.connect() as line:
        assert line.ask(LINE, "remove").output.endswith("Remove started...\n")
        assert b"\n" not in server.heard


def test_a_reviewed_question_is_answered_and_the_others_still_are_not(tmp_path: Path) -> None:
    changed = REMOVE.replace("node", "member")
    reviewed = (Question("remove", changed, "ada", "2026-01-02"),)
    for operation, allowed in (("remove", True), ("join", False)):
        with Scripted(asking(wire(changed)), tmp_path) as server, server.connect() as line:
            if allowed:
                assert line.ask(LINE, operation, reviewed=reviewed).question.strip() == changed
            else:
                with pytest.raises(UnknownQuestion):
                    line.ask(LINE, operation, reviewed=reviewed)
            assert (b"Y" in server.heard) == allowed


def test_an_operation_must_be_one_of_the_table(tmp_path: Path) -> None:
    with Scripted(asking(wire(REMOVE)), tmp_path) as server, server.connect() as line:
        with pytest.raises(DialogueError):
            line.ask("backup rollback a", "rollback")
        assert not server.heard


def test_the_recorder_hears_question_and_answer_once(tmp_path: Path) -> None:
    heard: list[tuple[str, str]] = []
    with (
        Scripted(asking(wire(REMOVE)), tmp_path) as server,
        server.connect(recorder=lambda direction, text: heard.append((direction, text.strip()))) as line,
    ):
        line.ask(LINE, "remove")
    said = REMOVED.output.strip()
    assert heard == [("sent", LINE), ("received", REMOVE), ("sent", "Y"), ("received", said)]


def test_the_long_certs_line_runs_though_its_echo_is_scrolled(tmp_path: Path) -> None:
    names = "dbclusterserver.key dbclusterserver.cer dbclusterclient.key dbclusterclient.cer CAVD.cer"
    command = f"database cluster certs {names}"

    async def script(terminal: Terminal) -> None:
        await terminal.say(PROMPT)
        line = await terminal.line(echo=False)
        await terminal.say(b"\r" + PROMPT + line[-79:] + b"\r\nCertificates updated\r\n" + PROMPT)

    with Scripted(script, tmp_path) as server, server.connect() as line:
        assert line.command(command) == "Certificates updated\n"
