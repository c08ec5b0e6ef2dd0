"""A check of the new files of many nodes over the cores there are, beside the same on one core.

Nobody answers and nothing is waited for: it is all work of the processor. The whole program is measured, from its start
to its JSON document. If the cores have other things to do, the seconds that pass say little: so the processor time of
the busiest process is told too.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from benchmarks.processes import MMPCTL, Used, used_by
from benchmarks.row import Row
from benchmarks.turns import WrongAnswers
from mmpctl.fleet.spread import MOST_PROCESSES, cores
from mmpctl.lab.authority import Authority, Pair, write_set

_NODES, _FEW_NODES = 300, 60
_ROUNDS, _FEW_ROUNDS = 7, 2
_IN_A_CLUSTER = 4
# New keys take longer than all that is measured: the files of these clusters are used over and over.
_CLUSTERS_MADE = 12


def rows(quick: bool = False) -> Iterator[Row]:
    """Measure it.

    Args:
        quick: fewer nodes and rounds, which several processes need not do faster than one.

    Raises:
        WrongAnswers: several processes find something else than one.
    """
    nodes, rounds = (_FEW_NODES, _FEW_ROUNDS) if quick else (_NODES, _ROUNDS)
    processes = max(2, min(cores(), MOST_PROCESSES))
    with tempfile.TemporaryDirectory() as folder:
        _lay_down(Path(folder), nodes)
        answers = _answers(_check(Path(folder), 1), nodes)
        one, several = list[Used](), list[Used]()
        for _ in range(rounds):
            one.append(_check(Path(folder), 1))
            several.append(_check(Path(folder), processes))
    for used in (*one, *several):
        if _answers(used, nodes) != answers:
            raise WrongAnswers("several processes have found something else than one")
    what = f"check of the new files of {nodes} nodes by {processes} processes"
    # Each process begins with its imports, and the first one makes the document.
    goal = 1.0 if quick else 0.25 + 0.75 / processes
    yield _row(what, [used.wall for used in several], [used.wall for used in one], goal)
    busiest = [used.busiest(processes) for used in several]
    yield _row(f"{what}: processor time of the busiest", busiest, [used.cpu for used in one], goal)


def _lay_down(folder: Path, nodes: int) -> None:
    """Write an inventory and good files for all its nodes: clusters of three databases and a client."""
    begin = datetime.now(timezone.utc) - timedelta(days=1)
    made = [_cluster(begin) for _ in range(min(_CLUSTERS_MADE, nodes // _IN_A_CLUSTER))]
    hosts: dict[str, Any] = {}
    for number in range(nodes // _IN_A_CLUSTER):
        cluster = f"c{number}"
        authority, pairs = made[number % len(made)]
        for place, (server, client) in enumerate(pairs):
            role = "client" if server is None else "slave" if place else "master"
            name = f"{cluster}-{place}"
            hosts[name] = {"hostname": f"{name}.example.com", "data": {"cluster": cluster, "role": role}}
            write_set(folder / "new" / cluster / name, client, authority.certificate, server)
    inventory = folder / "inventory"
    inventory.mkdir()
    for file, content in {"hosts": hosts, "groups": {}, "defaults": {"platform": "cisco_cms"}}.items():
        # YAML has all of JSON in it.
        (inventory / f"{file}.yaml").write_text(json.dumps(content), encoding="utf-8")


def _cluster(begin: datetime) -> tuple[Authority, list[tuple[Pair | None, Pair]]]:
    end = begin + timedelta(days=800)
    authority = Authority("database CA", begin, end, "rsa")
    databases = _IN_A_CLUSTER - 1
    servers = [authority.issue(f"db{place}.example.com", "server", begin, end) for place in range(databases)]
    clients = [authority.issue("postgres", "client", begin, end) for _ in range(_IN_A_CLUSTER)]
    return authority, list(zip([*servers, None], clients, strict=True))


def _check(folder: Path, processes: int) -> Used:
    words = ("check", "-i", str(folder / "inventory"), "--certs", str(folder / "new"), "-o", "json")
    environment = {"XDG_STATE_HOME": str(folder / "state")}
    return used_by(("-c", MMPCTL, *words, "--processes", str(processes)), environment)


def _answers(used: Used, nodes: int) -> object:
    document = json.loads(used.output)
    if document["summary"]["fit"] != nodes:
        raise WrongAnswers(f"{document['summary']} of {nodes} good nodes")
    return document["clusters"]


def _row(what: str, ours: Sequence[float], others: Sequence[float], goal: float) -> Row:
    by = statistics.median(ours) / statistics.median(others)
    return Row(what, _seconds(ours), f"one process: {_seconds(others)}", by, goal)


def _seconds(times: Sequence[float]) -> str:
    return f"{statistics.median(times):.2f} s ({min(times):.2f} to {max(times):.2f})"
