"""Who only looks can change nothing: the sessions of status, audit and plan send no other line, whoever asks."""

from __future__ import annotations

from typing import Any

import pytest
from nornir.core import Nornir
from nornir.core.task import Result, Task
from nornir_netmiko.tasks import netmiko_send_command

from mmpctl.certificates.secret import Secret
from mmpctl.device.allowed_reads import only_reads
from mmpctl.device.commands import DECLARED
from mmpctl.errors import MmpError, RefusedError
from mmpctl.fleet.run_on import close_all, run_on
from mmpctl.inventory.read_only_sessions import reading
from mmpctl.lab.fleet import Fleet
from mmpctl.runbooks import audit, plan, status, status_watch
from mmpctl.tasks import snapshot, upload
from mmpctl.tasks import status as read_status
from mmpctl.tasks.session import mmp, transfer
from mmpctl.times import now_utc
from tests.support.fleet import nornir
from tests.support.lab import Lab

NODE = "lon-2"
CHANGES = (
    "database cluster remove",
    "database cluster initialize",
    "database cluster join 10.0.0.1",
    "database cluster connect 10.0.0.1",
    "database cluster certs a.key a.cer b.key b.cer ca.cer",
    "database cluster status now",
    "backup snapshot x",
    "backup rollback x",
    "pki list x",
    "pki inspect",
    "pki inspect a b",
    "pki csr a CN:x",
    "pki unlock a",
    "callbridge restart",
    "webadmin disable",
    "user list x",
    "user del admin",
    "date set 2027-01-01 00:00:00",
    "reboot",
    "DATE",
    " date",
    "date ",
    "Y",
)


def sent(fleet: Fleet) -> set[str]:
    return {event.text for event in fleet.log.select("command")}


def on(nr: Nornir, task: Any, **arguments: Any) -> MmpError | None:
    return run_on(nr, [NODE], task, lambda _: arguments)[NODE].error


def command(task: Task, line: str) -> Result:
    return Result(host=task.host, result=mmp(task).command(line))


def question(task: Task, line: str) -> Result:
    return Result(host=task.host, result=mmp(task).ask(line, "remove"))


def by_hand(task: Task, text: str) -> Result:
    mmp(task).write_channel(text)
    return Result(host=task.host)


def below_the_session(task: Task, text: str) -> Result:
    shell = mmp(task).shell
    assert shell is not None
    shell.send(text)
    return Result(host=task.host)


@pytest.mark.parametrize("name", [name for name, command in DECLARED.items() if not command.files])
def test_every_answer_that_can_be_read_may_be_asked_for(name: str) -> None:
    assert only_reads(name)


def test_files_may_be_looked_at_by_name() -> None:
    assert only_reads("pki inspect a.cer") and only_reads("pki match a.key a.cer")


@pytest.mark.parametrize("line", CHANGES)
def test_what_changes_something_is_no_reading(line: str) -> None:
    assert not only_reads(line)


def test_a_session_that_reads_refuses_every_other_line_and_sends_nothing(lab: Lab) -> None:
    fleet = lab()
    nr = nornir(fleet)
    before = sent(fleet)
    with reading(nr):
        for line in (line for line in CHANGES if line != "Y"):
            for task in (command, question):
                error = on(nr, task, line=line)
                assert isinstance(error, RefusedError) and error.code == "read-only", line
        for text in ("database cluster remove\r", "Y", "\n"):
            for raw in (by_hand, below_the_session):
                assert isinstance(on(nr, raw, text=text), RefusedError)
        assert on(nr, snapshot, backup="x") is not None
        refused = nr.filter(name=NODE).run(task=netmiko_send_command, command_string="reboot")[NODE]
        assert isinstance(refused.exception or refused[1].exception, RefusedError)
        nr.data.recover_host(NODE)
        assert on(nr, read_status) is None
    close_all(nr)
    assert sent(fleet) - before == {"database cluster status"}
    assert not fleet.log.select("question")


def test_a_session_that_reads_puts_no_file_on_the_node(lab: Lab) -> None:
    fleet = lab()
    nr = nornir(fleet)
    with reading(nr):
        assert isinstance(on(nr, upload, files={"new.cer": Secret(b"x")}), RefusedError)
        assert run_on(nr, [NODE], lambda task: Result(host=task.host, result=transfer(task, len_of_files)))[NODE].value
    close_all(nr)
    assert not (fleet.nodes[NODE].files / "new.cer").exists()


def len_of_files(session: Any) -> int:
    return len(session.files())


def test_afterwards_the_same_nodes_can_be_changed_and_before_it_an_open_session_is_changed_for_one_that_reads(
    lab: Lab,
) -> None:
    fleet = lab()
    nr = nornir(fleet)
    assert on(nr, snapshot, backup="before") is None
    with reading(nr):
        assert isinstance(on(nr, snapshot, backup="meanwhile"), RefusedError)
    assert on(nr, snapshot, backup="after") is None
    assert on(nr, upload, files={"new.cer": Secret(b"x")}) is None
    close_all(nr)
    assert {line for line in sent(fleet) if line.startswith("backup snapshot")} == {
        "backup snapshot before",
        "backup snapshot after",
    }


def look_by_status(nr: Nornir, fleet: Fleet) -> None:
    status.run(nr)


def look_by_watch(nr: Nornir, fleet: Fleet) -> None:
    looks = []

    def shown(report: object, changes: object) -> None:
        looks.append(report)
        if len(looks) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        status_watch.run(nr, 0.01, shown)


def look_by_audit(nr: Nornir, fleet: Fleet) -> None:
    audit.run(nr, presented=True)


def look_by_plan(nr: Nornir, fleet: Fleet) -> None:
    try:
        plan.run(nr, fleet.certificates, names="same", clock=now_utc)
    finally:
        close_all(nr)


@pytest.mark.parametrize("look", [look_by_status, look_by_watch, look_by_audit, look_by_plan])
def test_who_only_looks_does_it_in_sessions_that_only_read(
    look: Any, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mmpctl.device.shell import Shell

    modes = set()
    begin = Shell.begin

    def noted(shell: Shell, line: str) -> None:
        modes.add(shell._read_only)
        begin(shell, line)

    monkeypatch.setattr(Shell, "begin", noted)
    fleet = lab("due")
    nr = nornir(fleet)
    look(nr, fleet)
    assert modes == {True}
    assert sent(fleet) and all(only_reads(line) for line in sent(fleet))
    assert on(nr, snapshot, backup="x") is None
    close_all(nr)
