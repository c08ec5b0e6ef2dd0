"""What each task that reads sends to a node, in which order, over how many sessions: each look costs time."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from nornir.core.task import Result, Task

from mmpctl import tasks
from mmpctl.fleet.run_on import close_all
from mmpctl.inventory.read_only_sessions import reading
from mmpctl.lab.scenario import ClusterSpec, FleetSpec, NodeSpec
from mmpctl.tasks._certificate_files import seen_files
from mmpctl.tasks.node_facts import Subject
from mmpctl.tasks.read_node import read_node
from mmpctl.tasks.surroundings import SURROUNDINGS
from mmpctl.times import now_utc
from tests.support.fleet import nornir
from tests.support.lab import Lab

EXPECTED = Path(__file__).parent / "reading_order"
FLEET = FleetSpec(
    (
        ClusterSpec(
            "lon-prod",
            (
                NodeSpec("lon-1", "127.77.1.11", "london", "master"),
                NodeSpec("lon-2", "127.77.1.12", "london", "slave"),
                NodeSpec("lon-4", "127.77.1.14", "london", "client"),
            ),
        ),
    ),
    (NodeSpec("edge-1", "127.77.1.20", "london"),),
)


def database(task: Task) -> Result:
    status = tasks.status(task).result
    return read_node(task, {Subject.IDENTITY, Subject.FILES}, status=status)


def verified(task: Task) -> Result:
    files = tasks.status(task).result.certificates
    return tasks.verify(task, files, dict.fromkeys(("dbclusterserver.cer", "dbclusterca.cer"), "1"))


@dataclass(frozen=True)
class Case:
    """A task that reads, on one node."""

    task: Callable[..., Result]
    node: str = "lon-2"
    arguments: dict[str, Any] = field(default_factory=dict)
    switches: dict[str, Any] = field(default_factory=dict)


SEEN = {Subject.STATUS, Subject.IDENTITY, Subject.DATABASE_FILES}
PLAN = {"subjects": SEEN | {Subject.SERVICES, Subject.KEYS} | SURROUNDINGS, "clock": now_utc}
ODD = {"unknown": frozenset({"turn", "date", "user"})}
ONE = {"sessions": 1}
NONE = {"sftp": False}
APART = {"sftp_beside_shell": False}
CASES = {
    "examine": Case(tasks.examine),
    "examine_thoroughly": Case(tasks.examine, arguments={"thorough": True}),
    "examine_without_second_channel": Case(tasks.examine, switches=APART),
    "examine_client": Case(tasks.examine, "lon-4"),
    "examine_edge": Case(tasks.examine, "edge-1"),
    "examine_unknown_commands": Case(tasks.examine, switches=ODD),
    "examine_one_session": Case(tasks.examine, switches=ONE),
    "examine_without_sftp": Case(tasks.examine, "edge-1", switches=NONE),
    "examine_database": Case(database),
    "examine_database_one_session": Case(database, switches=ONE),
    "observe": Case(read_node, arguments={"subjects": SEEN}),
    "observe_for_a_plan": Case(read_node, arguments=PLAN),
    "observe_without_second_channel": Case(read_node, arguments=PLAN, switches=APART),
    "observe_unknown_commands": Case(read_node, arguments=PLAN, switches=ODD),
    "observe_one_session": Case(read_node, arguments=PLAN, switches=ONE),
    "observe_without_sftp": Case(read_node, arguments=PLAN, switches=NONE),
    "surroundings": Case(tasks.surroundings),
    "service_state": Case(tasks.service_state, arguments={"service_name": "webadmin"}),
    "verify": Case(verified),
}


def heard(lab: Lab, name: str) -> list[str]:
    """What the node of a case hears, one line each."""
    case = CASES[name]
    fleet = lab(FLEET, **case.switches)
    nr = nornir(fleet)
    with reading(nr):
        result = nr.filter(name=case.node).run(task=case.task, **case.arguments)[case.node]
    close_all(nr)
    assert result.exception is None and result[0].exception is None
    events = fleet.log.select("connect", "command", "sftp-get", node=case.node)
    return [event.kind if event.kind == "connect" else f"{event.kind} {event.text}" for event in events]


@pytest.mark.parametrize("name", CASES)
def test_a_task_that_reads_sends_this_in_this_order(name: str, lab: Lab) -> None:
    assert heard(lab, name) == (EXPECTED / f"{name}.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("extra", [0, 3])
def test_a_node_with_one_session_is_connected_to_as_often_however_many_files_it_has(extra: int, lab: Lab) -> None:
    fleet = lab(FLEET, sessions=1)
    files = [f"more-{number}.cer" for number in range(extra)]
    for name in files:
        shutil.copy(fleet.nodes["lon-2"].files / "dbclusterca.cer", fleet.nodes["lon-2"].files / name)

    def look(task: Task) -> Result:
        names = ["dbclusterserver.cer", "dbclusterca.cer", *files]
        return Result(host=task.host, result=seen_files(task, names, thorough=True))

    nr = nornir(fleet)
    with reading(nr):
        seen = nr.filter(name="lon-2").run(task=look)["lon-2"].result
    close_all(nr)
    assert [bool(one.certificates and one.inspected) for one in seen.values()] == [True] * (2 + extra)
    # The command line, SFTP beside it, which is refused, and SFTP in its place.
    assert len(fleet.log.select("connect", node="lon-2")) == 3


def test_every_case_has_its_file_and_every_file_its_case() -> None:
    assert {file.stem for file in EXPECTED.iterdir()} == set(CASES)
