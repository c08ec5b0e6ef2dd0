"""The lab prints what real devices printed: the same session gives the same bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import Scenario, cluster
from tests.support.lab import Lab
from tests.support.lab_client import Client, Shell, settled, until

FOLDER = Path(__file__).parent / "transcripts"
NAMES = ("dbclusterserver.key", "dbclusterserver.cer", "dbclusterclient.key", "dbclusterclient.cer", "CAVD.cer")
CERTS = " ".join(["database cluster certs", *NAMES])
ADDRESSES = ("10.106.85.73", "10.106.85.74", "10.106.85.75")


def transcript(name: str) -> str:
    """A transcript from its first command on, without its prompts at the end."""
    lines = (FOLDER / f"{name}.txt").read_text().splitlines()[1:]
    while lines[0] in ("cms2>", "cms2> ") or not lines[0].startswith("cms2> "):
        lines.pop(0)
    while lines[-1].strip() in ("cms2>", ""):
        lines.pop()
    return "\n".join(lines)


def shown(text: str) -> str:
    """What a screen shows of what was read."""
    lines = (line.rsplit("\r", 1)[-1] for line in text.replace("\r\n", "\n").split("\n"))
    return "\n".join(lines).rstrip().removesuffix("cms2>").rstrip()


def start(lab: Lab, scenario: Scenario) -> Fleet:
    """The transcripts' cluster: their addresses, file names and host name; the third node is the one that is seen."""
    spec = cluster(scenario=scenario)
    nodes = (replace(node, address=address) for node, address in zip(spec.nodes, ADDRESSES, strict=True))
    fleet = lab(replace(spec, nodes=tuple(replace(node, prompt="cms2") for node in nodes)))
    for node in fleet.nodes:
        for source, name in zip(("server.key", "server.cer", "client.key", "client.cer", "ca.cer"), NAMES, strict=True):
            content = (fleet.certificates / "lon-prod" / node / source).read_bytes()
            (fleet.nodes[node].files / name).write_bytes(content)
    return fleet


def seen(shell: Shell, command: str, end: str | None = None) -> str:
    shell.send(command + "\r")
    return shown("cms2> " + shell.read(end))


@pytest.mark.parametrize(
    ("scenario", "command", "name", "width"),
    [
        ("expired", " ".join(["database cluster certs", *NAMES]), "database_cluster_certs_01", 500),
        ("disabled", "database cluster initialize", "database_cluster_initialize_01", 80),
        ("healthy", "database cluster join 10.106.85.73", "database_cluster_join_01", 500),
    ],
)
def test_questions_and_refusals(lab: Lab, scenario: Scenario, command: str, name: str, width: int) -> None:
    with Client(start(lab, scenario), "lon-3") as client:
        expected = transcript(name)
        if name == "database_cluster_certs_01":
            expected = f"cms2> {command}\n" + expected.partition("\n")[2]
        end = "\r\n".join([*expected.splitlines()[-2:], ""]) if "?" in expected else None
        assert seen(client.shell(width=width), command, end) == expected


def test_remove(lab: Lab) -> None:
    with Client(start(lab, "expired"), "lon-3") as client:
        shell = client.shell()
        # The transcript's terminal does not show the key.
        client.fleet.set_switches("lon-3", echo_y=False)
        text = shell.ask("database cluster remove")
        shell.send("Y")
        whole = (text + shell.read()).replace("procedure.\r\n\r\n", "procedure.\r\n")
        assert "cms2> " + shown(whole) == transcript("database_cluster_remove_02")


def test_status_after_initialize_and_join(lab: Lab) -> None:
    fleet = start(lab, "disabled")
    with Client(fleet, "lon-3") as third, Client(fleet, "lon-1") as first, Client(fleet, "lon-2") as second:
        for client in (third, first, second):
            client.run(CERTS)
        shell = third.shell()
        shell.confirm("database cluster initialize")
        settled(fleet, "lon-3")
        assert seen(shell, "database cluster status") == transcript("database_cluster_status_04")
        shell.confirm("database cluster remove")
        settled(fleet, "lon-3")
        first.run("database cluster initialize", b"Y")
        settled(fleet, "lon-1")
        for client in (second, third):
            client.run("database cluster join 10.106.85.73", b"Y")
        until(lambda: len(fleet.log.select("synced")) == 2, "both slaves in sync")
        assert seen(shell, "database cluster status") == transcript("database_cluster_status_05")


def test_status_after_remove(lab: Lab) -> None:
    fleet = start(lab, "expired")
    expected = transcript("database_cluster_status_03").replace("EXPRSVR.cer", "dbclusterclient.cer")
    with Client(fleet, "lon-3") as client:
        shell = client.shell()
        shell.confirm("database cluster remove")
        settled(fleet, "lon-3")
        assert seen(shell, "database cluster status") == expected.replace(" CA.cer", " dbclusterca.cer")


def test_certs_on_a_narrow_terminal(lab: Lab) -> None:
    with Client(start(lab, "disabled"), "lon-3") as client:
        shell = client.shell(width=80)
        assert seen(shell, CERTS) == transcript("database_cluster_certs_02")


def test_backup(lab: Lab) -> None:
    with Client(start(lab, "healthy"), "lon-3") as client:
        assert seen(client.shell(), "backup snapshot jaihanuman") == transcript("backup_01")
