"""No secret passes a broker: its messages, disk and log, and what the worker says are searched for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from mmpctl.lab.scenario import sample
from mmpctl.reach.broker.names import replies_exchange
from mmpctl.runs.runs_folder import create
from mmpctl.times import now_utc
from tests.support.command import Command
from tests.support.gate import some
from tests.support.lab import Lab
from tests.support.many_sites import site_program, sites_file
from tests.support.rabbitmq import DESKS, OWNER, Broker
from tests.support.site_secrets import COMMANDS, OF_NODES, secrets
from tests.support.site_worker import SiteWorker, site_worker

pytestmark = pytest.mark.gate
SITE = "oslo"


@contextmanager
def listening(broker: Broker) -> Iterator[list[str]]:
    """All that passes to and from a site, with its headers; complete once the block has ended."""
    heard: list[str] = []
    with broker.connection(OWNER) as connection, connection.channel() as channel:
        spy = channel.queue_declare(exclusive=True).queue
        channel.queue_bind(spy, "sites", SITE)
        channel.queue_bind(spy, replies_exchange(SITE), DESKS[0])
        yield heard
        while (message := channel.basic_get(spy, no_ack=True)) is not None:
            body = message.body if isinstance(message.body, str) else bytes(message.body).decode()
            heard.append(f"{message.properties} {message.headers} {body}")


@pytest.mark.parametrize("command", some(list(COMMANDS), every=1))
def test_no_secret_passes_a_broker(broker: Broker, lab: Lab, mmpctl: Command, tmp_path: Path, command: str) -> None:
    fleet = lab(sample())
    kept = tmp_path / "kept"
    kept.mkdir()
    if command == "runs":
        create(kept / "runs", {"command": "renew", "clusters": [{"name": "osl-prod", "keeper": "osl-1"}]}, now_utc())
    options = ("--backups", kept, "--certs", fleet.certificates, "--runs", kept / "runs", "--renews")
    program = site_program(fleet, tmp_path, SITE, *map(str, options))
    file = sites_file(tmp_path, {SITE: {"address": broker.address, "renews": True}})
    (tmp_path / "broker").symlink_to(broker.desk_files())
    before = len(broker.log())
    with site_worker(broker, tmp_path, SITE, [str(program)]) as worker, listening(broker) as heard:
        words = ("--engine", file, "-o", "json", *(("--site", SITE) if command in OF_NODES else ()))
        said = mmpctl(*COMMANDS[command], *words, fleet=None if command == "runs" else fleet)
        started = [*_of_the_worker(worker)]
        log = worker.said
    assert said.document["sites"][0]["answered"] and len(heard) >= 3, said
    journals = [line for one in kept.glob("runs/*/journal.jsonl") for line in one.read_text().splitlines()]
    backups = [one.read_text("latin-1") for one in kept.glob("runs/*/backups/*/*/*")]
    assert command != "renew" or (said.code == 0 and journals and backups), said
    known = {*secrets(fleet), *_lines_of_keys(broker), *journals, *backups}
    assert len(known) > 10 and any(SITE in text for text in heard)
    on_disk = [one.read_text("latin-1") for one in (broker.folder / "mnesia").rglob("*") if one.is_file()]
    everything = {
        "messages": heard,
        "the broker's log": [broker.log()[before:]],
        "the broker's disk": on_disk,
        "the worker's log": [log],
        "the worker's arguments and variables": started,
    }
    for name, texts in everything.items():
        assert any(texts), name
        assert [one for one in known if any(one in text for text in texts)] == [], name


def _of_the_worker(worker: SiteWorker) -> Iterator[str]:
    """How the worker's own processes were started; the site's program has the account, and may be ending."""
    for pid in worker.everybody():
        place = Path("/proc") / str(pid)
        with suppress(OSError):
            words, variables = (place / "cmdline").read_text(), (place / "environ").read_text()
            if "\0worker\0" in words:
                yield words + variables


def _lines_of_keys(broker: Broker) -> Iterator[str]:
    """Each line of the keys by which sites and desks are known at the broker."""
    for key in broker.folder.rglob("key.pem"):
        yield from key.read_text().splitlines()[1:-1]
