"""An audit of 10,000 nodes at three sites, of which one hangs up half-way, beside the slowest site alone.

The answers are those of simulated nodes, under other names; the sites play them back at the pace at which a machine
with two cores looks at nodes. So this measures the desk: how long it takes to hear three sites at once and to make one
report of it, and the memory for that.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.lab_fleet import LabFleet, lab_fleet
from benchmarks.processes import MMPCTL, Used, used_by
from benchmarks.row import Row
from benchmarks.turns import WrongAnswers
from mmpctl.inventory.load import load
from mmpctl.inventory.nodes import Node, nodes_of
from mmpctl.reach.answer_lines import WIRE
from mmpctl.reach.site_inventory import digest_of, nodes_around

SITES = ("s0", "s1", "s2")
# Of 10,000 nodes; and the same within seconds.
_CLUSTERS, _FEW_CLUSTERS = 2_500, 60
IN_A_CLUSTER = 4
ROWS_A_SECOND = 100.0
_ROUNDS = 3
_MEGABYTES = 250
_DIGEST = re.compile(r'"[0-9a-f]{64}"')


def rows(quick: bool = False) -> Iterator[Row]:
    """Measure it.

    Args:
        quick: a smaller fleet, once.

    Raises:
        WrongAnswers: the report lacks a node, or has one that nobody has told of.
    """
    clusters, rounds = (_FEW_CLUSTERS, 1) if quick else (_CLUSTERS, _ROUNDS)
    all_sites, alone = list[Used](), list[Used]()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        nodes = lay_down(folder, clusters)
        most = max(nodes, key=lambda site: nodes[site])
        cut = next(site for site in SITES if site != most)
        for _ in range(rounds):
            all_sites.append(_audit(folder, nodes, cut))
            alone.append(_audit(folder, {most: nodes[most]}, None))
    total = sum(nodes.values())
    for used in all_sites:
        _check(used, total, nodes[cut] - nodes[cut] // 2)
    for used in alone:
        _check(used, nodes[most], 0)
    what = f"audit of {total:,} nodes at three sites, one cut off half-way"
    mine, theirs = ([used.wall for used in each] for each in (all_sites, alone))
    other = f"the slowest site alone: {statistics.median(theirs):.1f} s"
    ratio = statistics.median(mine) / statistics.median(theirs)
    yield Row(what, f"{statistics.median(mine):.1f} s", other, ratio, 1.3)
    megabytes = max(used.own_kilobytes for used in all_sites) / 1024
    told = f"allowed: {_MEGABYTES} MB"
    yield Row(f"{what}: memory of the desk", f"{megabytes:.0f} MB", told, megabytes / _MEGABYTES, 1.0)


def _audit(folder: Path, nodes: Mapping[str, int], cut: str | None) -> Used:
    """Audit some sites by the program itself, from its start to its end."""
    sites = {}
    for site, number in nodes.items():
        words = [sys.executable, "-m", "benchmarks.replay_site", str(folder / f"{site}.jsonl"), str(ROWS_A_SECOND)]
        words += [str(number // 2)] if site == cut else []
        sites[site] = {"address": f"exec:{shlex.join(words)}"}
    file = folder / "sites.yaml"
    file.write_text(json.dumps(sites), encoding="utf-8")
    selected = [word for site in nodes for word in ("--site", site)]
    words = ["audit", "-i", str(folder / "inventory"), "--engine", str(file), *selected, "-o", "json"]
    with tempfile.TemporaryDirectory() as state:
        return used_by(("-c", MMPCTL, *words), {"XDG_STATE_HOME": state}, memory=True)


def _check(used: Used, nodes: int, lost: int) -> None:
    summary = json.loads(used.output)["summary"]
    if (summary["nodes"], summary["unreachable"]) != (nodes, lost):
        raise WrongAnswers(f"{summary['nodes']} of {nodes} nodes, {summary['unreachable']} not seen in place of {lost}")


def lay_down(folder: Path, clusters: int) -> dict[str, int]:
    """Write the inventory, and what each site says.

    Args:
        folder: for `inventory` and a file of each site, `SITE.jsonl`.
        clusters: of all sites together.

    Returns:
        How many nodes each site has.
    """
    with lab_fleet(2 * IN_A_CLUSTER) as fleet:
        seen = [node for node in nodes_of(load(str(fleet.folder))) if node.name.startswith("c0-0-")]
        told = _looked_at(fleet, seen)
    inventory = folder / "inventory"
    inventory.mkdir()
    answers: dict[str, list[str]] = {site: [] for site in SITES}
    hosts = {}
    for number in range(clusters):
        site, name = SITES[number % len(SITES)], f"c{number:04}"
        for node in seen:
            address = node.db_address.replace(_subnet(seen[0]), f"10.{number // 250}.{number % 250}")
            data = {"site": site, "cluster": name, "role": node.role and node.role.value}
            hosts[node.name.replace("c0-0-", f"{name}-")] = {"hostname": address, "data": data}
        text = told.replace("c0-0-", f"{name}-").replace(_subnet(seen[0]), f"10.{number // 250}.{number % 250}")
        answers[site].append(_DIGEST.sub(partial(_other, name), text))
    (inventory / "hosts.yaml").write_text(json.dumps(hosts), encoding="utf-8")
    (inventory / "defaults.yaml").write_text(json.dumps({"platform": "cisco_cms"}), encoding="utf-8")
    everybody = nodes_of(load(str(inventory)))
    for site, texts in answers.items():
        digest = digest_of(nodes_around(site, everybody))
        hello = {"line": "hello", "wire": WIRE, "version": "simulated", "site": site, "inventory": digest}
        (folder / f"{site}.jsonl").write_text(json.dumps(hello) + "\n" + "".join(texts), encoding="utf-8")
    return {site: IN_A_CLUSTER * len(texts) for site, texts in answers.items()}


def _looked_at(fleet: LabFleet, nodes: list[Node]) -> str:
    """Return the rows that a site tells of some nodes, one a line."""
    request: dict[str, Any] = {"verb": "audit", "nodes": [node.name for node in nodes], "now": "2026-11-23T03:00:00Z"}
    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-c", MMPCTL, "site", "-i", str(fleet.folder), "--site", str(nodes[0].site)],
        input=json.dumps(request) + "\n",
        env={"MMP_USERNAME": fleet.username, "MMP_PASSWORD": fleet.password},
        stdout=subprocess.PIPE,
        # What it has used, at its end, is no part of what is measured.
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    found = [line for line in done.stdout.splitlines(keepends=True) if json.loads(line)["line"] == "row"]
    if len(found) != len(nodes):
        raise WrongAnswers(f"the site has told of {len(found)} nodes in place of {len(nodes)}: {done.stdout[:500]}")
    return "".join(found)


def _subnet(node: Node) -> str:
    return node.db_address.rpartition(".")[0]


def _other(name: str, digest: re.Match[str]) -> str:
    """Return a digest of a cluster's own in place of the one that was found."""
    return f'"{hashlib.sha256(f"{digest[0]} {name}".encode()).hexdigest()}"'
