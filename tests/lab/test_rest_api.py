"""The lab's REST API: how many calls there are, and which web bridges are connected."""

from __future__ import annotations

import http.client
import re
import ssl
from base64 import b64encode

import pytest

from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import deployment
from tests.support.children import PATIENCE_SECONDS
from tests.support.lab import Lab
from tests.support.lab_client import Client


def get(fleet: Fleet, path: str, *, password: str = "", method: str = "GET") -> tuple[int, str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    host, port = fleet.service_address("lon-1", "webadmin")
    connection = http.client.HTTPSConnection(host, port, timeout=PATIENCE_SECONDS, context=context)
    login = b64encode(f"{fleet.username}:{password or fleet.password}".encode()).decode()
    connection.request(method, f"/api/v1/{path}", headers={"Authorization": f"Basic {login}"})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def test_calls_and_links_are_told(lab: Lab) -> None:
    fleet = lab(deployment())
    status, text = get(fleet, "system/status")
    assert (status, "<callLegsActive>12</callLegsActive>" in text) == (200, True)
    fleet.nodes["lon-1"].services["callbridge"].busy = 0
    assert "<callLegsActive>0</callLegsActive>" in get(fleet, "system/status")[1]
    ids = re.findall(r'<webBridge id="([^"]*)">\s*<url>c2w://(lon-edge-\d)\.', get(fleet, "webBridges")[1])
    assert [name for _, name in ids] == ["lon-edge-1", "lon-edge-2"]
    with Client(fleet, "lon-edge-1") as client:
        client.run("webbridge3 disable")
    states = [get(fleet, f"webBridges/{number}/status")[1] for number, _ in ids]
    assert ["connectionFailure" in text for text in states] == [True, False]
    assert "success" in states[1]
    call_bridges = re.findall(r'callBridge id="([^"]*)"', get(fleet, "callBridges")[1])
    assert [get(fleet, f"callBridges/{one}")[1].count("https://127.77.1.1") for one in call_bridges] == [1, 1]


@pytest.mark.parametrize(
    ("path", "password", "method", "status"),
    [
        ("system/status", "wrong", "GET", 401),
        ("system/alarms", "", "GET", 200),
        ("system/nothing", "", "GET", 404),
        ("webBridges/1/status", "", "GET", 404),
        ("system/status", "", "DELETE", 405),
    ],
)
def test_what_is_refused(lab: Lab, path: str, password: str, method: str, status: int) -> None:
    assert get(lab(deployment()), path, password=password, method=method)[0] == status


def test_a_web_admin_whose_call_bridge_is_away_says_so(lab: Lab) -> None:
    fleet = lab(deployment())
    fleet.nodes["lon-1"].services["callbridge"].stop()
    assert get(fleet, "system/status")[0] == 503


def states(fleet: Fleet, kind: str) -> dict[str, str]:
    """What the API tells of each object of a kind, by its id."""
    ids = re.findall(rf'<{kind} id="([^"]*)"', get(fleet, f"{kind}s")[1])
    texts = {number: get(fleet, f"{kind}s/{number}/status")[1] for number in ids}
    return {number: (re.findall(r"<status>(\w+)</status>", text) or [""])[0] for number, text in texts.items()}


@pytest.mark.parametrize(
    ("kind", "number", "node", "service"),
    [
        ("webBridge", 2, "lon-edge-1", "webbridge3"),
        ("turnServer", 2, "lon-edge-1", "turn"),
        ("recorder", 1, "lon-media", "recorder"),
        ("streamer", 1, "lon-media", "streamer"),
    ],
)
def test_links_are_as_they_are_between_the_nodes(lab: Lab, kind: str, number: int, node: str, service: str) -> None:
    fleet = lab(deployment())
    assert list(states(fleet, kind).values()) == ["success"] * number
    with Client(fleet, node) as client:
        client.run(f"{service} disable")
    assert list(states(fleet, kind).values()) == ["connectionFailure", *["success"] * (number - 1)]
    with Client(fleet, node) as client:
        client.run(f"{service} enable")
    assert list(states(fleet, kind).values()) == ["success"] * number
    fleet.cut_off(node)
    assert next(iter(states(fleet, kind).values())) == "connectionFailure"


def test_a_list_comes_page_by_page(lab: Lab) -> None:
    fleet = lab(deployment())
    fleet.api.page = 1
    pages = [get(fleet, f"webBridges?offset={offset}")[1] for offset in range(3)]
    assert [len(re.findall("<webBridge id", page)) for page in pages] == [1, 1, 0]
    assert all('total="2"' in page for page in pages) and pages[0] != pages[1]


def test_alarms_are_those_that_are_set(lab: Lab) -> None:
    fleet = lab(deployment())
    fleet.api.alarms["lon-1"] = ["recorderLowDiskSpace"]
    text = get(fleet, "system/alarms")[1]
    assert '<alarms total="1">' in text and "<type>recorderLowDiskSpace</type>" in text


def test_words_of_a_status_are_a_switch(lab: Lab) -> None:
    fleet = lab(deployment(), link_words=("connected", "lost"))
    assert set(states(fleet, "webBridge").values()) == {"connected"}
    assert states(lab(deployment(), link_words=("", "")), "turnServer").popitem()[1] == ""
