"""Runs the sample fleet in the foreground: `python -m mmpctl.lab --folder DIR --for-seconds N`."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import signal
import sys
import threading
from pathlib import Path

from .fleet import Fleet
from .listing import write_description
from .scenario import deployment, sample
from .switches import Switches


def main(arguments: list[str] | None = None) -> int:
    """Run the fleet until its time is over, or SIGTERM or SIGINT; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m mmpctl.lab", description="A simulated fleet on loopback addresses."
    )
    parser.add_argument("--folder", type=Path, required=True, help="an existing empty folder")
    parser.add_argument("--for-seconds", type=float, required=True, help="the fleet stops by itself after so long")
    parser.add_argument("--networking", choices=("auto", "addresses", "ports"), default="auto")
    parser.add_argument("--operation-seconds", type=float, default=3.0, help="how long remove, join … take")
    parser.add_argument("--services", action="store_true", help="a cluster whose services work together, with calls")
    parser.add_argument("--ready-file", type=Path, help="is made once every node listens")
    parser.add_argument("--ready-fd", type=int, help="gets a line once every node listens")
    options = parser.parse_args(arguments)
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    seconds = options.operation_seconds
    switches = Switches(
        remove_seconds=seconds,
        initialize_seconds=seconds,
        join_seconds=seconds,
        connect_seconds=seconds,
        # A service is quicker than a database.
        service_busy_seconds=seconds / 3,
    )
    try:
        spec = deployment() if options.services else sample()
        fleet = Fleet(spec, options.folder, switches=switches, networking=options.networking).start()
    except OSError as error:
        sys.stderr.write(f"The lab could not start: {error}\n")
        return 1
    with fleet:
        write_description(options.folder / "lab.json", _description(fleet, options.for_seconds))
        if options.ready_file is not None:
            options.ready_file.touch()
        if options.ready_fd is not None:
            os.write(options.ready_fd, b"ready\n")
            os.close(options.ready_fd)
        over.wait(options.for_seconds)
    return 0


def _description(fleet: Fleet, seconds: float) -> dict[str, object]:
    ends = dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=seconds)
    return {
        "pid": os.getpid(),
        "inventory": str(fleet.inventory.resolve()),
        "known_hosts": str(fleet.known_hosts.resolve()),
        "username": fleet.username,
        "password": fleet.password,
        "ssh_key": str(fleet.ssh_key.resolve()),
        "certificates": str(fleet.certificates.resolve()),
        "service_certificates": str(fleet.service_certificates.resolve()) if fleet.deployments else None,
        "networking": fleet.networking,
        "ends_at": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


if __name__ == "__main__":
    sys.exit(main())
