"""Which peers are connected, by the REST API: page by page, with the words of whatever release."""

from __future__ import annotations

import re
from typing import Any

import pytest
from nornir.core.task import Result, Task

from mmpctl.fleet.run_on import Outcome, close_all, run_on
from mmpctl.inventory.api_accounts import ApiAccount
from mmpctl.inventory.credentials import Secret
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import deployment
from mmpctl.lab.services.rest_api import RestApi
from mmpctl.services.peer_links import LinksTold, PeerKind
from mmpctl.tasks.read_links import read_links
from tests.support.fleet import nornir
from tests.support.lab import Lab

NODE = "lon-1"


def outcome(fleet: Fleet, *kinds: PeerKind) -> Outcome:
    account, nr = ApiAccount(fleet.username, Secret(fleet.password)), nornir(fleet)

    def read(task: Task) -> Result:
        return Result(host=task.host, result=read_links(task, account, kinds).result)

    try:
        return run_on(nr, [NODE], read)[NODE]
    finally:
        close_all(nr)


def told(fleet: Fleet, *kinds: PeerKind) -> LinksTold:
    found = outcome(fleet, *kinds)
    assert found.error is None, found.error
    assert isinstance(found.value, LinksTold)
    return found.value


def states(links: LinksTold) -> list[tuple[str, str]]:
    return sorted((re.sub(r":\d+$", "", link.peer), link.told) for link in links.links.values())


def test_each_kind_is_told_by_its_addresses(lab: Lab) -> None:
    fleet = lab(deployment())
    fleet.nodes["lon-edge-1"].services["webbridge3"].stop()
    links = told(fleet, *PeerKind)
    assert states(links) == [
        ("TURN server lon-edge-1.example.com", "success"),
        ("TURN server lon-edge-2.example.com", "success"),
        ("Web Bridge c2w://lon-edge-1.example.com", "connectionFailure"),
        ("Web Bridge c2w://lon-edge-2.example.com", "success"),
        ("recorder https://lon-media.example.com", "success"),
        ("streamer https://lon-media.example.com", "success"),
    ]
    assert LinksTold.from_json(links.as_json()) == links


def test_all_pages_are_read_and_only_what_matters(lab: Lab) -> None:
    fleet = lab(deployment())
    fleet.api.page = 1
    fleet.api.alarms[NODE] = ["one", "two", "one"]
    links = told(fleet, PeerKind.WEB_BRIDGES)
    assert len(links.links) == 2 and links.alarms == {"one", "two"}
    assert not [event for event in fleet.log.select("api") if "turnServers" in event.text]


@pytest.mark.parametrize(("words", "expected"), [(("up", "down"), "up"), (("", ""), "")])
def test_other_words_are_told_as_they_are(lab: Lab, words: tuple[str, str], expected: str) -> None:
    links = told(lab(deployment(), link_words=words), PeerKind.WEB_BRIDGES)
    assert [(link.told, link.is_up) for link in links.links.values()] == [(expected, False)] * 2


STATUS = '<turnServer id="1"><host><reachable>{}</reachable></host><host><reachable>{}</reachable></host></turnServer>'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (STATUS.format("false", "true"), "success"),
        (STATUS.format("false", "false"), "not reachable"),
        ("<turnServer></turnServer>", ""),
    ],
)
def test_a_turn_server_may_be_told_of_by_its_addresses(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, body: str, expected: str
) -> None:
    whole = {
        "turnServers": '<turnServers total="1"><turnServer id="1"></turnServer></turnServers>',
        "turnServers/1": "<turnServer><serverAddress>turn.example.com</serverAddress></turnServer>",
        "turnServers/1/status": body,
    }
    answered(monkeypatch, whole)
    assert [*told(lab(deployment()), PeerKind.TURN_SERVERS).links.values()] == [
        ("TURN server turn.example.com", expected)
    ]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("<webBridges", "not understood (webBridges)"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><webBridges total="1">&b;</webBridges>', "not understood (webBridges)"),
        ('<webBridges total="99999"><webBridge/></webBridges>', "a list without an end (webBridges)"),
    ],
    ids=["cut", "with entities", "endless"],
)
def test_what_is_not_understood_is_no_answer(lab: Lab, monkeypatch: pytest.MonkeyPatch, body: str, why: str) -> None:
    answered(monkeypatch, {"webBridges": body})
    error = outcome(lab(deployment()), PeerKind.WEB_BRIDGES).error
    assert error is not None and why in error.message


def answered(monkeypatch: pytest.MonkeyPatch, whole: dict[str, str]) -> None:
    def answer(_: Any, __: str, request: str) -> bytes:
        path = request.split()[1].removeprefix("/api/v1/").partition("?")[0]
        body = whole.get(path)
        status = "404 Not Found" if body is None else "200 OK"
        return f"HTTP/1.1 {status}\r\nConnection: close\r\n\r\n{body or ''}".encode()

    monkeypatch.setattr(RestApi, "answer", answer)
