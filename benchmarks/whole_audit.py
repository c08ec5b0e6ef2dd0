"""A whole audit of one node, beside a bare paramiko script that sends the same commands and reads the same files."""

from __future__ import annotations

import json
import multiprocessing
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.row import Row, compared
from benchmarks.turns import in_turns

_ROUNDS, _FEW_ROUNDS = 60, 12
_NODE = "lon-2"


@dataclass(frozen=True, slots=True)
class LabNode:
    """The node of a lab in another process.

    Args:
        inventory: folder of the inventory.
        log: file of what the lab's nodes heard.
        username: the account.
        password: its password.
    """

    inventory: str
    log: str
    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one audit sends to a node.

    Args:
        commands: in their order.
        files: that are fetched by SFTP.
        connections: how many are opened.
    """

    commands: tuple[str, ...]
    files: tuple[str, ...]
    connections: int


def ours(node: LabNode, thorough: bool) -> Callable[[], Any]:
    """`mmpctl audit` of the one node, without its start and its table."""
    from mmpctl.inventory.credentials import Credentials, Secret  # noqa: PLC0415
    from mmpctl.inventory.load import load  # noqa: PLC0415
    from mmpctl.runbooks import audit  # noqa: PLC0415

    nr = load(node.inventory, workers=1, credentials=Credentials(node.username, Secret(node.password))).filter(
        name=_NODE
    )

    def run() -> Any:
        (seen,) = audit.run(nr, thorough=thorough).clusters[0].nodes
        if seen.error is not None:
            raise RuntimeError(seen.error)
        return sorted({row.file for row in seen.certificates})

    return run


def bare_paramiko(node: LabNode, exchange: Exchange) -> Callable[[], Any]:
    """The same exchange by paramiko alone, with TCP_NODELAY; nothing of the answers is understood."""
    import paramiko  # noqa: PLC0415

    from mmpctl.inventory.load import load  # noqa: PLC0415

    host = load(node.inventory).inventory.hosts[_NODE]
    where = str(host.hostname), host.port or 22
    known_hosts = f"{node.inventory}/known_hosts"
    prompt = f"{_NODE}> ".encode()

    def connected() -> paramiko.SSHClient:
        sock = socket.create_connection(where)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = paramiko.SSHClient()
        client.load_host_keys(known_hosts)
        client.connect(
            *where,
            node.username,
            node.password,
            sock=sock,
            look_for_keys=False,
            allow_agent=False,
        )
        return client

    def run() -> Any:
        clients = [connected() for _ in range(exchange.connections)]
        channel = clients[0].invoke_shell(width=1023, height=1000)

        def answer() -> bytes:
            said = b""
            while not said.endswith(prompt):
                said += channel.recv(65536)
            return said

        answer()
        for command in exchange.commands:
            channel.sendall(f"{command}\r".encode())
            answer()
        with clients[-1].open_sftp() as sftp:
            for name in exchange.files:
                with sftp.open(f"/{name}") as file:
                    file.read()
        for client in clients:
            client.close()
        return sorted(exchange.files)

    return run


def rows(quick: bool = False) -> Iterator[Row]:
    """Compare one audit with the bare script.

    Args:
        quick: few rounds.
    """
    rounds = _FEW_ROUNDS if quick else _ROUNDS
    with lab() as node:
        for thorough, name in ((False, "audit of a node"), (True, "audit of a node with --thorough")):
            mine = partial(ours, node, thorough)
            exchange = _exchange(node, mine)
            both = in_turns({"ours": mine, "paramiko": partial(bare_paramiko, node, exchange)}, rounds)
            told = f"{name} ({len(exchange.commands)} commands, {len(exchange.files)} files by SFTP)"
            yield from compared(told, both, "paramiko", cpu=1.3)


@contextmanager
def lab() -> Iterator[LabNode]:
    """Run a lab in a process of its own until the block is left."""
    line, theirs = multiprocessing.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        process = multiprocessing.get_context("spawn").Process(target=_lab, args=(folder, theirs))
        process.start()
        theirs.close()
        try:
            yield line.recv()
        finally:
            line.close()
            process.join()


def _lab(folder: str, line: Connection) -> None:
    from mmpctl.lab.fleet import Fleet  # noqa: PLC0415
    from mmpctl.lab.scenario import FleetSpec, cluster  # noqa: PLC0415

    spec = FleetSpec((cluster("lon-prod", slaves=1, clients=1, prefix="lon-", subnet="127.78.1"),))
    with Fleet(spec, Path(folder), networking="ports") as fleet:
        line.send(LabNode(str(fleet.inventory), str(Path(folder) / "lab.log"), fleet.username, fleet.password))
        # The other end is closed when nobody needs the lab any more.
        line.poll(None)


def _exchange(node: LabNode, mine: Callable[[], Callable[[], Any]]) -> Exchange:
    """Return what an audit sends, as the node heard it."""
    before = len(_events(node))
    in_turns({"ours": mine}, 0)
    heard = _events(node)[before:]

    def of(kind: str) -> tuple[str, ...]:
        return tuple(event["text"] for event in heard if event["kind"] == kind)

    return Exchange(of("command"), of("sftp-get"), len(of("connect")))


def _events(node: LabNode) -> Sequence[dict[str, Any]]:
    return [json.loads(line) for line in Path(node.log).read_text(encoding="utf-8").splitlines()]
