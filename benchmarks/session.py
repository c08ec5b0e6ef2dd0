"""One session of four commands: Netmiko's generic platform beside ours, against the same scripted server.

Run it from the top of the checkout: `python -m benchmarks.session`. It prints the medians and their ratio.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from netmiko import ConnectHandler

from mmpctl.device.platform import register
from tests.support.scripted import Scripted, answering

COMMANDS = ("database cluster status", "pki list", "pki inspect server.cer", "pki inspect client.cer")
ROUNDS = 10


def session(platform: str, **arguments: Any) -> None:
    """Connect, run the commands, disconnect."""
    with ConnectHandler(device_type=platform, **arguments) as line:
        for command in COMMANDS:
            line.send_command(command)


def median(run: Callable[[], None]) -> float:
    """Milliseconds of the median round; the first one, which imports, does not count."""
    seconds = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:]) * 1000


def main() -> None:
    """Measure both side by side, on the same server."""
    register()
    replies = dict.fromkeys(COMMANDS, b"a line of the answer\r\n" * 20)
    with tempfile.TemporaryDirectory() as folder, Scripted(answering(replies), Path(folder)) as server:
        ours = server.arguments()
        stock = {key: ours[key] for key in ("host", "port", "username", "password")}
        stock |= {
            "default_enter": "\r",
            "ssh_strict": True,
            "alt_host_keys": True,
            "alt_key_file": ours["alt_key_file"],
        }
        slow = median(lambda: session("generic", **stock))
        fast = median(lambda: session("cisco_cms", **ours))
    print(f"netmiko generic {slow:.1f} ms · cisco_cms {fast:.1f} ms · ratio {slow / fast:.0f}")  # noqa: T201


if __name__ == "__main__":
    main()
