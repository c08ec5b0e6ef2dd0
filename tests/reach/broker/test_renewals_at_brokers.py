"""Renewals over a broker, of the database and of services: stopped, left by their desk, or without their worker."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import deployment
from tests.support.children import PATIENCE_SECONDS
from tests.support.desk import Desk
from tests.support.desk_at_broker import desk_at, other_desk, worker_of
from tests.support.fleet import KEEPER, accepted
from tests.support.lab import Lab
from tests.support.lab_client import until
from tests.support.rabbitmq import Broker, workers_at
from tests.support.service_runs import leaf_in_use, new_leaf, told

pytestmark = pytest.mark.gate

SLAVE = "lon-2"
EDGES = ("lon-edge-1", "lon-edge-2")
# As the site says it, once it has heard of the wish.
STOPPING = "Running steps will be completed, no new ones started"


@pytest.fixture
def held(lab: Lab) -> Fleet:
    """A cluster of which one slave leaves when the test says so (`leaves`), and not before."""
    return lab("expired", faults=[Fault(SLAVE, "operation", "hang", match="remove")])


@pytest.fixture
def desk(broker: Broker, held: Fleet, tmp_path: Path) -> Iterator[Desk]:
    """Its desk; what a ticket has begun at the site does not outlive the test."""
    here = desk_at(broker, held, tmp_path)
    yield here
    here.clear()


@pytest.fixture
def services(lab: Lab) -> Fleet:
    """A cluster with two Web Bridges, each of which takes a second to stop and to start."""
    return lab(deployment(), service_busy_seconds=1.0)


@pytest.fixture
def bridges(broker: Broker, services: Fleet, tmp_path: Path) -> Iterator[Desk]:
    """Its desk; what a ticket has begun at the site does not outlive the test."""
    here = desk_at(broker, services, tmp_path, services.service_certificates)
    yield here
    here.clear()


def is_leaving(fleet: Fleet) -> None:
    """Wait until the slave has been told to leave."""
    until(lambda: bool(fleet.log.select("accepted", node=SLAVE)), "the remove", seconds=PATIENCE_SECONDS)


def leaves(fleet: Fleet) -> None:
    """Have the slave's remove come to its end."""
    database = fleet.nodes[SLAVE].database
    operation = database.operation
    assert operation is not None
    fleet._call(lambda: database._end(operation, None))


@contextmanager
def frozen_while_first_is_off(fleet: Fleet, desk: Desk) -> Iterator[None]:
    """Have what renews at the site stand still from the time that the first Web Bridge is told to stop."""
    off = f"{EDGES[0]} webbridge3 disable"
    until(lambda: off in told(fleet, "webbridge3"), "the first one", seconds=PATIENCE_SECONDS)
    workers = desk.workers()
    assert workers
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)


def renewed_once(fleet: Fleet) -> bool:
    """Whether both Web Bridges are on with their new files, after being switched off once each."""
    off = [line for line in told(fleet, "webbridge3") if line.endswith("disable")]
    in_use = [
        leaf_in_use(fleet, node, "webbridge3", "c2w") == new_leaf(fleet, node, "webbridge3", "c2w") for node in EDGES
    ]
    return off == [f"{node} webbridge3 disable" for node in EDGES] and all(in_use)


def initialized_once(fleet: Fleet) -> bool:
    """Whether the cluster was made anew once, and no step of it done twice."""
    done = accepted(fleet)
    return sum("initialize" in line for line in done) == 1 and len(set(done)) == len(done)


def units(document: Any) -> list[tuple[str, str]]:
    (cluster,) = document["clusters"]
    return [(one["name"], one["outcome"]) for one in cluster["units"]]


def outcome(document: Any) -> str:
    (cluster,) = document["clusters"]
    return str(cluster["outcome"])


def test_ctrl_c_lets_the_running_steps_end_begins_no_other_and_any_desk_resumes(
    broker: Broker, held: Fleet, desk: Desk
) -> None:
    with worker_of(broker, desk):
        with desk.renews() as process:
            is_leaving(held)
            process.send_signal(signal.SIGINT)
            heard = desk.hears(process, STOPPING)
            assert "Asking the site to stop" in heard and not held.log.select("accepted", node=KEEPER)
            leaves(held)
            code, document = desk.told(process)
        (run,) = desk.runs()
        (cluster,) = document["clusters"]
        assert (code, cluster["outcome"], cluster["run"]) == (6, "stopped", run), document
        assert cluster["remaining"] and f"mmpctl resume {run}" in cluster["advice"][0]
        done = accepted(held)
        assert all("remove" in line for line in done) and not held.log.select("accepted", node=KEEPER), done
        assert desk.workers() == [] and desk.waiting() == []
        held.faults.clear()
        other = other_desk(broker, desk)
        with other.types("resume", run, "--yes") as process:
            code, document = other.told(process)
    assert (code, outcome(document), document["run"]) == (0, "renewed", run), document
    assert initialized_once(held) and desk.runs() == [run] and other.waiting() == []


@pytest.mark.prove
def test_the_second_ctrl_c_waits_for_nothing(broker: Broker, held: Fleet, desk: Desk) -> None:
    with worker_of(broker, desk), desk.renews() as process:
        is_leaving(held)
        process.send_signal(signal.SIGINT)
        desk.hears(process, STOPPING)
        process.send_signal(signal.SIGINT)
        code, document = desk.told(process)
    assert (code, outcome(document)) == (6, "stopped") and document["clusters"][0]["remaining"]
    assert not held.log.select("accepted", node=KEEPER)


def test_a_desk_that_is_killed_is_followed_by_another_that_has_only_the_run(
    broker: Broker, held: Fleet, desk: Desk
) -> None:
    other = other_desk(broker, desk)
    with worker_of(broker, desk):
        with desk.renews() as process:
            is_leaving(held)
            process.kill()
        (run,) = desk.runs()
        with other.types("resume", run) as process:
            other.hears(process, "this stays with it to its end")
            heard = other.hears(process, f"{SLAVE}  shows Disabling")
            assert "wave 1 of" in heard, "from its beginning"
            leaves(held)
            code, document = other.told(process)
    assert (code, outcome(document), document["run"]) == (0, "renewed", run), document
    assert initialized_once(held) and desk.runs() == [run] and len(desk.folders()) == 1 and other.waiting() == []


@pytest.mark.prove
def test_a_worker_that_is_restarted_serves_others_while_the_first_carries_a_renewal_to_its_end(
    broker: Broker, held: Fleet, desk: Desk
) -> None:
    other = other_desk(broker, desk)
    with worker_of(broker, desk) as first, desk.renews() as process:
        is_leaving(held)
        first.send(signal.SIGTERM)
        until(lambda: workers_at(broker, "london") == 0, "its end", seconds=PATIENCE_SECONDS)
        with worker_of(broker, desk):
            with other.types("status") as asking:
                _, seen = other.told(asking)
            assert [one["error"] for one in seen["sites"]] == [None]
            leaves(held)
            code, document = desk.told(process)
        assert first.ends() == 0
    assert (code, outcome(document)) == (0, "renewed"), document
    assert initialized_once(held) and len(desk.runs()) == 1 and desk.waiting() == []


def test_a_wish_to_stop_that_no_worker_takes_is_told_and_passed_on_once_there_is_one(
    broker: Broker, held: Fleet, desk: Desk
) -> None:
    with worker_of(broker, desk) as first, desk.renews() as process:
        is_leaving(held)
        first.send(signal.SIGTERM)
        until(lambda: workers_at(broker, "london") == 0, "its end", seconds=PATIENCE_SECONDS)
        process.send_signal(signal.SIGINT)
        heard = desk.hears(process, "Not yet asked to stop: the site london has no worker at the broker")
        assert STOPPING not in heard and "stop: asked for" not in heard
        with worker_of(broker, desk):
            desk.hears(process, STOPPING)
            leaves(held)
            code, document = desk.told(process)
    assert (code, outcome(document)) == (6, "stopped"), document
    assert not held.log.select("accepted", node=KEEPER)


def test_services_are_planned_and_renewed_once_though_the_worker_is_killed(
    broker: Broker, services: Fleet, bridges: Desk
) -> None:
    with worker_of(broker, bridges) as first:
        with bridges.types("plan", "--service", "webbridge3") as process:
            code, document = bridges.told(process)
        (group,) = document["clusters"]
        assert (code, group["verdict"], group["job"]) == (0, "ready", "services")
        assert told(services, "webbridge3") == []
        with bridges.renews_services() as process:
            with frozen_while_first_is_off(services, bridges):
                first.send(signal.SIGKILL)
                first.ends()
            with worker_of(broker, bridges):
                code, document = bridges.told(process)
    assert code == 0 and units(document) == [(node, "renewed") for node in EDGES], document
    assert renewed_once(services) and len(bridges.runs()) == 1 and bridges.waiting() == []


@pytest.mark.prove
def test_ctrl_c_ends_a_run_of_services_between_two_of_them_and_no_service_stays_off(
    broker: Broker, services: Fleet, bridges: Desk
) -> None:
    with worker_of(broker, bridges):
        with bridges.renews_services() as process:
            with frozen_while_first_is_off(services, bridges):
                process.send_signal(signal.SIGINT)
                until(lambda: any(one.asked_to_stop()[0] for one in bridges.folders()), "it", seconds=PATIENCE_SECONDS)
            code, document = bridges.told(process)
        (run,) = bridges.runs()
        assert (code, outcome(document)) == (6, "stopped"), document
        in_use = leaf_in_use(services, EDGES[0], "webbridge3", "c2w")
        assert in_use == new_leaf(services, EDGES[0], "webbridge3", "c2w"), "the one that was begun is on"
        assert f"{EDGES[1]} webbridge3 disable" not in told(services, "webbridge3")
        with bridges.types("resume", run, "--yes") as process:
            code, document = bridges.told(process)
    assert code == 0 and units(document) == [(node, "renewed") for node in EDGES], document
    assert renewed_once(services) and bridges.runs() == [run] and bridges.waiting() == []


@pytest.mark.prove
def test_services_whose_desk_is_killed_are_followed_by_another_in_the_words_of_services(
    broker: Broker, services: Fleet, bridges: Desk
) -> None:
    other = other_desk(broker, bridges)
    with worker_of(broker, bridges), bridges.renews_services() as process, ExitStack() as stack:
        with frozen_while_first_is_off(services, bridges):
            process.kill()
            process.wait(PATIENCE_SECONDS)
            (run,) = bridges.runs()
            follower = stack.enter_context(other.types("resume", run))
            other.hears(follower, "this stays with it to its end")
            heard = other.hears(follower, "webbridge3 disable")
        code, document = other.told(follower)
    assert "wave 1 of" in heard and "the keeper" not in heard
    assert code == 0 and units(document) == [(node, "renewed") for node in EDGES], document
    assert document["clusters"][0]["job"] == "services" and document["run"] == run
    assert renewed_once(services) and bridges.runs() == [run] and len(bridges.folders()) == 1


@pytest.mark.prove
def test_a_renewal_leaves_no_temporary_files_at_site_and_desk(
    broker: Broker, services: Fleet, bridges: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    with worker_of(broker, bridges) as worker:
        with bridges.renews_services() as process:
            code, document = bridges.told(process)
        worker.send(signal.SIGTERM)
        assert worker.ends() == 0
    assert code == 0 and units(document) == [(node, "renewed") for node in EDGES], document
    until(lambda: bridges.workers() == [], "the end of the renewal", seconds=PATIENCE_SECONDS)
    assert [*place.iterdir(), *(bridges.site / "temporary").iterdir()] == []
