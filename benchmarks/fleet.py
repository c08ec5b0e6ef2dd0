"""An audit of a large fleet: by one process and by two, beside an asyncssh pool, with dead nodes, and its memory.

The simulated nodes are on the same machine, and take about as much of the processor as the clients do: the seconds that
pass say little about nodes elsewhere. So the processor time of the busiest process is told too: an audit takes at least
so long, and about so long if each process has a core to itself.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML

from benchmarks.lab_fleet import LabFleet, lab_fleet
from benchmarks.processes import MMPCTL, Used, used_by
from benchmarks.row import Row
from benchmarks.target import HOST
from benchmarks.turns import WrongAnswers

# Each simulated node listens on several of the 28,000 ports that this machine gives away: there is no room for 10,000.
_NODES, _FEW_NODES, _MANY_NODES, _TORN_NODES = 1_000, 104, 4_000, 200
_ROUNDS = 3
_MEGABYTES = 200
# By node, what was looked at: the answers that all clients have to agree in.
Files = Mapping[str, Sequence[str]]


def rows(quick: bool = False) -> Iterator[Row]:
    """Measure it.

    Args:
        quick: a smaller fleet, once, which two processes need not do faster than one; nothing but that.
    """
    nodes = _FEW_NODES if quick else _NODES
    with lab_fleet(nodes) as fleet:
        one, two, pool = _in_turns(fleet, 1 if quick else _ROUNDS)
    what = f"audit of {nodes:,} nodes by two processes"
    compared = (("one process", one, 1.0 if quick else 1 / 1.8), ("asyncssh", pool, 1.0))
    # To begin takes longer than to look at so few nodes: a pool that understands nothing begins sooner.
    for name, others, goal in compared[:1] if quick else compared:
        yield _row(what, name, _each(two, _wall), _each(others, _wall), goal)
        busiest = f"{what}: processor time of the busiest"
        yield _row(busiest, name, [used.busiest(2) for used in two], _each(others, _cpu), goal)
    yield _row(f"{what}: processor time of both", "one process", _each(two, _cpu), _each(one, _cpu), 1 / 0.9)
    kilobytes = max(used.kilobytes for used in two)
    megabytes = kilobytes / 1024
    told = f"allowed: {_MEGABYTES} MB"
    yield Row(f"{what}: memory of both", f"{megabytes:.0f} MB", told, megabytes / _MEGABYTES, 1.0)
    if not quick:
        yield _torn()
        yield _growth(kilobytes)


def _in_turns(fleet: LabFleet, rounds: int) -> tuple[list[Used], list[Used], list[Used]]:
    """Let one process, two processes and asyncssh audit a fleet in turns.

    Raises:
        WrongAnswers: they have not looked at the same files.
    """
    answers = _files(_audit(fleet, processes=1))
    given = json.dumps(_given(fleet))
    one, two, pool = list[Used](), list[Used](), list[Used]()
    for _ in range(rounds):
        one.append(_audit(fleet, processes=1))
        two.append(_audit(fleet, processes=2))
        pool.append(used_by(("-m", "benchmarks.pool"), {}, given))
    for used in (*one, *two):
        _same(_files(used), answers)
    for used in pool:
        _same(json.loads(used.output), answers)
    return one, two, pool


def _audit(fleet: LabFleet, processes: int) -> Used:
    """Audit a fleet by the program itself, from its start to its end."""
    with tempfile.TemporaryDirectory() as state:
        words = ("audit", "-i", str(fleet.folder), "-o", "json", "--processes", str(processes))
        environment = {"MMP_USERNAME": fleet.username, "MMP_PASSWORD": fleet.password, "XDG_STATE_HOME": state}
        return used_by(("-c", MMPCTL, *words), environment, memory=True)


def _files(used: Used) -> Files:
    nodes = [node for cluster in json.loads(used.output)["clusters"] for node in cluster["nodes"]]
    return {node["name"]: sorted({row["file"] for row in node["certificates"]}) for node in nodes}


def _same(found: Files, answers: Files) -> None:
    for name in answers.keys() | found.keys():
        if found.get(name) != answers.get(name):
            raise WrongAnswers(f"{name}: {found.get(name)}, {answers.get(name)}")


def _given(fleet: LabFleet) -> dict[str, Any]:
    """Return what the pool is to do: the same as an audit has done, by what the nodes heard."""
    heard: dict[str, dict[str, list[str]]] = defaultdict(lambda: {"commands": [], "files": []})
    kinds = {"command": "commands", "sftp-get": "files"}
    for event in fleet.events():
        if event["kind"] in kinds:
            heard[event["node"]][kinds[event["kind"]]].append(event["text"])
    hosts = YAML(typ="safe").load(fleet.folder / "hosts.yaml")
    return {
        "host": HOST,
        "username": fleet.username,
        "password": fleet.password,
        "known_hosts": str(fleet.known_hosts),
        "nodes": [{"name": name, "port": host["port"], **heard[name]} for name, host in hosts.items()],
    }


def _torn() -> Row:
    """Return how much longer a living node takes if a tenth of the fleet is dead."""
    each = {}
    for dead in (0, _TORN_NODES // 10):
        with lab_fleet(_TORN_NODES, dead=dead) as fleet:
            used = _audit(fleet, processes=1)
            summary = json.loads(used.output)["summary"]
            if summary["unreachable"] != dead:
                raise WrongAnswers(f"{summary['unreachable']} of {dead} dead nodes were told")
            last = max(event["time"] for event in fleet.events())
            first = min(event["time"] for event in fleet.events())
            each[dead] = (last - first) / (_TORN_NODES - dead)
    torn, well = each[_TORN_NODES // 10], each[0]
    name = f"audit of {_TORN_NODES} nodes, a tenth of them dead: time for each living one"
    return Row(name, f"{1000 * torn:.1f} ms", f"none dead: {1000 * well:.1f} ms", torn / well, 1.2)


def _growth(kilobytes: int) -> Row:
    """Return the memory that each further node takes."""
    with lab_fleet(_MANY_NODES) as fleet:
        used = _audit(fleet, processes=2)
    each = (used.kilobytes - kilobytes) / (_MANY_NODES - _NODES)
    document = len(used.output) / _MANY_NODES / 1024
    name = f"audit of {_MANY_NODES:,} nodes by two processes: memory that each further node takes"
    return Row(name, f"{each:.1f} kB", f"its rows as JSON: {document:.1f} kB", each / document, 1.0)


def _row(what: str, other: str, ours: Sequence[float], others: Sequence[float], goal: float) -> Row:
    mine, theirs = statistics.median(ours), statistics.median(others)
    return Row(what, _seconds(ours), f"{other}: {_seconds(others)}", mine / theirs, goal)


def _seconds(times: Sequence[float]) -> str:
    if not times[1:]:
        return f"{times[0]:.2f} s"
    return f"{statistics.median(times):.2f} s ({min(times):.2f} to {max(times):.2f})"


def _each(used: Sequence[Used], figure: Callable[[Used], float]) -> list[float]:
    return [figure(one) for one in used]


def _wall(used: Used) -> float:
    return used.wall


def _cpu(used: Used) -> float:
    return used.cpu
