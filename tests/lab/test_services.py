"""The services of the lab: what they take, what they print, and what they run on."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from mmpctl.lab.authority import Authority
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import FleetSpec, NodeSpec
from mmpctl.lab.services.service import Service
from tests.support.children import PATIENCE_SECONDS
from tests.support.lab import Lab
from tests.support.lab_client import Client

NOW = dt.datetime.now(dt.timezone.utc)
DAY = dt.timedelta(days=1)
EDGE = FleetSpec(others=(NodeSpec("edge", "127.77.8.1", "oslo"),))
OLD = ("edge.key", "edge-fullchain.cer")
NEW = ("new.key", "new-fullchain.cer")


@pytest.fixture
def authority() -> Authority:
    return Authority("Second CA", NOW - DAY, NOW + 400 * DAY, "ec")


def lay(folder: Path, authority: Authority, *, end: dt.datetime = NOW + 90 * DAY, chained: bool = True) -> None:
    """Put a new pair and its CA into a node's folder."""
    pair = authority.issue("edge.example.com", "any", min(NOW, end) - DAY, end)
    (folder / NEW[0]).write_bytes(pair.key)
    (folder / NEW[1]).write_bytes(pair.certificate + (authority.certificate if chained else b""))
    (folder / "second-ca.cer").write_bytes(authority.certificate)


def bridge(fleet: Fleet) -> Service:
    return fleet.nodes["edge"].services["webbridge3"]


def renew(client: Client, *pair: str) -> str:
    """Give the Web Bridge another pair for browsers; what `enable` prints."""
    assert client.run("webbridge3 disable") == ""
    assert client.run(" ".join(["webbridge3 https certs", *(pair or NEW)])) == ""
    return client.run("webbridge3 enable")


def test_a_renewal_is_checked_and_shown(lab: Lab, authority: Authority) -> None:
    fleet = lab(EDGE)
    lay(fleet.nodes["edge"].files, authority)
    with Client(fleet, "edge") as client:
        assert renew(client).splitlines() == [
            "SUCCESS: HTTPS Key and certificate pair match",
            "SUCCESS: HTTPS full chain of certificates verifies correctly",
            "SUCCESS: C2W Key and certificate pair match",
            "SUCCESS: C2W full chain of certificates verifies correctly",
            "SUCCESS: Webbridge3 enabled",
        ]
        shown = client.run("webbridge3")
    assert "HTTPS Full chain certificate file     : new-fullchain.cer\n" in shown
    assert "C2W Key file                          : edge.key\n" in shown
    running = bridge(fleet).running
    assert running is not None
    assert running["https certificate"] == (fleet.nodes["edge"].files / NEW[1]).read_bytes()


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ("pair", "FAILURE: HTTPS Key and certificate problem: certificate and key do not match"),
        ("chain", "FAILURE: HTTPS certificate chain is not complete"),
        ("dates", "FAILURE: HTTPS certificate is not valid at this time"),
    ],
)
@pytest.mark.parametrize("after", ["off", "old"])
def test_what_does_not_fit_is_a_failure(lab: Lab, authority: Authority, wrong: str, line: str, after: str) -> None:
    fleet = lab(EDGE, after_failure=after, enable_checks_dates=True)
    before = bridge(fleet).running
    lay(
        fleet.nodes["edge"].files,
        authority,
        end=NOW - DAY if wrong == "dates" else NOW + DAY,
        chained=wrong != "chain",
    )
    with Client(fleet, "edge") as client:
        said = renew(client, "edge.key" if wrong == "pair" else NEW[0], NEW[1]).splitlines()
        shown = client.run("webbridge3")
    assert line in said
    assert "SUCCESS: Webbridge3 enabled" not in said
    assert bridge(fleet).running == (before if after == "old" else None)
    assert shown.startswith(f"Enabled                               : {'true' if after == 'old' else 'false'}\n")
    assert "HTTPS Full chain certificate file     : new-fullchain.cer\n" in shown


def test_a_bundle_is_held_against_the_certificate(lab: Lab, authority: Authority) -> None:
    fleet = lab(EDGE)
    lay(fleet.nodes["edge"].files, authority, chained=False)
    (fleet.nodes["edge"].files / "other-ca.cer").write_bytes(Authority("Third CA", NOW, NOW + DAY, "ec").certificate)
    with Client(fleet, "edge") as client:
        for bundle, line in (
            ("second-ca.cer", "SUCCESS: certificate verified against CA bundle"),
            ("other-ca.cer", "FAILURE: certificate not verified against CA bundle"),
        ):
            client.run(f"turn certs new.key new-fullchain.cer {bundle}")
            assert line in client.run("turn enable").splitlines()
            assert f"TLS bundle              : {bundle}\n" in client.run("turn")


@pytest.mark.parametrize("files", ["copied", "reads"])
def test_a_file_in_use_that_is_replaced_matters_where_files_are_read(
    lab: Lab, authority: Authority, files: str
) -> None:
    fleet = lab(EDGE, service_files=files)
    with Client(fleet, "edge") as client:
        key = authority.issue("somebody.example.com", "any", NOW, NOW + DAY).key
        (fleet.nodes["edge"].files / "edge.key").write_bytes(key)
        client.run("reboot")
    assert (bridge(fleet).running is None) == (files == "reads")
    with Client(fleet, "edge") as client:
        assert ("FAILURE" in client.run("webbridge3 restart")) == (files == "reads")


def test_a_running_service_goes_on_with_its_pair_until_it_restarts(lab: Lab, authority: Authority) -> None:
    fleet = lab(EDGE)
    lay(fleet.nodes["edge"].files, authority)
    before = bridge(fleet).running
    with Client(fleet, "edge") as client:
        assert client.run("webbridge3 c2w certs new.key new-fullchain.cer") == ""
        assert bridge(fleet).running == before
        assert "SUCCESS: Webbridge3 enabled" in client.run("webbridge3 restart")
    assert bridge(fleet).running != before


def seen_when(**switches: Any) -> Callable[[Lab, Authority, str], str]:
    def look(lab: Lab, authority: Authority, commands: str) -> str:
        fleet = lab(EDGE, **switches)
        lay(fleet.nodes["edge"].files, authority)
        with Client(fleet, "edge") as client:
            for command in commands.split("; "):
                said = client.run(command)
        return said

    return look


OFF = "Enabled                 : false\n"
SCHEDULER = "scheduler c2w certs new.key new-fullchain.cer; scheduler"
LISTED = "streamer trust second-ca.cer; streamer"
CERTS = "webbridge3 https certs new.key new-fullchain.cer"


@pytest.mark.parametrize(
    ("look", "commands", "expected"),
    [
        (seen_when(), CERTS, ""),
        (seen_when(certs_say="updated"), CERTS, "Certificates updated\n"),
        (seen_when(refuses_certs=frozenset({"webbridge3"})), CERTS, "ERROR: Cannot change certificates"),
        (seen_when(refuses_certs=frozenset({"webbridge3"})), f"webbridge3 disable; {CERTS}", ""),
        (seen_when(), CERTS.replace("new.key", "lost.key"), "ERROR: File lost.key not found\n"),
        (seen_when(certs_want_files=False), CERTS.replace("new.key", "lost.key"), ""),
        (seen_when(), CERTS + " new-fullchain.cer", "Usage:\n  webbridge3\n  webbridge3 enable\n"),
        (seen_when(), "webbridge3 https certs none; webbridge3", "Enabled                               : true\n"),
        (seen_when(certs_take_none=False), "webbridge3 https certs none", "Usage:\n"),
        (seen_when(), "webbridge3 enable", "SUCCESS: "),
        (seen_when(enable_when_enabled="nothing"), "webbridge3 enable", ""),
        (seen_when(), "webbridge3 disable; webbridge3 restart", "ERROR: Webbridge3 is not enabled\n"),
        (seen_when(restart_enables=True), "webbridge3 disable; webbridge3 restart", "SUCCESS: "),
        (seen_when(no_restart=frozenset({"turn"})), "turn restart", "Usage:\n"),
        (seen_when(silent=frozenset({"turn"})), "turn restart", ""),
        (seen_when(service_words="other"), "turn restart", "SUCCESS: this step is done\n"),
        (seen_when(), "callbridge enable", "Usage:\n"),
        (seen_when(callbridge_enable=True), "callbridge enable", "FAILURE: "),
        (seen_when(), "callbridge disable", "Usage:\n"),
        (seen_when(), "webbridge", "Unknown command: webbridge\n"),
        (seen_when(release="2.9.5"), "webbridge", OFF),
        (seen_when(release="2.9.5"), "scheduler", "Unknown command: scheduler\n"),
        (seen_when(release="3.4.1"), "meetingapps", "Unknown command: meetingapps\n"),
        (seen_when(), SCHEDULER, "Enabled                               : f"),
        (seen_when(unseen_labels="other"), SCHEDULER, "Enabled              : false\nHTTPS interface      : a\n"),
        (seen_when(release="2.9.5"), LISTED, OFF + "Interface whitelist"),
    ],
)  # fmt: skip
def test_what_nobody_knows_is_played_both_ways(
    lab: Lab, authority: Authority, look: Callable[[Lab, Authority, str], str], commands: str, expected: str
) -> None:
    said = look(lab, authority, commands)
    assert said.startswith(expected) if expected else not said


@pytest.mark.parametrize(
    ("fault", "said", "renewed"),
    [
        (Fault("edge", "service", "fail", match="enable", text="no licence"), "FAILURE: no licence", False),
        (Fault("edge", "service", "ignore", match="enable"), "SUCCESS: Webbridge3 enabled", False),
        (Fault("edge", "service", "silent", match="enable"), "", True),
    ],
)
def test_faults_of_a_start(lab: Lab, authority: Authority, fault: Fault, said: str, renewed: bool) -> None:
    fleet = lab(EDGE, faults=[fault])
    lay(fleet.nodes["edge"].files, authority)
    with Client(fleet, "edge") as client:
        text = renew(client)
    assert said in text if said else not text
    running = bridge(fleet).running
    expected = (fleet.nodes["edge"].files / NEW[1]).read_bytes()
    assert (running is not None and running["https certificate"] == expected) == renewed


def test_what_goes_on_in_a_service_is_lost_when_it_stops(lab: Lab) -> None:
    fleet = lab(EDGE)
    service = bridge(fleet)
    service.busy = 3
    with Client(fleet, "edge") as client:
        client.run("turn restart")
        assert (service.busy, service.lost) == (3, 0)
        client.run("webbridge3 restart")
    assert (service.busy, service.lost) == (0, 3)
    assert [event.text for event in fleet.log.select("lost")] == ["3 of webbridge3"]


def presented(fleet: Fleet, service: str, pair: str = "") -> x509.Certificate:
    """What a client sees on a port of a service."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(fleet.service_address("edge", service, pair), PATIENCE_SECONDS) as line,
        context.wrap_socket(line) as tls,
    ):
        der = tls.getpeercert(binary_form=True)
    assert der is not None
    return x509.load_der_x509_certificate(der)


def leaf(fleet: Fleet, file: str) -> x509.Certificate:
    return x509.load_pem_x509_certificates((fleet.nodes["edge"].files / file).read_bytes())[0]


PORTS = [("webadmin", ""), ("webbridge3", "https"), ("webbridge3", "c2w"), ("turn", ""), ("recorder", "sip")]


@pytest.mark.parametrize(("service", "pair"), PORTS)
def test_each_port_presents_what_is_set(lab: Lab, authority: Authority, service: str, pair: str) -> None:
    fleet = lab(EDGE)
    lay(fleet.nodes["edge"].files, authority)
    assert presented(fleet, service, pair) == leaf(fleet, OLD[1])
    with Client(fleet, "edge") as client:
        assert str(fleet.service_address("edge", service, pair)[1]) in client.run(service)
        client.run(f"{service} {pair} certs new.key new-fullchain.cer")
        assert presented(fleet, service, pair) == leaf(fleet, OLD[1])
        client.run(f"{service} disable")
        with pytest.raises(OSError, match=r"EOF occurred|reset"):
            presented(fleet, service, pair)
        client.run(f"{service} enable")
        assert presented(fleet, service, pair) == leaf(fleet, NEW[1])


def test_a_service_that_is_enabled_later_listens_then(lab: Lab, authority: Authority) -> None:
    fleet = lab(EDGE)
    lay(fleet.nodes["edge"].files, authority)
    with Client(fleet, "edge") as client:
        client.run("meetingapps https certs new.key new-fullchain.cer")
        assert "SUCCESS: Meetingapps enabled" in client.run("meetingapps enable")
    assert presented(fleet, "meetingapps", "https") == leaf(fleet, NEW[1])


def test_a_call_bridge_is_where_the_inventory_says(lab: Lab) -> None:
    fleet = lab("healthy")
    port = fleet.service_address("lon-1", "callbridge")[1]
    assert f"    sip_port: {port}\n" in (fleet.inventory / "hosts.yaml").read_text()


def test_a_service_is_away_for_a_while(lab: Lab) -> None:
    fleet = lab(EDGE, service_away_seconds=3600.0)
    with Client(fleet, "edge") as client:
        assert "STATUS                  : webadmin running" in client.run("webadmin")
        client.run("webadmin restart")
        assert "STATUS                  : webadmin stopped" in client.run("webadmin")
    assert fleet.nodes["edge"].services["webadmin"].running is None
