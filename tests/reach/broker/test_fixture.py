"""The broker of the tests: it comes back with what it had, and does not outlive who started it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, cast

import pytest

from tests.support.children import PATIENCE_SECONDS, ended
from tests.support.rabbitmq import DESKS, OWNER, SITES, Broker

pytestmark = pytest.mark.gate


def test_comes_back_with_its_queues_and_users(broker: Broker) -> None:
    broker.restart(signal.SIGKILL)
    with broker.connection(OWNER) as connection, connection.channel() as channel:
        for site in SITES:
            for queue in (f"site.{site}", *(f"replies.{site}.{desk}" for desk in DESKS)):
                assert channel.queue_declare(queue, passive=True).message_count == 0
    for user in ("site-oslo", "desk"):
        with broker.connection(user) as connection:
            connection.connect()


def test_ends_with_who_started_it(tmp_path: Path, broker: Broker) -> None:
    text = (
        "import sys; from pathlib import Path; from tests.support.rabbitmq import broker_in\n"
        "with broker_in(Path(sys.argv[1])) as broker: print(broker.pid, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", text, str(tmp_path / "broker")]
    with ended(
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3])
    ) as starter:
        pid = int(cast("IO[bytes]", starter.stdout).readline())
        assert _alive(pid)
        starter.kill()
    until = time.monotonic() + PATIENCE_SECONDS
    while _alive(pid):
        assert time.monotonic() < until
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    try:
        return "Z" not in (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
