"""A whole audit of a node, beside a bare paramiko script that sends the same commands and reads the same files.

Each round is about another node of a fleet: nothing is known of it but what nodes of one fleet have in common.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from typing import Any

from benchmarks.lab_fleet import LabFleet, lab_fleet
from benchmarks.row import Row, compared
from benchmarks.turns import in_turns

# One round beside these is there to warm up.
_ROUNDS, _FEW_ROUNDS = 63, 15


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one audit sends to a node.

    Args:
        node: its name.
        commands: in their order.
        files: that are fetched by SFTP.
        connections: how many are opened.
    """

    node: str
    commands: tuple[str, ...]
    files: tuple[str, ...]
    connections: int


def ours(fleet: LabFleet, thorough: bool) -> Callable[[], Any]:
    """`mmpctl audit` of one node after the other, without its start and its table."""
    from mmpctl.inventory.credentials import Credentials, Secret  # noqa: PLC0415
    from mmpctl.inventory.load import load  # noqa: PLC0415
    from mmpctl.runbooks import audit  # noqa: PLC0415

    nr = load(str(fleet.folder), workers=1, credentials=Credentials(fleet.username, Secret(fleet.password)))
    # An audit selects its nodes once, however many there are.
    selections = cycle([(name, nr.filter(name=name)) for name in nr.inventory.hosts])

    def run() -> Any:
        name, selection = next(selections)
        (seen,) = audit.run(selection, thorough=thorough).clusters[0].nodes
        if seen.error is not None:
            raise RuntimeError(seen.error)
        return name, sorted({row.file for row in seen.certificates})

    return run


def bare_paramiko(fleet: LabFleet, exchanges: Sequence[Exchange]) -> Callable[[], Any]:
    """The same exchanges by paramiko alone, with TCP_NODELAY; nothing of the answers is understood."""
    import paramiko  # noqa: PLC0415

    from mmpctl.inventory.load import load  # noqa: PLC0415

    hosts = load(str(fleet.folder)).inventory.hosts
    # Read once, and one line for each connection: paramiko compares each of its lines with every other one.
    known = paramiko.HostKeys(str(fleet.known_hosts))
    turns = cycle(exchanges)

    def connected(node: str) -> paramiko.SSHClient:
        where = str(hosts[node].hostname), hosts[node].port or 22
        sock = socket.create_connection(where)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = paramiko.SSHClient()
        name = f"[{where[0]}]:{where[1]}"
        for kind, key in (known.lookup(name) or {}).items():
            client.get_host_keys().add(name, kind, key)
        client.connect(
            *where,
            fleet.username,
            fleet.password,
            sock=sock,
            look_for_keys=False,
            allow_agent=False,
        )
        return client

    def run() -> Any:
        exchange = next(turns)
        prompt = f"{exchange.node}> ".encode()
        clients = [connected(exchange.node) for _ in range(exchange.connections)]
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
        return exchange.node, sorted(exchange.files)

    return run


def rows(quick: bool = False) -> Iterator[Row]:
    """Compare one audit with the bare script.

    Args:
        quick: few rounds.
    """
    rounds = _FEW_ROUNDS if quick else _ROUNDS
    with lab_fleet(1 + rounds) as fleet:
        for thorough, name in ((False, "audit of a node"), (True, "audit of a node with --thorough")):
            mine = partial(ours, fleet, thorough)
            exchanges = _exchanges(fleet, mine, rounds)
            both = in_turns({"ours": mine, "paramiko": partial(bare_paramiko, fleet, exchanges)}, rounds)
            most = max(exchanges, key=lambda one: len(one.commands))
            told = f"{name} ({len(most.commands)} commands, {len(most.files)} files by SFTP)"
            yield from compared(told, both, "paramiko", cpu=1.3)


def _exchanges(fleet: LabFleet, mine: Callable[[], Callable[[], Any]], rounds: int) -> list[Exchange]:
    """Return what an audit sends to each node, as the nodes heard it."""
    before = len(fleet.events())
    in_turns({"ours": mine}, rounds)
    heard = fleet.events()[before:]

    def of(node: str, kind: str) -> tuple[str, ...]:
        return tuple(event["text"] for event in heard if (event["node"], event["kind"]) == (node, kind))

    nodes = dict.fromkeys(event["node"] for event in heard)
    return [Exchange(each, of(each, "command"), of(each, "sftp-get"), len(of(each, "connect"))) for each in nodes]
