"""Each task alone, in `nr.run(task=…)`: typed results, `changed` and `diff` as elsewhere, dry runs that change none."""

from __future__ import annotations

import hashlib
import inspect
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nornir.core import Nornir
from nornir.core.task import Result

from mmpctl import tasks
from mmpctl.certificates.secret import Secret
from mmpctl.cluster import step_kinds as kinds
from mmpctl.cluster.backups import Backup
from mmpctl.cluster.permit import (
    SEAL,
    CertsPermit,
    ConnectPermit,
    Identity,
    InitializePermit,
    JoinPermit,
    Proof,
    RemovePermit,
)
from mmpctl.cluster.status import CertificateFiles, DatabaseStatus
from mmpctl.device.commands.pki_inspect import PkiInspection
from mmpctl.device.commands.pki_list import PkiList
from mmpctl.device.commands.service import ServiceSettings
from mmpctl.errors import CommandRefused, MmpError, RefusedError, TransferError, UsageError
from mmpctl.lab.fleet import Fleet
from mmpctl.tasks.awaited_status import AwaitedStatus
from mmpctl.tasks.node_facts import Subject
from mmpctl.tasks.operation import Operation
from mmpctl.tasks.read_certificate import CertificateFile
from mmpctl.tasks.read_node import read_node
from mmpctl.tasks.verify import NodeView
from tests.support.children import PATIENCE_SECONDS
from tests.support.fleet import nornir
from tests.support.lab import Lab

ONE = b"one\n"
REMOVE = "database cluster remove"
FILES = CertificateFiles(
    "dbclusterserver.key", "dbclusterserver.cer", "dbclusterclient.key", "dbclusterclient.cer", "dbclusterca.cer"
)


def run(nr: Nornir, node: str, task: Callable[..., Result], **arguments: Any) -> Result:
    """The result of a task on one node; raises what the task raised."""
    nr.data.reset_failed_hosts()
    result = nr.filter(name=node).run(task=task, **arguments)[node][0]
    if result.exception is not None:
        raise result.exception
    return result


def identity(nr: Nornir, node: str) -> Identity:
    facts = run(nr, node, read_node, subjects={Subject.STATUS, Subject.IDENTITY}).result
    me = facts.status.me
    return Identity(facts.host_key, facts.hostname, frozenset({me.address} if me else ()))


def changes(fleet: Fleet) -> list[str]:
    """What the devices heard that changes them."""
    commands = [
        f"{event.node} {event.text}"
        for event in fleet.log.select("command")
        if event.text.startswith(("database cluster", "backup snapshot")) and not event.text.endswith("status")
    ]
    return commands + [
        f"{event.node} {event.kind} {event.text}"
        for event in fleet.log.select("question", "accepted", "sftp-put", "sftp-remove", "sftp-rename")
    ]


READING: list[tuple[Callable[..., Result], dict[str, Any], type]] = [
    (tasks.status, {}, DatabaseStatus),
    (tasks.list_files, {}, PkiList),
    (tasks.inspect, {"file": "dbclusterserver.cer"}, PkiInspection),
    (tasks.read_certificate, {"file": "dbclusterserver.cer"}, CertificateFile),
    (tasks.service, {"service_name": "callbridge"}, ServiceSettings),
]


@pytest.mark.parametrize(("task", "arguments", "kind"), READING, ids=lambda value: getattr(value, "__name__", None))
def test_reading_tasks(lab: Lab, task: Callable[..., Result], arguments: dict[str, Any], kind: type) -> None:
    fleet = lab("healthy")
    result = run(nornir(fleet), "lon-1", task, **arguments)
    assert isinstance(result.result, kind)
    assert (result.changed, result.failed) == (False, False)
    assert changes(fleet) == []


def test_what_reading_tasks_say(lab: Lab) -> None:
    nr = nornir(lab("healthy", unknown=frozenset({"turn"})))
    status = run(nr, "lon-2", tasks.status).result
    assert (status.status, status.me.address, status.masters) == ("Enabled", "127.77.1.12", ("127.77.1.11",))
    assert "dbclusterserver.cer" in run(nr, "lon-2", tasks.list_files).result.files
    assert not run(nr, "lon-2", tasks.inspect, file="none.cer").result.found
    assert run(nr, "lon-2", tasks.service, service_name="turn").result is None
    read = run(nr, "lon-2", tasks.read_certificate, file="dbclusterclient.cer").result
    shown = run(nr, "lon-2", tasks.inspect, file="dbclusterclient.cer").result
    assert "CN=postgres" in read.certificates[0].facts.subject
    assert read.certificates[0].facts.serial == shown.certificates[0].serial


def test_a_key_is_never_read(lab: Lab) -> None:
    fleet = lab("healthy")
    with pytest.raises(UsageError, match=r"dbclusterserver\.key is a key"):
        run(nornir(fleet), "lon-1", tasks.read_certificate, file="dbclusterserver.key")
    assert fleet.log.select("sftp-get") == []


def test_verify(lab: Lab) -> None:
    nr = nornir(lab("expired"))
    files = run(nr, "lon-1", tasks.status).result.certificates
    result = run(nr, "lon-1", tasks.verify, files=files, serials={"dbclusterserver.cer": "1"})
    assert isinstance(result.result, NodeView) and not result.changed
    expired, _, serial = result.result.problems
    assert "dbclusterserver.cer is marked as expired" in expired and "not 1" in serial


def test_snapshot_and_download(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy")
    nr = nornir(fleet)
    dry = run(nr, "lon-1", tasks.snapshot, backup="mine", dry_run=True)
    assert (dry.result, dry.changed, changes(fleet)) == ("backup snapshot mine", True, [])
    assert dry.diff == "+mine.bak"
    with pytest.raises(TransferError, match=r"mine\.bak is not on the node"):
        run(nr, "lon-1", tasks.download, backup="mine", folder=tmp_path / "a" / "b")
    assert run(nr, "lon-1", tasks.snapshot, backup="mine").changed
    result = run(nr, "lon-1", tasks.download, backup="mine", folder=tmp_path / "a" / "b")
    assert isinstance(result.result, Backup) and result.result.verified and not result.changed
    home = tmp_path / "a" / "b" / "lon-1" / "mine"
    assert {path.name for path in home.iterdir()} == {"mine.bak", "live.json"}
    assert {path.stat().st_mode & 0o777 for path in (home, *home.parents[:3])} == {0o700}


def test_upload(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy")
    nr = nornir(fleet)
    there = fleet.nodes["lon-1"].files / "new-ca.cer"
    one, two = {"new-ca.cer": Secret(ONE)}, {"new-ca.cer": Secret(b"two\n")}
    line = f"+new-ca.cer (4 bytes, SHA-256 {hashlib.sha256(ONE).hexdigest()})"
    dry = run(nr, "lon-1", tasks.upload, files=one, dry_run=True)
    assert (dry.changed, dry.diff, changes(fleet)) == (True, line, [])
    sent = run(nr, "lon-1", tasks.upload, files=one)
    assert (sent.changed, sent.diff, sent.result) == (True, line, dry.result)
    assert there.read_bytes() == b"one\n"
    again = run(nr, "lon-1", tasks.upload, files=one)
    assert (again.changed, again.diff) == (False, ""), "the same file is not sent again"
    for dry_run in (True, False):
        with pytest.raises(TransferError, match=r"new-ca\.cer"):
            run(nr, "lon-1", tasks.upload, files=two, dry_run=dry_run)
    assert there.read_bytes() == b"one\n"
    (tmp_path / "ca.cer").write_bytes(b"two\n")
    assert run(nr, "lon-1", tasks.upload, files={"new-ca.cer": tmp_path / "ca.cer"}, replace=True).changed
    assert there.read_bytes() == b"two\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"one", "given as bytes"), ("one", "given as str"), (Path("none.cer"), r"none\.cer cannot be read")],
)
def test_what_nornir_would_log_is_no_content(content: Any, said: str, lab: Lab) -> None:
    fleet = lab("healthy")
    with pytest.raises(UsageError, match=said) as caught:
        run(nornir(fleet), "lon-1", tasks.upload, files={"new-ca.cer": content})
    assert caught.value.node == "lon-1" and caught.value.advice
    assert changes(fleet) == []


def test_no_argument_is_one_of_nornirs_own() -> None:
    """`nr.run` takes these itself: a task would never see them."""
    taken = set(inspect.signature(Nornir.run).parameters) | {"name", "severity_level"}
    for name in tasks.__all__:
        assert not taken & set(inspect.signature(getattr(tasks, name)).parameters) - {"task"}, name


CHANGING = ("connect", "initialize", "join", "make_request", "remove", "set_certificates", "snapshot", "upload")


def test_every_task_that_changes_a_node_has_a_dry_run_of_its_own() -> None:
    having = [name for name in tasks.__all__ if "dry_run" in inspect.signature(getattr(tasks, name)).parameters]
    assert tuple(having) == CHANGING


@pytest.mark.parametrize(
    ("of_all", "of_this", "changed"), [(True, None, False), (True, False, True), (False, True, False)]
)
def test_a_dry_run_holds_for_the_whole_object_or_for_one_call(
    of_all: bool, of_this: bool | None, changed: bool, lab: Lab
) -> None:
    fleet = lab("healthy")
    nr = nornir(fleet)
    nr.data.dry_run = of_all
    options = {} if of_this is None else {"dry_run": of_this}
    assert run(nr, "lon-1", tasks.snapshot, backup="mine", **options).changed
    assert (changes(fleet) == ["lon-1 backup snapshot mine"]) is changed


DESTRUCTIVE = [
    (tasks.remove, RemovePermit, (), REMOVE),
    (tasks.set_certificates, CertsPermit, FILES, f"database cluster certs {' '.join(FILES.names())}"),
    (tasks.initialize, InitializePermit, (), "database cluster initialize"),
    (tasks.join, JoinPermit, ("127.77.1.11",), "database cluster join 127.77.1.11"),
    (tasks.connect, ConnectPermit, ("127.77.1.11",), "database cluster connect 127.77.1.11"),
]


@pytest.mark.parametrize(
    ("task", "permit", "given", "command"), DESTRUCTIVE, ids=[row[0].__name__ for row in DESTRUCTIVE]
)
def test_destructive_tasks_need_a_permit_for_this_node(
    lab: Lab, task: Any, permit: Any, given: Any, command: str
) -> None:
    fleet = lab("healthy")
    nr = nornir(fleet)
    with pytest.raises(TypeError, match="permit"):
        run(nr, "lon-2", task)
    with pytest.raises(RefusedError, match="only come from the guards"):
        permit("lon-2", given, identity(nr, "lon-2"), seal=object())
    other = permit("lon-3", given, identity(nr, "lon-3"), seal=SEAL)
    with pytest.raises(RefusedError, match="inventory name is 'lon-2' now"):
        run(nr, "lon-2", task, permit=other)
    swapped = permit("lon-2", given, identity(nr, "lon-3"), seal=SEAL)
    with pytest.raises(RefusedError, match="host key"):
        run(nr, "lon-2", task, permit=swapped)
    mine = permit("lon-2", given, identity(nr, "lon-2"), seal=SEAL)
    dry = run(nr, "lon-2", task, permit=mine, dry_run=True)
    assert isinstance(dry.result, Operation)
    assert (dry.result.command, dry.result.sent, dry.changed) == (command, False, True)
    was, will = dry.diff.splitlines()
    assert was.startswith("-") and will == f"+{command}"
    spent = permit("lon-2", given, identity(nr, "lon-2"), seal=SEAL)
    me = fleet.nodes["lon-2"].address
    own = spent.identity
    assert spent.spend(Proof("lon-2", own.host_key, own.hostname, me)) == command
    with pytest.raises(RefusedError, match="was used before"):
        run(nr, "lon-2", task, permit=spent)
    assert changes(fleet) == []


def test_a_node_by_hand_with_permits(lab: Lab) -> None:
    """Remove, certificates and join of one slave, each task alone."""
    fleet = lab("healthy")
    nr = nornir(fleet)
    own = identity(nr, "lon-2")

    def permit(kind: Any, given: Any = ()) -> Any:
        return kind("lon-2", given, own, seal=SEAL)

    with pytest.raises(CommandRefused) as refused:
        run(nr, "lon-2", tasks.set_certificates, permit=permit(CertsPermit, FILES))
    assert refused.value.node == "lon-2" and "clustering enabled" in refused.value.text

    leave = permit(RemovePermit)
    removed = run(nr, "lon-2", tasks.remove, permit=leave)
    assert removed.changed and removed.result.sent and "remove" in removed.result.question
    ended = run(
        nr,
        "lon-2",
        tasks.wait_for_state,
        awaited=AwaitedStatus(kinds.REMOVE, REMOVE, removed.result.before),
        seconds=PATIENCE_SECONDS,
    )
    assert (ended.result.status, ended.changed) == ("Disabled", False)
    with pytest.raises(RefusedError, match="was used before"):
        run(nr, "lon-2", tasks.remove, permit=leave)

    certs = permit(CertsPermit, FILES)
    assert run(nr, "lon-2", tasks.set_certificates, permit=certs).changed

    join = "database cluster join 127.77.1.11"
    joined = run(nr, "lon-2", tasks.join, permit=permit(JoinPermit, ("127.77.1.11",)))
    ended = run(
        nr,
        "lon-2",
        tasks.wait_for_state,
        awaited=AwaitedStatus(kinds.JOIN, join, joined.result.before),
        seconds=PATIENCE_SECONDS,
    )
    assert ended.result.me.in_sync
    assert fleet.nodes["lon-2"].rows == fleet.nodes["lon-1"].rows
    assert [event.text for event in fleet.log.select("accepted")] == [REMOVE, join]


def test_a_node_is_examined_without_a_word_from_the_caller(lab: Lab) -> None:
    nr = nornir(lab("healthy"))
    found = {node: run(nr, node, tasks.examine).result for node in ("lon-2", "lon-4")}
    uses = {node: {place.use for place in examination.places} for node, examination in found.items()}
    assert "database server" in uses["lon-2"] and "database client" in uses["lon-4"]
    assert "database server" not in uses["lon-4"], "the inventory says that it is a client"
    assert all(abs(examination.clock_ahead) < 60 for examination in found.values())
    assert run(nr, "lon-2", tasks.surroundings).result.clock_ahead is not None


def test_an_error_says_on_which_node(lab: Lab) -> None:
    fleet = lab("healthy")
    fleet.take_down("lon-3")
    with pytest.raises(MmpError) as error:
        run(nornir(fleet), "lon-3", tasks.status)
    assert error.value.node == "lon-3" and error.value.advice


PLAIN = """
import sys
from nornir import InitNornir
nr = InitNornir(
    inventory={"plugin": "SimpleInventory", "options": {
        "host_file": sys.argv[1] + "/hosts.yaml", "group_file": sys.argv[1] + "/groups.yaml",
        "defaults_file": sys.argv[1] + "/defaults.yaml"}},
    logging={"enabled": False},
)
nr.inventory.defaults.username, nr.inventory.defaults.password = sys.argv[2], sys.stdin.read()
from nornir_netmiko.tasks import netmiko_send_command
for name, result in nr.filter(site="london", role="slave").run(
    task=netmiko_send_command, command_string="database cluster status"
).items():
    print(name, type(nr.inventory.hosts[name].connections["netmiko"].connection).__name__, result[0].result)
from mmpctl.tasks import status
for name, result in nr.run(task=status).items():
    print(name, result[0].result.status)
"""


def test_a_nornir_project_of_the_users_own_knows_the_platform(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy")
    keys = f"{{alt_host_keys: true, alt_key_file: {fleet.known_hosts}}}"
    (fleet.inventory / "defaults.yaml").write_text(
        f"---\nplatform: cisco_cms\nconnection_options:\n  netmiko:\n    extras: {keys}\n", encoding="utf-8"
    )
    said = subprocess.run(
        [sys.executable, "-c", PLAIN, fleet.inventory, fleet.username],
        input=fleet.password,
        cwd=tmp_path,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    for node in ("lon-2", "lon-3"):
        assert f"{node} CiscoCms" in said.stdout
    assert said.stdout.count("Last command") <= 2 and said.stdout.count("Connected Master") == 2
    for node in ("lon-1", "lon-2", "lon-3", "lon-4"):
        assert f"{node} Enabled" in said.stdout
