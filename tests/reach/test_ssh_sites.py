"""Sites over OpenSSH: a real server with a forced command, through a second one, and a line that is cut at any time."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mmpctl.inventory.nodes import Node, nodes_of
from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import sample
from mmpctl.reach.address import read_address
from mmpctl.reach.answer_lines import Part, Row
from mmpctl.reach.engine import Answer, Engine, Errand
from mmpctl.reach.lines.site_line import Bounds
from mmpctl.reach.site_inventory import digest_of, nodes_around
from mmpctl.reach.sites_file import RemoteSite
from mmpctl.reach.verbs import StatusRequest
from tests.support.children import PATIENCE_SECONDS
from tests.support.command import Command
from tests.support.fleet import nornir
from tests.support.gate import some
from tests.support.jump_host import jump_host
from tests.support.lab import Lab
from tests.support.lab_client import until
from tests.support.many_sites import site_program, sites_file, started_here
from tests.support.site_host import SiteHost, site_host

PATIENT = Bounds(PATIENCE_SECONDS, PATIENCE_SECONDS)
# One of its nodes says nothing more, so that the site goes on working; another has been told of by then.
FROZEN = [Fault("osl-2", "command", "freeze", count=0)]
NAMES = ("osl-1", "osl-2")


@pytest.fixture
def fleet(lab: Lab) -> Fleet:
    return lab(sample(), faults=FROZEN)


@pytest.fixture
def oslo(fleet: Fleet, tmp_path: Path) -> Iterator[SiteHost]:
    with site_host(fleet, tmp_path / "oslo", "oslo") as host:
        yield host


def asked(
    host: SiteHost,
    fleet: Fleet,
    *,
    names: tuple[str, ...] = ("osl-1",),
    heard: Callable[[str], None] = lambda _: None,
    config: Path | None = None,
) -> Answer:
    """What comes of a status of the site."""
    everybody: tuple[Node, ...] = nodes_of(nornir(fleet))
    site = RemoteSite("oslo", read_address(host.address))
    errand = Errand(site, StatusRequest(names), digest_of(nodes_around("oslo", everybody)))

    def told(errand: Errand, row: Row | Part) -> None:
        assert isinstance(row, Row)
        heard(row.node)

    (answer,) = Engine(config or host.config, PATIENT).run([errand], told)
    return answer


def test_a_forced_command_serves_the_site_and_nothing_else(fleet: Fleet, oslo: SiteHost) -> None:
    answer = asked(oslo, fleet)
    assert (answer.error, answer.rows, answer.same_inventory) == (None, 1, True)


@pytest.mark.gate
def test_an_audit_by_command_over_ssh(fleet: Fleet, oslo: SiteHost, mmpctl: Command, tmp_path: Path) -> None:
    file = sites_file(tmp_path, {"oslo": oslo.address, "london": started_here(site_program(fleet, tmp_path, "london"))})
    hosts = ("--host", "osl-1", "--host", "lon-4")
    said = mmpctl("audit", "--engine", file, "--ssh-config", oslo.config, *hosts, "-o", "json", fleet=fleet)
    assert said.code == 4, said.err
    assert [(site["name"], site["answered"], site["rows"]) for site in said.document["sites"]] == [
        ("oslo", True, 1),
        ("london", True, 1),
    ]


@pytest.mark.gate
def test_a_site_behind_a_jump_host(fleet: Fleet, oslo: SiteHost, tmp_path: Path) -> None:
    with jump_host(tmp_path / "jump") as jump:
        first = jump.config.read_text().partition("Host *")[0]
        config = tmp_path / "config"
        config.write_text(f"{first}{oslo.config.read_text()}  ProxyJump jump\n")
        assert asked(oslo, fleet, config=config).error is None
        assert "Accepted publickey" in jump.log()
        cut = threading.Event()

        def cut_there(name: str) -> None:
            for pid in SiteHost("jump", jump, config).sessions():
                os.kill(pid, signal.SIGKILL)
            cut.set()

        answer = asked(oslo, fleet, names=NAMES, heard=cut_there, config=config)
    assert cut.is_set() and answer.error is not None and answer.rows == 1
    until(lambda: not oslo.programs(), "the end of the site's program", seconds=PATIENCE_SECONDS)


def no_key(host: SiteHost) -> None:
    (host.server.folder / "authorized").write_text("")


def other_host_key(host: SiteHost) -> None:
    public = (host.server.folder / "user.pub").read_text()
    (host.server.folder / "known_hosts").write_text(f"[127.0.0.1]:{host.server.port} {public}")


def unknown_host_key(host: SiteHost) -> None:
    (host.server.folder / "known_hosts").write_text("")


def no_program(host: SiteHost) -> None:
    host.authorize('restrict,command="/nowhere/mmpctl site"')


def another_program(host: SiteHost) -> None:
    host.authorize('restrict,command="cat /etc/hostname"')


@pytest.mark.parametrize(
    ("breaks", "told"),
    some(
        [
            (no_key, "Permission denied"),
            (other_host_key, "Host key verification failed"),
            (unknown_host_key, "Host key verification failed"),
            (no_program, "No such file or directory"),
            (another_program, "does not speak as mmpctl does"),
        ],
        every=5,
    ),
)
def test_a_site_that_cannot_be_asked(
    fleet: Fleet, oslo: SiteHost, breaks: Callable[[SiteHost], None], told: str
) -> None:
    breaks(oslo)
    answer = asked(oslo, fleet)
    assert answer.hello is None and answer.error is not None and told in answer.error.message
    assert not fleet.log.select("connect")


def program_killed(host: SiteHost) -> None:
    for pid in host.programs():
        os.kill(pid, signal.SIGKILL)


def session_killed(host: SiteHost) -> None:
    for pid in host.sessions():
        os.kill(pid, signal.SIGKILL)


def session_frozen(host: SiteHost) -> None:
    for pid in host.sessions():
        os.kill(pid, signal.SIGSTOP)


@pytest.mark.parametrize(
    ("cut", "told"),
    some(
        [
            (session_killed, "hung up"),
            (program_killed, "hung up"),
            # OpenSSH's client gives it up after three times two seconds.
            (session_frozen, "not responding"),
        ],
        every=3,
    ),
)
def test_a_line_that_is_cut_while_the_site_works(
    fleet: Fleet, oslo: SiteHost, cut: Callable[[SiteHost], None], told: str
) -> None:
    heard: list[str] = []

    def cut_then(name: str) -> None:
        heard.append(name)
        cut(oslo)

    answer = asked(oslo, fleet, names=NAMES, heard=cut_then)
    assert heard == ["osl-1"] and answer.rows == 1, "what had come before is kept"
    assert answer.error is not None and told in answer.error.message
    if cut is not session_frozen:
        until(lambda: not oslo.programs(), "the end of the site's program", seconds=PATIENCE_SECONDS)


@pytest.mark.gate
def test_a_machine_that_takes_the_call_and_says_nothing_is_given_up_after_ten_seconds(
    fleet: Fleet, oslo: SiteHost, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = tmp_path / "config"
        port = silent.getsockname()[1]
        config.write_text(oslo.config.read_text().replace(f"Port {oslo.server.port}", f"Port {port}"))
        answer = asked(oslo, fleet, config=config)
    assert answer.error is not None and "timed out" in answer.error.message
