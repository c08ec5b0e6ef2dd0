"""An audit of many nodes: with a tenth of them dead beside none dead, and of a large fleet beside a small one.

Run it from the top of the checkout: `python -m benchmarks.fleet [--nodes 200]`. It prints the ratios of the times, and
the memory that each further node takes. What counts is when the last living node was seen: a dead one is waited for,
and may be the last. The lab runs in a process of its own, on the same machine: it takes the larger part of the time.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from ruamel.yaml import YAML

from mmpctl.lab.fleet import Fleet
from mmpctl.lab.scenario import FleetSpec, NodeSpec, cluster

# More than there are workers: what they take once does not count as growth.
_SMALL = 60
_AUDIT = """
import resource, sys, time
from mmpctl.cli import app
from mmpctl.audit.progress import AuditProgress

began = last = time.perf_counter()
tell = AuditProgress.seen

def seen(progress, node):
    global last
    if node.error is None:
        last = time.perf_counter()
    tell(progress, node)

AuditProgress.seen = seen
code = app.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, last - began, file=sys.stderr)
sys.exit(code)
"""


@dataclass(frozen=True)
class Measured:
    """One audit.

    Args:
        seconds: that it took.
        living: seconds until the last living node was seen.
        kilobytes: its memory at the most.
        seen: how many nodes it saw.
        unseen: how many it did not.
    """

    seconds: float
    living: float
    kilobytes: int
    seen: int
    unseen: int


def spec(nodes: int) -> FleetSpec:
    """A fleet of so many nodes: clusters of four, what is left alone."""
    clusters = []
    for number in range(nodes // 4):
        name, subnet = f"c{number}", f"127.{80 + number // 250}.{number % 250}"
        clusters.append(cluster(name, slaves=2, clients=1, prefix=f"{name}-", subnet=subnet))
    alone = (NodeSpec(f"e{number}", f"127.90.0.{number + 1}", "edge") for number in range(nodes % 4))
    return FleetSpec(tuple(clusters), tuple(alone))


def lab(folder: str, nodes: int, dead: int, line: Connection) -> None:
    """Run a fleet until the line is closed; of the dead, one half refuses, the other takes calls and says nothing."""
    with Fleet(spec(nodes), Path(folder), networking="ports") as fleet:
        names = list(fleet.nodes)[:: max(nodes // dead, 1)][:dead] if dead else []
        hosts = YAML().load(fleet.inventory / "hosts.yaml")
        silent = []
        for number, name in enumerate(names):
            fleet.take_down(name)
            if number % 2:
                silent.append(socket.create_server(("127.0.0.1", 0)))
                hosts[name]["port"] = silent[-1].getsockname()[1]
        YAML().dump(hosts, fleet.inventory / "hosts.yaml")
        with (fleet.known_hosts).open("a", encoding="utf-8") as known:
            # A key of the right form: one that cannot be read would end the call before it is made.
            key = fleet.known_hosts.read_text("utf-8").split()[1:3]
            known.writelines(f"[127.0.0.1]:{one.getsockname()[1]} {' '.join(key)}\n" for one in silent)
        line.send((str(fleet.inventory), fleet.username, fleet.password))
        # The other end closes it when it has what it wants.
        line.poll(None)


def audit(nodes: int, dead: int) -> Measured:
    """Audit a fleet of so many nodes."""
    ours, theirs = multiprocessing.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        process = multiprocessing.get_context("spawn").Process(target=lab, args=(folder, nodes, dead, theirs))
        process.start()
        theirs.close()
        inventory, username, password = ours.recv()
        began = time.perf_counter()
        done = subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-c", _AUDIT, "audit", "-i", inventory, "-o", "json"],
            env={**os.environ, "MMP_USERNAME": username, "MMP_PASSWORD": password},
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - began
        ours.close()
        process.join()
        summary = json.loads(done.stdout)["summary"]
        unseen = summary["unreachable"]
        kilobytes, living = done.stderr.split()[-2:]
        return Measured(seconds, float(living), int(kilobytes), summary["nodes"] - unseen, unseen)


def main() -> None:
    """Measure side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=200)
    nodes = parser.parse_args().nodes
    if nodes <= _SMALL:
        parser.error(f"--nodes: more than the {_SMALL} of the small fleet")
    small, well, torn = audit(_SMALL, 0), audit(nodes, 0), audit(nodes, nodes // 10)
    for name, one in (("small", small), ("large", well), ("large, a tenth dead", torn)):
        sys.stdout.write(
            f"{name}: {one.seen} seen in {one.living:.1f} s, {one.unseen} not, {one.seconds:.1f} s in all, "
            f"{one.kilobytes / 1024:.0f} MB\n"
        )
    # A tenth of them is not there to be seen: the time for each living node is what can be compared.
    torn_each, well_each, small_each = (one.living / one.seen for one in (torn, well, small))
    each = (well.kilobytes - small.kilobytes) / (nodes - _SMALL)
    sys.stdout.write(
        f"time for each living node, a tenth dead beside none: ratio {torn_each / well_each:.2f}; large beside small: "
        f"ratio {well_each / small_each:.2f} · {each:.0f} kB for each further node\n"
    )


if __name__ == "__main__":
    main()
