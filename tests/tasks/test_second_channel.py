"""SFTP beside the command line on one connection: whatever a node does to it is no failure, and is tried once."""

from __future__ import annotations

from typing import Any

import pytest
from nornir.core import Nornir
from nornir.core.task import Result, Task

from mmpctl import tasks
from mmpctl.fleet.run_on import close_all
from mmpctl.inventory.read_only_sessions import reading
from mmpctl.lab.fleet import Fleet
from mmpctl.tasks import _second_channel
from mmpctl.tasks.session import SFTP, mmp, transfer
from tests.support.fleet import nornir
from tests.support.lab import Lab

NODE = "lon-2"


def examined(nr: Nornir, *, thorough: bool = False) -> Any:
    """What an audit sees of the node; a thorough one asks it about keys after its files were fetched."""
    with reading(nr):
        result = nr.filter(name=NODE).run(task=tasks.examine, thorough=thorough)[NODE]
    close_all(nr)
    assert result[0].exception is None, result[0].exception
    return result[0].result


def connections(fleet: Fleet) -> int:
    """How often the node was called so far."""
    return len(fleet.log.select("connect", node=NODE))


def impatient(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> Nornir:
    """Not waiting for long for what never comes."""
    monkeypatch.setattr(_second_channel, "_SECONDS", 0.5)
    nr = nornir(fleet)
    for host in nr.inventory.hosts.values():
        extras = host.connection_options["netmiko"].extras
        assert extras is not None
        extras["read_timeout_override"] = 2.0
    return nr


def test_a_node_is_called_once_for_its_answers_and_its_files(lab: Lab) -> None:
    fleet = lab()
    seen = examined(nornir(fleet))
    assert connections(fleet) == 1
    assert seen.files and all(file.is_plain for file in seen.files.values())


@pytest.mark.parametrize(
    ("switches", "first"),
    [
        ({"sftp_beside_shell": False}, 2),  # a connection for each
        ({"second_channel": "ends"}, 3),  # and the command line's again
        ({"second_channel": "freezes"}, 3),
        ({"second_channel": "stuns"}, 2),  # all files were read before, and the command line is opened again
    ],
    ids=lambda value: next(iter(map(str, value.values()))) if isinstance(value, dict) else None,
)
def test_a_node_that_does_not_take_it_is_seen_as_well_and_not_tried_again(
    switches: dict[str, Any], first: int, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm = examined(nornir(lab()), thorough=True)
    fleet = lab(nodes={NODE: switches})
    nr = impatient(fleet, monkeypatch)
    seen = examined(nr, thorough=True)
    assert list(seen.files) == list(calm.files)
    assert all(file.certificates and file.inspected and not file.findings for file in seen.files.values())
    assert seen.fits == calm.fits and set(seen.fits.values()) == {True}
    assert (seen.status is not None, seen.troubles, seen.lost_keys) == (True, (), frozenset())
    assert connections(fleet) == first
    examined(nr, thorough=True)
    assert connections(fleet) == first + 2
    harm = len(fleet.log.select("fault", node=NODE, text="second channel"))
    assert harm == ("second_channel" in switches)


def test_a_session_that_may_change_a_node_moves_its_files_on_a_connection_of_their_own(lab: Lab) -> None:
    fleet = lab()
    nr = nornir(fleet)

    def both(task: Task) -> Result:
        mmp(task)
        return Result(host=task.host, result=transfer(task, lambda session: session.stat("dbclusterca.cer")))

    assert nr.filter(name=NODE).run(task=both)[NODE][0].exception is None
    assert connections(fleet) == 2
    with reading(nr):
        # And one that is open to read does not become one that writes.
        assert nr.filter(name=NODE).run(task=both)[NODE][0].exception is None
        before = connections(fleet)
    assert nr.filter(name=NODE).run(task=both)[NODE][0].exception is None
    assert connections(fleet) == before + 2
    close_all(nr)


def test_the_end_of_the_command_line_is_the_end_of_its_second_channel(lab: Lab) -> None:
    fleet = lab()
    nr = nornir(fleet)

    def closed_between(task: Task) -> Result:
        mmp(task)
        names = [transfer(task, lambda session: session.stat("dbclusterca.cer"))]
        task.host.close_connection("netmiko")
        names.append(transfer(task, lambda session: session.stat("dbclusterca.cer")))
        return Result(host=task.host, result=(names, SFTP in task.host.connections))

    with reading(nr):
        result = nr.filter(name=NODE).run(task=closed_between)[NODE][0]
    assert result.exception is None
    (one, other), is_open = result.result
    assert one == other and one is not None and is_open
    close_all(nr)
