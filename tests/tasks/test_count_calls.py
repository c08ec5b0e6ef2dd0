"""How many calls are on a node, by its REST API: the password goes only to who presents the configured certificate."""

from __future__ import annotations

import pytest
from nornir.core.task import Result, Task

from mmpctl.errors import MmpError
from mmpctl.fleet.run_on import Outcome, close_all, run_on
from mmpctl.inventory.api_accounts import ApiAccount
from mmpctl.inventory.credentials import Secret
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import deployment
from mmpctl.lab.services.rest_api import RestApi
from mmpctl.tasks.count_calls import count_calls
from tests.support.fleet import nornir
from tests.support.lab import Lab
from tests.support.lab_client import Client

NODE = "lon-1"


def counted(fleet: Fleet, *, password: str = "") -> Outcome:
    """The outcome of the task on one node."""
    account = ApiAccount(fleet.username, Secret(password or fleet.password))
    nr = nornir(fleet)

    def count(task: Task) -> Result:
        return Result(host=task.host, result=count_calls(task, account).result)

    try:
        return run_on(nr, [NODE], count)[NODE]
    finally:
        close_all(nr)


def asked(fleet: Fleet) -> list[str]:
    return [event.text for event in fleet.log.select("api")]


def test_the_call_legs_are_counted(lab: Lab) -> None:
    fleet = lab(deployment())
    assert counted(fleet).value == 12
    fleet.nodes[NODE].services["callbridge"].busy = 0
    assert counted(fleet).value == 0
    assert asked(fleet) == ["GET /api/v1/system/status"] * 2


def test_whoever_presents_another_certificate_gets_no_password(lab: Lab) -> None:
    fleet = lab(deployment())
    with Client(fleet, NODE) as client:
        # Configured, and not taken into use.
        client.run("webadmin certs callbridge.key callbridge.cer services-ca.cer")
    error = refused(counted(fleet))
    assert (error.code, "presents another certificate" in error.message) == ("rest-api", True)
    assert asked(fleet) == []


def test_an_account_that_is_refused_is_told(lab: Lab) -> None:
    assert refused(counted(lab(deployment()), password="another")).code == "rest-api-account"


@pytest.mark.parametrize(
    ("service", "why"), [("callbridge", "gives no answer (status 503)"), ("webadmin", "the REST API at")]
)
def test_what_is_off_gives_no_number(lab: Lab, service: str, why: str) -> None:
    fleet = lab(deployment())
    fleet.nodes[NODE].services[service].stop()
    error = refused(counted(fleet))
    assert (error.code, why in error.message) == ("rest-api", True), error.message


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("<status></status>", "does not tell how many calls"),
        ("<status><callLegsActive>-1</callLegsActive></status>", "does not tell how many calls"),
        ("<callLegsActive>1</callLegsActive><callLegsActive>0</callLegsActive>", "does not tell how many calls"),
        ("x" * 300_000, "gives an answer without an end"),
        (None, "gives an answer that is not understood"),
    ],
    ids=["nothing", "no number", "two numbers", "endless", "no HTTP"],
)
def test_an_answer_that_is_no_number_is_none(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, body: str | None, why: str
) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body or '')}\r\nConnection: close\r\n\r\n"
    answer = b"hello\r\n" if body is None else (head + body).encode()
    monkeypatch.setattr(RestApi, "answer", lambda *_: answer)
    assert why in refused(counted(lab(deployment()))).message


def refused(outcome: Outcome) -> MmpError:
    assert outcome.error is not None
    return outcome.error
