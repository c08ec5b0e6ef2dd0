"""An audit of 1,000 simulated nodes by `mmpctl site` at three sites, one cut off, beside the slowest site alone.

Here the sites really look at nodes, over real SSH. The nodes are far away, so that a site waits most of the time: three
sites and all their nodes share this machine, and in the field none of them do.
"""

from __future__ import annotations

import json
import shlex
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.delay import all_far_away
from benchmarks.lab_fleet import LabFleet, lab_fleet
from benchmarks.processes import MMPCTL, Used, used_by
from benchmarks.row import Row
from benchmarks.turns import WrongAnswers
from mmpctl.inventory.load import load
from mmpctl.inventory.nodes import nodes_of

_SITES = ("s0", "s1", "s2")
_NODES, _FEW_NODES = 1_000, 48
# A round trip takes twice as long.
_AWAY_SECONDS = 0.1
# At a time, at each site.
_WORKERS = 12
_PROGRAM = "from mmpctl.start import main; main()"


def rows(quick: bool = False) -> Iterator[Row]:
    """Measure it, once: it takes minutes.

    Args:
        quick: a smaller fleet.

    Raises:
        WrongAnswers: the report lacks a node, or one that was seen is not told of.
    """
    total = _FEW_NODES if quick else _NODES
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        fleet = stack.enter_context(lab_fleet(total))
        ports = {node.name: node.port for node in nodes_of(load(str(fleet.folder)))}
        proxies = stack.enter_context(all_far_away(list(ports.values()), _AWAY_SECONDS))
        nodes = _lay_down(folder, fleet, dict(zip(ports.values(), proxies, strict=True)))
        slowest = max(nodes, key=lambda site: nodes[site])
        cut = next(site for site in _SITES if site != slowest)
        together = _audit(folder, nodes, cut)
        alone = _audit(folder, {slowest: nodes[slowest]}, None)
    _check(together, nodes, cut)
    _check(alone, {slowest: nodes[slowest]}, None)
    what = f"audit of {total:,} simulated nodes by `mmpctl site` at three sites, one cut off half-way"
    other = f"the slowest site alone: {alone.wall:.1f} s"
    yield Row(what, f"{together.wall:.1f} s", other, together.wall / alone.wall, 1.3)


def _lay_down(folder: Path, fleet: LabFleet, proxies: Mapping[int, int]) -> dict[str, int]:
    """Write an inventory with three sites, its known hosts, and the program of each site.

    Returns:
        How many nodes each site has.
    """
    everybody = nodes_of(load(str(fleet.folder)))
    clusters = list(dict.fromkeys(node.cluster for node in everybody))
    home = {cluster: _SITES[number % len(_SITES)] for number, cluster in enumerate(clusters)}
    hosts = {
        node.name: {
            "hostname": node.hostname,
            "port": proxies[node.port],
            "data": {
                "site": home[node.cluster],
                "cluster": node.cluster,
                "role": node.role and node.role.value,
                "db_address": node.db_address,
            },
        }
        for node in everybody
    }
    inventory = folder / "inventory"
    inventory.mkdir()
    (inventory / "hosts.yaml").write_text(json.dumps(hosts), encoding="utf-8")
    (inventory / "defaults.yaml").write_text(json.dumps({"platform": "cisco_cms"}), encoding="utf-8")
    known = fleet.known_hosts.read_text(encoding="utf-8")
    for port, proxy in proxies.items():
        known = known.replace(f"]:{port} ", f"]:proxy-{proxy} ")
    (inventory / "known_hosts").write_text(known.replace("]:proxy-", "]:"), encoding="utf-8")
    for site in _SITES:
        words = [sys.executable, "-c", _PROGRAM, "site", "--site", site, "-i", str(inventory)]
        words += ["--workers", str(_WORKERS), "--processes", "1"]
        program = folder / site
        program.write_text(
            f"#!/bin/sh\nexport MMP_USERNAME={fleet.username} MMP_PASSWORD={shlex.quote(fleet.password)}\n"
            f"exec {shlex.join(words)}\n",
            encoding="utf-8",
        )
        program.chmod(0o700)
    return Counter(home[node.cluster] for node in everybody)


def _audit(folder: Path, nodes: Mapping[str, int], cut: str | None) -> Used:
    """Audit some sites by the program itself, from its start to its end."""
    sites = {}
    for site, number in nodes.items():
        words = [str(folder / site)]
        if site == cut:
            words = [sys.executable, "-m", "benchmarks.cut_off", str(number // 2), *words]
        sites[site] = {"address": f"exec:{shlex.join(words)}"}
    file = folder / "sites.yaml"
    file.write_text(json.dumps(sites), encoding="utf-8")
    selected = [word for site in nodes for word in ("--site", site)]
    words = ["audit", "-i", str(folder / "inventory"), "--engine", str(file), *selected, "-o", "json"]
    with tempfile.TemporaryDirectory() as state:
        return used_by(("-c", MMPCTL, *words), {"XDG_STATE_HOME": state})


def _check(used: Used, nodes: Mapping[str, int], cut: str | None) -> None:
    """Make sure that all is told, and of the site that was cut off, what it has not told of is not seen."""
    document: dict[str, Any] = json.loads(used.output)
    told = {site["name"]: site["rows"] for site in document["sites"]}
    expected = {site: number // 2 if site == cut else number for site, number in nodes.items()}
    every = [node for cluster in document["clusters"] for node in cluster["nodes"]]
    seen = Counter(node["site"] for node in every if node["reachable"])
    if Counter(node["site"] for node in every) != nodes or seen != expected or told != expected:
        away = {site["name"]: site["error"] for site in document["sites"]}
        raise WrongAnswers(f"of {nodes}, {told} were told of and {seen} seen, in place of {expected}: {away}")
