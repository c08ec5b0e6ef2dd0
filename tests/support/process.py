"""`mmpctl` as a process of its own, against a lab."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

from mmpctl.lab.fleet import Fleet
from tests.support.children import ended
from tests.support.command import QUIET
from tests.support.fleet import CLUSTER, KEEPER

COMMAND = [sys.executable, "-c", "from mmpctl.cli.app import main; main()"]


def quick_to_read(fleet: Fleet) -> Fleet:
    """The same fleet, with an inventory by which nobody listens longer than the lab needs."""
    defaults = {"platform": "cisco_cms", "connection_options": {"netmiko": {"extras": QUIET}}}
    (fleet.inventory / "defaults.yaml").write_text(json.dumps(defaults), encoding="utf-8")
    return fleet


def environment(fleet: Fleet) -> dict[str, str]:
    """The variables of a process that signs in to the lab."""
    return {**os.environ, "MMP_USERNAME": fleet.username, "MMP_PASSWORD": fleet.password, "TERM": "xterm"}


def renewal(fleet: Fleet) -> list[str]:
    """The arguments of a renewal that asks nothing."""
    certs = str(fleet.certificates)
    return ["renew", "-i", str(fleet.inventory), "--certs", certs, "--yes", "--keeper", f"{CLUSTER}={KEEPER}"]


def started(
    fleet: Fleet, place: Path, *, ignores: tuple[signal.Signals, ...] = ()
) -> AbstractContextManager[subprocess.Popen[str]]:
    """A renewal without a terminal; as under `nohup`, it may be born with signals that it ignores."""

    def ignore() -> None:
        for number in ignores:
            signal.signal(number, signal.SIG_IGN)

    return ended(
        subprocess.Popen(
            [*COMMAND, *renewal(fleet)],
            cwd=place,
            env=environment(fleet),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=ignore,  # noqa: PLW1509 - no threads of ours matter before exec
        )
    )
