"""`docs/broker.md` gone through as it is written: its commands are typed, and the broker that comes of it is real."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmpctl.lab.scenario import sample
from tests.support import schemas
from tests.support.command import Command
from tests.support.guide import blocks, chapter
from tests.support.lab import Lab
from tests.support.many_sites import site_program
from tests.support.process import quick_to_read
from tests.support.rabbitmq import ADDRESS, FOR_TESTS, HOST, Broker, require_rabbitmq
from tests.support.site_worker import site_worker

pytestmark = pytest.mark.gate

PAGE = "broker.md"
_FILES = {"ca.pem": "ca.pem", "{}.pem": "cert.pem", "{}.key": "key.pem"}


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    """A broker that nobody has set up yet, and the folder in which its owner and the desk type."""
    require_rabbitmq()
    folder, desk = tmp_path / "broker", tmp_path / "desk"
    folder.mkdir(mode=0o700)
    desk.mkdir(mode=0o700)
    monkeypatch.chdir(desk)
    broker = Broker(folder)
    for file in (folder / "server").iterdir():
        file.unlink()
    yield broker
    broker.close()


def here(broker: Broker, text: str) -> str:
    """What the page says, for this machine."""
    return text.replace("broker.example.com/", f"{HOST}:{broker.port}/").replace("broker.example.com", HOST)


def make_certificates(broker: Broker) -> None:
    text = chapter(PAGE, "Certificates")
    for block in blocks(text, "ini"):
        name = block.splitlines()[0].removeprefix("# ")
        Path(name).write_text(here(broker, block), encoding="utf-8")
    for block in blocks(text, "sh"):
        for line in here(broker, block).splitlines():
            # In place of what is asked on the terminal.
            typed = line.replace("-keyout ca.key", "-keyout ca.key -passout pass:secret")
            typed = typed.replace("-CAkey ca.key", "-CAkey ca.key -passin pass:secret")
            subprocess.run(typed, shell=True, check=True, capture_output=True)  # noqa: S602 - as a reader types it


def lay_down(user: str, place: Path) -> Path:
    """The three files of somebody, under the names that they have there."""
    place.mkdir(exist_ok=True)
    for source, target in _FILES.items():
        (place / target).write_bytes(Path(source.format(user)).read_bytes())
    (place / "key.pem").chmod(0o600)
    return place


def set_up(mmpctl: Command, broker: Broker) -> None:
    text = chapter(PAGE, "The broker")
    (sites,) = blocks(text, "yaml")
    Path("sites.yaml").write_text(here(broker, sites), encoding="utf-8")
    for line in "".join(blocks(text)).splitlines():
        said = mmpctl(*shlex.split(line, comments=True)[1:])
        assert said.code == 0, (line, said)
    server = lay_down("broker", broker.folder / "server")
    (server / "definitions.json").write_bytes(Path("definitions.json").read_bytes())
    conf = Path("rabbitmq.conf").read_text(encoding="utf-8").replace("/etc/rabbitmq", str(server))
    conf = re.sub(r"(?m)^(listeners\.ssl\.1 = )(\d+)$", rf"\g<1>{ADDRESS}:\g<2>", conf)
    (broker.folder / "rabbitmq.conf").write_text(conf + FOR_TESTS, encoding="utf-8")
    broker.start()


def test_ten_minutes(mmpctl: Command, own: Broker, lab: Lab, tmp_path: Path) -> None:
    fleet = quick_to_read(lab(sample()))
    make_certificates(own)
    set_up(mmpctl, own)
    lay_down("desk-1", Path("broker"))
    files = lay_down("site-oslo", tmp_path / "oslo")
    with site_worker(own, tmp_path, "oslo", [str(site_program(fleet, tmp_path, "oslo"))], files=files):
        lines = "".join(blocks(chapter(PAGE, "A desk"))).splitlines()
        checked, audited = (
            mmpctl(*shlex.split(line)[1:], "-i", fleet.inventory, "--site", "oslo", "-o", "json") for line in lines
        )
    assert checked.code == 0, checked.out + (tmp_path / "worker-oslo.log").read_text()
    nodes = [node for cluster in schemas.check(audited.document)["clusters"] for node in cluster["nodes"]]
    assert nodes and all(node["reachable"] for node in nodes)


@pytest.mark.prove
def test_what_the_owner_types_later(mmpctl: Command, own: Broker) -> None:
    make_certificates(own)
    set_up(mmpctl, own)
    text = chapter(PAGE, "The broker")
    users = {line.split()[0] for line in own.control("-q", "list_users").splitlines()}
    assert users >= {"desk-1", "site-london", "site-oslo"} and "guest" not in users
    said = mmpctl("engine", "definitions", "--desk", "desk-1", "--desk", "desk-2", "-o", "json", "--output-file", "new")
    assert said.code == 0
    for line in re.findall(r"`(rabbitmqctl [^`]+)`", text):
        own.control("-q", *shlex.split(line.replace("/etc/rabbitmq/definitions.json", str(Path("new").absolute())))[1:])
    left = {line.split()[0] for line in own.control("-q", "list_users").splitlines()}
    assert left - users == {"desk-2"} and users - left == {"site-oslo"}
