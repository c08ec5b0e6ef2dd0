"""The unit of a site's worker as it is shipped: what it starts, what it leaves alone, and the page about it."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.children import PATIENCE_SECONDS, ended
from tests.support.guide import blocks, chapter
from tests.support.lab_client import until
from tests.support.process import COMMAND
from tests.support.rabbitmq import Broker

UNIT = Path(__file__).parents[2] / "monitoring" / "systemd" / "mmpctl-worker.service"
# Starts a program with what the unit denies: MemoryDenyWriteExecute= and NoNewPrivileges= (prctl), and UMask=.
DENIED = """import ctypes, os, sys
system = ctypes.CDLL(None)
if any(system.prctl(what, 1, 0, 0, 0) for what in (65, 38)):
    sys.exit(38)
os.umask(0o077)
os.execvp(sys.argv[1], sys.argv[1:])
"""


def started() -> list[str]:
    (command,) = re.findall(r"^ExecStart=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)
    return shlex.split(command)


def test_the_page_types_what_the_unit_starts() -> None:
    program, *words = started()
    by_hand = [line for line in "".join(blocks(chapter("broker.md", "A site"))).splitlines() if " worker " in line]
    given = {"${MMPCTL_SITE}": "oslo", "${MMPCTL_BROKER}": "amqps://broker.example.com/mmpctl"}
    assert [shlex.split(line)[1:] for line in by_hand] == [[given.get(word, word) for word in words]]
    assert Path(program).name == "mmpctl"
    (typed,) = blocks(chapter("broker.md", "A site"), "bash")
    assert all(f"{name[2:-1]}={value}" in typed for name, value in given.items())
    assert str(UNIT.relative_to(UNIT.parents[2])) in typed


def test_a_renewal_goes_on_when_the_worker_is_restarted() -> None:
    lines = UNIT.read_text(encoding="utf-8").splitlines()
    assert "KillMode=process" in lines and "Restart=always" in lines
    # What systemd takes away when a service stops, a renewal that goes on may need.
    taken_away = ("PrivateTmp=", "RemoveIPC=", "DynamicUser=", "RuntimeDirectory=", "LoadCredential", "SetCredential")
    assert not [line for line in lines if line.startswith(taken_away)]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_the_unit_is_shut_tight() -> None:
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", UNIT],
        capture_output=True,
        text=True,
        check=False,
    )
    # The threshold is in tenths: 2.0.
    assert rated.returncode == 0, rated.stdout[-2000:] + rated.stderr


@pytest.mark.gate
def test_it_runs_with_what_the_unit_denies_and_ends_in_order(broker: Broker, tmp_path: Path) -> None:
    within = [sys.executable, "-c", DENIED]
    if subprocess.run([*within, "true"], check=False).returncode:
        pytest.skip("this kernel cannot keep a program from making memory executable")
    given = {
        "${MMPCTL_SITE}": "oslo",
        "${MMPCTL_BROKER}": broker.address,
        "/srv/mmpctl/broker": str(broker.site_files("oslo")),
    }
    words = [given.get(word, word) for word in started()[1:]]
    log = tmp_path / "log"
    with log.open("wb") as sink, ended(subprocess.Popen([*within, *COMMAND, *words], stderr=sink)) as worker:
        until(lambda: b"waits for requests" in log.read_bytes(), "the worker", seconds=PATIENCE_SECONDS)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE_SECONDS) == 0, log.read_text()
