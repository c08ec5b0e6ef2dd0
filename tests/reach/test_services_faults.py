"""Services at a site: whatever dies, is cut or has changed, each is renewed once, and none that was on stays off."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import deployment
from mmpctl.reach.services_asked import ServicesAsked
from mmpctl.reach.wire import to_wire
from tests.support.children import PATIENCE_SECONDS
from tests.support.desk import Desk, desk_of
from tests.support.lab import Lab
from tests.support.lab_client import until
from tests.support.many_sites import sites_file
from tests.support.service_runs import leaf_in_use, new_leaf, told
from tests.support.site_host import site_host
from tests.support.site_process import site_process
from tests.support.site_tickets import SITE, services_ticket, ticket_for

EDGES = ("lon-edge-1", "lon-edge-2")
BRIDGES = ServicesAsked(("webbridge3",), EDGES)


@pytest.fixture
def fleet(lab: Lab) -> Fleet:
    return lab(deployment())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Callable[[Fleet], Desk]]:
    """A desk and its site; what a ticket has begun there does not outlive the test."""
    made: list[Desk] = []

    def make(fleet: Fleet) -> Desk:
        made.append(desk_of(fleet, tmp_path, fleet.service_certificates))
        return made[-1]

    yield make
    for one in made:
        one.clear()


def switched_off(fleet: Fleet, node: str) -> bool:
    return f"{node} webbridge3 disable" in told(fleet, "webbridge3")


def renewed_once(fleet: Fleet) -> bool:
    """Whether both Web Bridges are on with their new files, after being switched off once each."""
    off = [line for line in told(fleet, "webbridge3") if line.endswith("disable")]
    in_use = [
        leaf_in_use(fleet, node, "webbridge3", "c2w") == new_leaf(fleet, node, "webbridge3", "c2w") for node in EDGES
    ]
    return off == [f"{node} webbridge3 disable" for node in EDGES] and all(in_use)


def outcomes(document: Any) -> list[tuple[str, str]]:
    (cluster,) = document["clusters"]
    return [(one["name"], one["outcome"]) for one in cluster.get("units", ())]


@pytest.mark.gate
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        # Another plan than the confirmed one; another job than the ticket's; what is asked of nodes of nobody.
        ({"digest": "ab" * 32}, 5),
        ({"job": "database"}, "usage"),
        ({"nodes": ("osl-1",)}, "usage"),
        ({"work": "osl-prod"}, "usage"),
    ],
)
def test_what_was_not_confirmed_is_not_begun(
    fleet: Fleet, tmp_path: Path, changes: dict[str, Any], code: int | str
) -> None:
    asked = replace(BRIDGES, nodes=changes.pop("nodes", EDGES))
    ticket = replace(ticket_for(fleet, "ab" * 32, job="services"), **changes)
    own = ("--site", SITE, "--certs", str(fleet.service_certificates), "--runs", str(tmp_path / "runs"), "--renews")
    with site_process(fleet, tmp_path, *own) as site:
        site.ask({"verb": "renew", "held": True, "ticket": to_wire(ticket), "services": to_wire(asked)})
        *_, before, last = site.lines()
        site.code()
    if code == 5:
        end = before["told"]
        assert (end["standing"], end["code"], end["run"]) == ("ended", 5, None)
        assert "is not the one that was confirmed" in end["answer"]["clusters"][0]["reason"]
    else:
        assert (last["line"], last["code"]) == ("error", code), last
        assert not list((tmp_path / "runs.tickets").glob("*/ticket.json")), "it is not spent"
    assert told(fleet, "webbridge3") == [] and not (tmp_path / "runs").exists()


@pytest.mark.gate
def test_files_that_change_after_the_word_are_not_used(fleet: Fleet, tmp_path: Path) -> None:
    ticket = services_ticket(fleet, BRIDGES)
    for name in ("key.key", "cert.cer"):
        (fleet.service_certificates / EDGES[1] / "webbridge3" / "https" / name).unlink()
    own = ("--site", SITE, "--certs", str(fleet.service_certificates), "--runs", str(tmp_path / "runs"), "--renews")
    with site_process(fleet, tmp_path, *own) as site:
        site.ask({"verb": "renew", "held": True, "ticket": to_wire(ticket), "services": to_wire(BRIDGES)})
        *_, end, _ = site.lines()
        site.code()
    assert (end["told"]["standing"], end["told"]["code"]) == ("ended", 5) and told(fleet, "webbridge3") == []


@pytest.mark.gate
def test_a_line_that_is_cut_is_taken_up(fleet: Fleet, desk: Callable[[Fleet], Desk]) -> None:
    here = desk(fleet)
    with here.renews_services() as process:
        until(lambda: switched_off(fleet, EDGES[0]), "the first one", seconds=PATIENCE_SECONDS)
        for pid in here.site_programs(process):
            os.kill(pid, signal.SIGKILL)
        code, document = here.told(process)
    assert code == 0 and outcomes(document) == [(node, "renewed") for node in EDGES]
    assert renewed_once(fleet) and len(here.runs()) == 1 and here.waiting() == []


@pytest.mark.gate
def test_a_desk_that_dies_is_followed_by_another(fleet: Fleet, desk: Callable[[Fleet], Desk]) -> None:
    here = desk(fleet)
    with here.renews_services() as process:
        until(lambda: switched_off(fleet, EDGES[0]), "the first one", seconds=PATIENCE_SECONDS)
        process.kill()
    (ticket,) = here.waiting()
    with here.types("resume", ticket) as process:
        code, document = here.told(process)
    assert code == 0 and outcomes(document) == [(node, "renewed") for node in EDGES]
    assert document["clusters"][0]["job"] == "services"
    assert renewed_once(fleet) and len(here.runs()) == 1 and here.waiting() == []


@pytest.mark.gate
def test_a_process_that_dies_while_a_service_is_off_is_resumed_and_begins_with_that_one(
    lab: Lab, desk: Callable[[Fleet], Desk]
) -> None:
    fleet = lab(deployment(), faults=[Fault(EDGES[0], "command", "freeze", match="webbridge3 enable")])
    here = desk(fleet)
    with here.renews_services() as process:
        until(lambda: bool(fleet.log.select("fault", node=EDGES[0])), "the silence", seconds=PATIENCE_SECONDS)
        for pid in here.workers():
            os.kill(pid, signal.SIGKILL)
        code, document = here.told(process)
    (run,) = here.runs()
    (cluster,) = document["clusters"]
    assert (code, cluster["outcome"], cluster["run"]) == (7, "stopped", run)
    assert f"mmpctl resume {run} --engine" in cluster["advice"][0]
    assert leaf_in_use(fleet, EDGES[0], "webbridge3", "https") is None, "it is off"
    with here.renews_services() as process:
        code, document = here.told(process)
    assert code == 5 and "is not finished" in document["clusters"][0]["reason"], "no second run beside the first"
    with here.types("resume", run, "--yes") as process:
        code, document = here.told(process)
    assert (code, document["run"]) == (0, run) and outcomes(document) == [(node, "renewed") for node in EDGES]
    assert renewed_once(fleet) and here.runs() == [run] and here.waiting() == []
    assert told(fleet, "webbridge3")[-1] == f"{EDGES[1]} webbridge3 enable"


@pytest.mark.gate
def test_over_openssh_with_a_session_that_is_cut_and_no_secret_on_the_line(
    fleet: Fleet, desk: Callable[[Fleet], Desk], tmp_path: Path
) -> None:
    place, passed = tmp_path / "london", tmp_path / "passed"
    passed.mkdir()
    runs = tmp_path / "at-site" / "runs"
    own = ("--certs", str(fleet.service_certificates), "--runs", str(runs), "--renews")
    with site_host(fleet, place, SITE, *own) as host:
        program = place / f"site-{SITE}"
        account = f"export MMP_API_USERNAME={fleet.username} MMP_API_PASSWORD='{fleet.password}' "
        program.write_text(program.read_text().replace("export ", account), encoding="utf-8")
        # What the site hears, says, and complains of, as it goes over the line.
        host.authorize(f'restrict,command="tee -a {passed}/in | {program} 2>> {passed}/err | tee -a {passed}/out"')
        here = replace(desk(fleet), file=sites_file(place, {SITE: {"address": host.address, "renews": True}}))
        with here.renews_services("--ssh-config", str(host.config)) as process:
            heard = here.hears(process, "webbridge3 disable")
            cut = host.sessions()
            for pid in cut:
                os.kill(pid, signal.SIGKILL)
            code, document = here.told(process)
        (passed / "sshd").write_text(host.server.log(), encoding="utf-8")
    assert cut and code == 0 and outcomes(document) == [(node, "renewed") for node in EDGES], heard
    assert renewed_once(fleet) and len(here.runs()) == 1
    files = [
        *fleet.service_certificates.rglob("*.key"),
        *(key for node in fleet.nodes.values() for key in node.files.glob("*.key")),
    ]
    keys = {line for file in files for line in re.findall(r"^[A-Za-z0-9+/=]{20,}$", file.read_text(), re.MULTILINE)}
    journal = next(runs.glob("*/journal.jsonl")).read_text(encoding="utf-8").splitlines()
    known = {fleet.password, "PRIVATE KEY", *keys, *journal}
    assert len(keys) > 10 and len(journal) > 10
    for one in passed.iterdir():
        text = one.read_text(encoding="utf-8")
        assert [secret for secret in known if secret in text] == [], one.name
