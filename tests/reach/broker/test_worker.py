"""A worker at a real broker carries what a desk asks: whatever dies, freezes or comes late, the desk is told."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmpctl.reach.answer_lines import Alive, End, Failure, Row, line_text
from mmpctl.reach.broker.mailbox import Mailbox
from mmpctl.reach.engine import Answer, Engine, Errand
from mmpctl.reach.lines.site_line import Bounds
from mmpctl.reach.sites_file import RemoteSite
from mmpctl.reach.verbs import AuditRequest
from mmpctl.times import now_utc
from tests.support import children
from tests.support.children import PATIENCE_SECONDS
from tests.support.desk import words_of
from tests.support.lab_client import until
from tests.support.rabbitmq import Broker, left_at, workers_at
from tests.support.site_host import descendants
from tests.support.site_lines import hello, row
from tests.support.site_worker import says, site_at, site_worker

# Each waits for what it has killed or frozen: all in `make prove`.
pytestmark = pytest.mark.prove

PATIENT = Bounds(PATIENCE_SECONDS, PATIENCE_SECONDS)
# For whoever is dead after its first row; long enough for that to come on a busy machine.
SHORT = Bounds(PATIENCE_SECONDS, 3.0)
WHOLE = (row("osl-1"), row("osl-2"), End(2))
ROOT = Path(__file__).parents[3]
# A desk as a process of its own; its standard output has the nodes that it has heard of.
DESK = """
import sys
from pathlib import Path
from mmpctl.reach.address import BrokerAddress
from mmpctl.reach.sites_file import RemoteSite
from tests.reach.broker.test_worker import ask
from tests.support.rabbitmq import HOST, VHOST
files, port = Path(sys.argv[1]), int(sys.argv[2])
print(ask(RemoteSite("oslo", BrokerAddress(HOST, VHOST, files, port)), lambda node: print(node, flush=True)))
"""


def ask(
    broker: Broker | RemoteSite,
    heard: Callable[[str], None] = lambda _: None,
    *,
    engine: Engine | None = None,
    bounds: Bounds = PATIENT,
) -> Answer:
    """What comes of one request to Oslo."""
    site = site_at(broker, "oslo") if isinstance(broker, Broker) else broker

    def told(errand: Errand, one: object) -> None:
        assert isinstance(one, Row)
        heard(one.node)

    request = AuditRequest(("osl-1", "osl-2"), now_utc())
    (answer,) = (engine or Engine(bounds=bounds)).run([Errand(site, request)], told)
    return answer


def why(answer: Answer) -> str:
    assert answer.error is not None
    assert answer.error.advice
    return answer.error.message


def waiting(folder: Path, *lines: object, name: str = "waiting") -> tuple[list[str], Path]:
    """A program that says something, and waits until its input ends; and where it then leaves a trace."""
    ended = folder / f"{name}-ended"
    then = f"cat > /dev/null; touch {shlex.quote(str(ended))}"
    return says(folder, hello(), *lines, then=then, name=name), ended  # type: ignore[arg-type]


class Asked:
    """A request in a thread of its own.

    Args:
        broker: where to.
        bounds: how long the site may say nothing.
    """

    def __init__(self, broker: Broker | RemoteSite, bounds: Bounds = PATIENT, engine: Engine | None = None) -> None:
        self.nodes: list[str] = []
        self.answers: list[Answer] = []
        self.begun = threading.Event()
        self._engine = engine or Engine(bounds=bounds)
        self._thread = threading.Thread(target=self._ask, args=(broker,), daemon=True)
        self._thread.start()

    def _ask(self, site: Broker | RemoteSite) -> None:
        def heard(node: str) -> None:
            self.nodes.append(node)
            self.begun.set()

        self.answers.append(ask(site, heard, engine=self._engine))
        self.begun.set()

    def hears(self) -> None:
        """Wait for the first row."""
        assert self.begun.wait(PATIENCE_SECONDS)
        assert self.nodes, self.answers

    def stops(self) -> None:
        """Hang up, as after a Ctrl-C."""
        self._engine._stop()
        self.answer()

    def answer(self) -> Answer:
        """What comes of it."""
        self._thread.join(PATIENCE_SECONDS)
        (answer,) = self.answers
        return answer


def test_a_whole_answer_and_what_the_worker_says(broker: Broker, tmp_path: Path) -> None:
    with site_worker(broker, tmp_path, "oslo", says(tmp_path, hello(), *WHOLE)) as worker:
        nodes: list[str] = []
        answer = ask(broker, nodes.append)
        assert (answer.error, answer.rows, nodes) == (None, 2, ["osl-1", "osl-2"])
        assert ask(broker).error is None, "the mailbox was given back"
        worker.send(signal.SIGTERM)
        assert worker.ends() == 0
    lines = worker.said.splitlines()
    assert all(line.startswith("worker of oslo: ") for line in lines), worker.said
    assert [line.removeprefix("worker of oslo: ").split()[0] for line in lines] == ["serves", "waits", "takes", "has"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_a_worker_that_is_told_to_end_leaves_no_temporary_files(
    broker: Broker, tmp_path: Path, number: signal.Signals
) -> None:
    place = tmp_path / "temporary"
    with site_worker(broker, tmp_path, "oslo", says(tmp_path, hello(), *WHOLE)) as worker:
        assert ask(broker).error is None and ask(broker).error is None
        assert list(place.iterdir()), "it has one while it runs"
        worker.send(number)
        worker.ends()
        assert list(place.iterdir()) == []


def test_the_request_is_held_open_and_comes_whole(broker: Broker, tmp_path: Path) -> None:
    kept = tmp_path / "request"
    then = f'printf %s "$request" > {shlex.quote(str(kept))}; printf \'{{"line":"end","rows":0}}\\n\''
    with site_worker(broker, tmp_path, "oslo", says(tmp_path, hello(), then=then)):
        assert ask(broker).error is None
    assert '"held":true' in kept.read_text() and '"verb":"audit"' in kept.read_text()


def test_many_rows_come_in_order_to_a_desk_that_is_slow(broker: Broker, tmp_path: Path) -> None:
    count = 3000
    texts = "".join(f'{{"line":"row","node":"n-{number}","told":{{"x":"{"x" * 2000}"}}}}\n' for number in range(count))
    (tmp_path / "rows").write_text(texts)
    then = f'cat {shlex.quote(str(tmp_path / "rows"))}; printf \'{{"line":"end","rows":{count}}}\\n\''
    heard: list[str] = []

    def slow(node: str) -> None:
        heard.append(node)
        if len(heard) % 500 == 0:
            time.sleep(0.2)

    with site_worker(broker, tmp_path, "oslo", says(tmp_path, hello(), then=then)):
        answer = ask(broker, slow)
    assert answer.error is None and heard == [f"n-{number}" for number in range(count)]


@pytest.mark.parametrize(
    ("lines", "then", "told"),
    [
        ((), "echo 'no such inventory' >&2; exit 3", "cannot be reached: its program ended (exit code 3): no such inv"),
        ((hello(), row("osl-1")), "kill -9 $$", "hung up (signal 9)"),
        ((hello(site="paris"),), "", "answers as the site paris"),
        (("Welcome",), "", "does not speak as mmpctl does (the line is not JSON): 'Welcome'"),
        ((hello(wire=7),), "", "speaks version 7 of the wire"),
        ((hello(), Failure("usage", "there are no credentials", "Set them.")), "", "cannot do it: there are no cred"),
        ((hello(), row("osl-1"), End(2)), "", "has sent 2 rows, of which 1 came"),
    ],
)
def test_an_answer_that_is_not_whole(
    broker: Broker, tmp_path: Path, lines: tuple[object, ...], then: str, told: str
) -> None:
    with site_worker(broker, tmp_path, "oslo", says(tmp_path, *lines, then=then)):  # type: ignore[arg-type]
        assert why(ask(broker)).startswith(f"the site oslo {told}")


def test_a_program_that_is_not_there(broker: Broker, tmp_path: Path) -> None:
    with site_worker(broker, tmp_path, "oslo", ["no-such-program"]):
        assert "its program does not start (No such file or directory)" in why(ask(broker))
    assert "`no-such-program` is not there" in (tmp_path / "worker-oslo.log").read_text()


def test_without_a_worker_nothing_is_sent_and_that_is_told_at_once(broker: Broker) -> None:
    began = time.monotonic()
    assert "has no worker at the broker" in why(ask(broker))
    assert time.monotonic() - began < PATIENT.hello / 2


def test_a_site_that_the_broker_does_not_know(broker: Broker) -> None:
    site = RemoteSite("paris", site_at(broker, "oslo").address)
    assert "is unknown to the broker" in why(ask(site))


def test_a_second_command_of_the_desk_is_told_and_another_desk_is_served(broker: Broker, tmp_path: Path) -> None:
    program, _ = waiting(tmp_path, row("osl-1"))
    with site_worker(broker, tmp_path, "oslo", program):
        first, other = Asked(broker), Asked(site_of_other(broker))
        first.hears()
        assert "is being asked by another command of this desk" in why(ask(broker))
        other.hears()
        assert (first.nodes, other.nodes) == (["osl-1"], ["osl-1"]), "each hears its own"
        first.stops()
        other.stops()


def test_a_second_command_of_the_desk_takes_nothing_from_the_first(broker: Broker, tmp_path: Path) -> None:
    count = 300
    texts = "".join(
        f'{{"line":"row","node":"n-{number}","told":{{"x":"{"x" * 100_000}"}}}}\n' for number in range(count)
    )
    (tmp_path / "rows").write_text(texts)
    then = f'cat {shlex.quote(str(tmp_path / "rows"))}; printf \'{{"line":"end","rows":{count}}}\\n\''
    heard: list[str] = []
    others: list[str] = []

    def slow(node: str) -> None:
        heard.append(node)
        if len(heard) == 10:
            box = "replies.oslo.desk"
            until(lambda: left_at(broker, box)[box] > 0, "answers that wait at the broker", seconds=PATIENCE_SECONDS)
            others.append(why(ask(broker)))

    with site_worker(broker, tmp_path, "oslo", says(tmp_path, hello(), then=then)):
        answer = ask(broker, slow)
    assert "is being asked by another command" in others[0]
    assert (answer.error, heard) == (None, [f"n-{number}" for number in range(count)])


def test_two_requests_of_one_command_share_the_mailbox(broker: Broker, tmp_path: Path) -> None:
    program, ended = waiting(tmp_path, row("osl-1"))
    engine = Engine(bounds=PATIENT)
    with site_worker(broker, tmp_path, "oslo", program) as worker:
        first, second = Asked(broker, engine=engine), Asked(broker, engine=engine)
        first.hears()
        second.hears()
        engine._stop()
        assert "was not listened to" in why(first.answer()) and "was not listened to" in why(second.answer())
        until(ended.exists, "the end of the programs", seconds=PATIENCE_SECONDS)
        worker.says("does not listen", 0)


def test_a_desk_that_hangs_up_and_asks_again_at_once_does_not_keep_the_first_program_alive(
    broker: Broker, tmp_path: Path
) -> None:
    first_program, ended = waiting(tmp_path, row("osl-1"))
    flag = tmp_path / "flag"
    program = tmp_path / "twice"
    program.write_text(
        f"if mkdir {flag} 2> /dev/null; then exec {shlex.join(first_program)}; fi\n"
        f"exec {shlex.join(waiting(tmp_path, row('osl-2'), name='second')[0])}\n"
    )
    engine = Engine(bounds=PATIENT)
    with site_worker(broker, tmp_path, "oslo", ["sh", str(program)]):
        first = Asked(broker, engine=engine)
        first.hears()
        engine._stop()
        first.answer()
        second = Asked(broker)
        second.hears()
        assert second.nodes == ["osl-2"]
        until(ended.exists, "the end of the first program", seconds=PATIENCE_SECONDS)
        assert not (tmp_path / "second-ended").exists(), "it is listened to"
        # Else it would have the desk's mailbox for as long as it is patient.
        second.stops()


def test_a_desk_that_is_killed_lets_the_program_go(broker: Broker, tmp_path: Path) -> None:
    program, trace = waiting(tmp_path, row("osl-1"))
    words = [sys.executable, "-c", DESK, str(broker.desk_files()), str(broker.port)]
    with site_worker(broker, tmp_path, "oslo", program) as worker:
        with children.ended(subprocess.Popen(words, stdout=subprocess.PIPE, cwd=ROOT)) as desk:
            assert desk.stdout is not None
            assert desk.stdout.readline() == b"osl-1\n"
            desk.kill()
        until(trace.exists, "the end of the program", seconds=PATIENCE_SECONDS)
        assert worker.process.poll() is None


def test_a_worker_that_is_killed_at_work_leaves_nothing_behind(broker: Broker, tmp_path: Path) -> None:
    program, ended = waiting(tmp_path, row("osl-1"))
    with site_worker(broker, tmp_path, "oslo", program) as worker:
        children = descendants(worker.process.pid)
        asked = Asked(broker, SHORT)
        asked.hears()
        worker.send(signal.SIGKILL)
        worker.ends()
        assert "nothing came for 3 seconds" in why(asked.answer())
        until(ended.exists, "the end of the program", seconds=PATIENCE_SECONDS)
        until(lambda: not any(map(_runs, children)), "the end of its processes", seconds=PATIENCE_SECONDS)


def test_a_process_that_is_killed_at_work_is_told_by_its_silence(broker: Broker, tmp_path: Path) -> None:
    program, ended = waiting(tmp_path, row("osl-1"))
    with site_worker(broker, tmp_path, "oslo", program) as worker:
        asked = Asked(broker, SHORT)
        asked.hears()
        for pid in descendants(worker.process.pid):
            if "worker" in words_of(pid):
                os.kill(pid, signal.SIGKILL)
        assert "nothing came for 3 seconds" in why(asked.answer())
        until(ended.exists, "the end of the program", seconds=PATIENCE_SECONDS)
        assert ask(broker, bounds=SHORT).hello is not None, "others were started in their place"


def test_a_frozen_worker_is_given_up_and_comes_back(broker: Broker, tmp_path: Path) -> None:
    with site_worker(broker, tmp_path, "oslo", says(tmp_path, hello(), *WHOLE)) as worker:
        everybody = worker.everybody()
        for pid in everybody:
            os.kill(pid, signal.SIGSTOP)
        told = why(ask(broker, bounds=Bounds(1.0, 1.0)))
        assert "nothing came for 1 seconds" in told
        until(lambda: "has no worker" in why(ask(broker, bounds=Bounds(1.0, 1.0))), "it", seconds=PATIENCE_SECONDS)
        for pid in everybody:
            os.kill(pid, signal.SIGCONT)
        until(lambda: ask(broker, bounds=Bounds(5.0, 5.0)).error is None, "its return", seconds=PATIENCE_SECONDS)


def test_a_request_for_which_all_processes_are_too_busy_starts_nothing(broker: Broker, tmp_path: Path) -> None:
    go, count = tmp_path / "go", tmp_path / "begun"
    os.mkfifo(go)
    program = says(tmp_path, hello(), row("osl-1"), then=f"read -r word < {go}; echo '{End(1)}'; exit 1")
    counted = tmp_path / "counted"
    counted.write_text(f"echo begun >> {count}\nexec {shlex.join(program)}\n")
    with site_worker(broker, tmp_path, "oslo", ["sh", str(counted)], "--at-once", "1"):
        first = Asked(broker)
        first.hears()
        second = ask(site_of_other(broker), bounds=Bounds(2.0, PATIENCE_SECONDS))
        assert "nothing came for 2 seconds" in why(second)
        go.write_text("go\n")
        first.answer()
        # The worker is free again, and has looked at the late one before it serves this one.
        third = Asked(broker)
        third.hears()
        go.write_text("go\n")
        third.answer()
    assert count.read_text().split() == ["begun", "begun"]


def test_a_request_that_waits_at_the_broker_expires_there(broker: Broker, tmp_path: Path) -> None:
    count = tmp_path / "begun"
    program = tmp_path / "counted"
    program.write_text(f"echo begun >> {count}\nexec {shlex.join(says(tmp_path, hello(), *WHOLE))}\n")
    with site_worker(broker, tmp_path, "oslo", ["sh", str(program)]) as worker:
        everybody = worker.everybody()
        for pid in everybody:
            os.kill(pid, signal.SIGSTOP)
        ask(broker, bounds=Bounds(1.0, 1.0))
        # By now the broker has given up the worker, and what it had taken has expired.
        until(lambda: "has no worker" in why(ask(broker, bounds=Bounds(1.0, 1.0))), "it", seconds=PATIENCE_SECONDS)
        for pid in everybody:
            os.kill(pid, signal.SIGCONT)
        until(lambda: ask(broker, bounds=Bounds(5.0, 5.0)).error is None, "its return", seconds=PATIENCE_SECONDS)
    assert set(count.read_text().split()) == {"begun"}
    assert len(count.read_text().split()) <= worker.said.count("carries") + 2


def test_a_broker_that_restarts_in_the_middle_is_told_and_the_worker_comes_back(broker: Broker, tmp_path: Path) -> None:
    program, ended = waiting(tmp_path, row("osl-1"))
    once = tmp_path / "once"
    again = says(tmp_path, hello(), *WHOLE)
    once.write_text(
        f"if mkdir {tmp_path}/used 2> /dev/null; then exec {shlex.join(program)}; fi\nexec {shlex.join(again)}\n"
    )
    with site_worker(broker, tmp_path, "oslo", ["sh", str(once)]) as worker:
        asked = Asked(broker)
        asked.hears()
        broker.stop(signal.SIGKILL)
        assert "the broker" in why(asked.answer())
        assert "cannot be reached" in why(ask(broker))
        worker.says("the connection was lost")
        until(ended.exists, "the end of the program", seconds=PATIENCE_SECONDS)
        broker.start()
        worker.says("is there again")
        until(lambda: ask(broker).error is None, "its return", seconds=PATIENCE_SECONDS)


def test_a_frozen_broker_holds_up_nobody(broker: Broker, tmp_path: Path) -> None:
    program, ended = waiting(tmp_path, row("osl-1"))
    with site_worker(broker, tmp_path, "oslo", program):
        asked = Asked(broker)
        asked.hears()
        broker.freeze()
        try:
            assert "the broker" in why(asked.answer())
            assert "does not answer" in why(ask(broker))
            until(ended.exists, "the end of the program", seconds=PATIENCE_SECONDS)
        finally:
            broker.thaw()


def test_a_worker_that_is_stopped_finishes_what_it_carries(broker: Broker, tmp_path: Path) -> None:
    go = tmp_path / "go"
    os.mkfifo(go)
    then = f'read -r word < {go}; printf \'%s\\n\' \'{{"line":"end","rows":1}}\''
    with site_worker(broker, tmp_path, "oslo", says(tmp_path, hello(), row("osl-1"), then=then)) as worker:
        asked = Asked(broker)
        asked.hears()
        worker.send(signal.SIGTERM)
        worker.says("takes no more requests")
        # Without a request: one that it still took would have a second program read from the pipe.
        until(lambda: workers_at(broker, "oslo") == 0, "its end", seconds=PATIENCE_SECONDS)
        assert "has no worker" in why(ask(site_of_other(broker)))
        go.write_text("go\n")
        assert asked.answer().error is None
        assert worker.ends() == 0


def site_of_other(broker: Broker) -> RemoteSite:
    return site_at(broker, "oslo", broker.desk_files("desk-2"))


@pytest.mark.parametrize("first", [None, signal.SIGTERM])
def test_a_worker_that_is_cut_lets_go_of_what_it_carries(
    broker: Broker, tmp_path: Path, first: signal.Signals | None
) -> None:
    program, ended = waiting(tmp_path, row("osl-1"))
    with site_worker(broker, tmp_path, "oslo", program) as worker:
        asked = Asked(broker, SHORT)
        asked.hears()
        if first is not None:
            worker.send(first)
            worker.says("takes no more requests")
        worker.send(signal.SIGQUIT)
        worker.ends()
        assert "nothing came for 3 seconds" in why(asked.answer())
        until(ended.exists, "the end of the program", seconds=PATIENCE_SECONDS)


def test_a_site_that_is_alive_before_its_hello_is_heard(broker: Broker, tmp_path: Path) -> None:
    first = f"{line_text(Alive())}{line_text(hello()).rstrip()}"
    with site_worker(broker, tmp_path, "oslo", says(tmp_path, first, *WHOLE)):
        answer = ask(broker)
    assert (answer.error, answer.rows) == (None, 2)


def test_a_site_that_is_alive_and_never_says_who_it_is_is_given_up(broker: Broker, tmp_path: Path) -> None:
    program = tmp_path / "alive"
    program.write_text(f"while printf '%s' {shlex.quote(line_text(Alive()))}; do sleep 0.2; done\n")
    with site_worker(broker, tmp_path, "oslo", ["sh", str(program)]):
        answer = ask(broker, bounds=Bounds(PATIENCE_SECONDS, PATIENCE_SECONDS, 2.0))
    assert "is alive, but has not said in 2 seconds who it is" in why(answer)


def test_a_request_that_the_broker_gives_out_twice_is_heard_once(
    broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As after an acknowledgement that was lost.
    send = Mailbox.send

    def twice(box: Mailbox, *words: Any) -> None:
        send(box, *words)
        send(box, *words)

    monkeypatch.setattr(Mailbox, "send", twice)
    begun = tmp_path / "begun"
    program = tmp_path / "twice"
    both = f"echo >> {begun}\nuntil [ $(wc -l < {begun}) -ge 2 ]; do sleep 0.1; done\n"
    program.write_text(both + Path(says(tmp_path, hello(), *WHOLE)[1]).read_text())
    nodes: list[str] = []
    with site_worker(broker, tmp_path, "oslo", ["sh", str(program)], "--at-once", "2"):
        answer = ask(broker, nodes.append)
    assert (answer.error, answer.rows, nodes) == (None, 2, ["osl-1", "osl-2"])


def test_a_program_that_does_not_heed_its_end_is_ended(broker: Broker, tmp_path: Path) -> None:
    program = says(tmp_path, hello(), row("osl-1"), then="echo $$ > pid.new; mv pid.new pid; exec sleep 600")
    with site_worker(broker, tmp_path, "oslo", program):
        engine = Engine(bounds=PATIENT)
        asked = Asked(broker, engine=engine)
        asked.hears()
        until((tmp_path / "pid").exists, "its number", seconds=PATIENCE_SECONDS)
        pid = int((tmp_path / "pid").read_text())
        engine._stop()
        asked.answer()
        until(lambda: not _runs(pid), "its end", seconds=PATIENCE_SECONDS)


def _runs(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
