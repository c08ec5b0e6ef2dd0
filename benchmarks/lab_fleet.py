"""A fleet of simulated nodes in processes of their own, with one inventory of all of them."""

from __future__ import annotations

import json
import multiprocessing
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.target import HOST

# A process each: together they use what cores there are.
_LABS = 2
_IN_A_CLUSTER = 4


@dataclass(frozen=True, slots=True)
class LabFleet:
    """A fleet, as its clients have to know it.

    Args:
        folder: of the inventory, with the known hosts.
        logs: files of what the nodes heard.
        username: the account.
        password: its password.
    """

    folder: Path
    logs: tuple[Path, ...]
    username: str
    password: str

    @property
    def known_hosts(self) -> Path:
        """The file of host keys."""
        return self.folder / "known_hosts"

    def events(self) -> list[dict[str, Any]]:
        """Return what the nodes heard so far, in order; times are those of the monotonic clock."""
        lines = [line for log in self.logs for line in log.read_text(encoding="utf-8").splitlines()]
        return sorted((json.loads(line) for line in lines), key=lambda event: float(event["time"]))


@contextmanager
def lab_fleet(nodes: int, *, dead: int = 0, due: bool = False) -> Iterator[LabFleet]:
    """Run a fleet of clusters of four until the block is left.

    Args:
        nodes: how many; a multiple of eight.
        dead: how many of them cannot be reached: one half refuses, the other takes calls and says nothing.
        due: their certificates are about to expire.

    Raises:
        ValueError: so many nodes are no whole clusters.
    """
    if nodes % (_LABS * _IN_A_CLUSTER):
        raise ValueError(f"{nodes} nodes are no whole clusters")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        lines: list[Connection] = []
        for number in range(_LABS):
            (folder / str(number)).mkdir()
            line, theirs = multiprocessing.Pipe()
            arguments = (folder / str(number), number, nodes // _LABS, dead // _LABS, due, theirs)
            process = multiprocessing.get_context("spawn").Process(target=_lab, args=arguments)
            process.start()
            theirs.close()
            stack.callback(process.join)
            stack.callback(line.close)
            lines.append(line)
        found = [line.recv() for line in lines]
        yield _merged(folder, found)


def _merged(folder: Path, found: Sequence[tuple[Path, Path, str, str]]) -> LabFleet:
    """Return the labs as one fleet."""
    inventory = folder / "inventory"
    inventory.mkdir()
    for name in ("hosts.yaml", "groups.yaml", "known_hosts"):
        texts = [(each / name).read_text(encoding="utf-8").removeprefix("---\n") for each, *_ in found]
        (inventory / name).write_text("".join(texts), encoding="utf-8")
    (inventory / "defaults.yaml").write_bytes((found[0][0] / "defaults.yaml").read_bytes())
    _, _, username, password = found[0]
    return LabFleet(inventory, tuple(log for _, log, *_ in found), username, password)


def _lab(folder: Path, number: int, nodes: int, dead: int, due: bool, line: Connection) -> None:
    from mmpctl.lab.fleet import Fleet  # noqa: PLC0415
    from mmpctl.lab.scenario import FleetSpec, cluster  # noqa: PLC0415

    clusters = tuple(
        cluster(
            f"c{number}-{one}",
            "due" if due else "healthy",
            slaves=2,
            clients=1,
            site=f"site{number}",
            prefix=f"c{number}-{one}-",
            subnet=f"127.{80 + 20 * number + one // 250}.{one % 250}",
        )
        for one in range(nodes // _IN_A_CLUSTER)
    )
    with ExitStack() as stack:
        fleet = stack.enter_context(Fleet(FleetSpec(clusters), folder, networking="ports"))
        hosts = fleet.inventory / "hosts.yaml"
        for place, name in enumerate(list(fleet.nodes)[:: max(nodes // dead, 1)][:dead] if dead else ()):
            port = fleet.address(name)[1]
            fleet.take_down(name)
            if place % 2:
                silent = stack.enter_context(socket.create_server((HOST, 0)))
                _move(hosts, fleet.known_hosts, port, silent.getsockname()[1])
        line.send((fleet.inventory, folder / "lab.log", fleet.username, fleet.password))
        # The other end is closed when nobody needs the fleet any more.
        line.poll(None)


def _move(hosts: Path, known_hosts: Path, port: int, other: int) -> None:
    """Let a node be called at another port."""
    hosts.write_text(hosts.read_text("utf-8").replace(f"port: {port}\n", f"port: {other}\n"), encoding="utf-8")
    known_hosts.write_text(known_hosts.read_text("utf-8").replace(f"]:{port} ", f"]:{other} "), encoding="utf-8")
