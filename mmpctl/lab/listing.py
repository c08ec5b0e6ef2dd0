"""What the lab writes for its clients: a Nornir inventory, the known hosts, and its own description."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .scenario import FleetSpec, NodeSpec


@dataclass(frozen=True, slots=True)
class Listed:
    """A node as clients find it.

    Args:
        spec: the node.
        host: where it listens.
        port: where it listens.
        host_key: its public key in OpenSSH's form.
        db_port: where its database listens; None where that is the usual port, or nowhere.
        sip_port: where its Call Bridge listens, likewise.
    """

    spec: NodeSpec
    host: str
    port: int
    host_key: str
    db_port: int | None = None
    sip_port: int | None = None


def write_inventory(folder: Path, fleet: FleetSpec, nodes: Iterable[Listed]) -> None:
    """Write a SimpleInventory of the fleet, and `known_hosts` beside it.

    Args:
        folder: is made.
        fleet: the clusters and sites.
        nodes: where each node listens.
    """
    folder.mkdir()
    clusters = {node.name: cluster.name for cluster in fleet.clusters for node in cluster.nodes}
    hosts, keys = ["---"], []
    for node in nodes:
        spec = node.spec
        groups = [spec.site, *([clusters[spec.name]] if spec.name in clusters else [])]
        hosts += [
            f"{spec.name}:",
            f"  hostname: {node.host}",
            f"  port: {node.port}",
            "  groups:",
            *(f"    - {group}" for group in groups),
        ]
        if spec.role is not None:
            hosts += ["  data:", f"    role: {spec.role}", f"    db_address: {spec.address}"]
            hosts += [f"    db_port: {node.db_port}"] if node.db_port else []
        more = {"sip_port": node.sip_port, "serves": spec.serves}
        lines = [f"    {key}: {value}" for key, value in more.items() if value]
        hosts += [*(["  data:"] if spec.role is None and lines else []), *lines]
        keys.append(f"[{node.host}]:{node.port} {node.host_key}")
    groups_text = ["---"]
    for site in dict.fromkeys(spec.site for spec in fleet.nodes):
        groups_text += [f"{site}:", "  data:", f"    site: {site}"]
    for cluster in fleet.clusters:
        groups_text += [f"{cluster.name}:", "  data:", f"    cluster: {cluster.name}"]
    (folder / "hosts.yaml").write_text("\n".join(hosts) + "\n")
    (folder / "groups.yaml").write_text("\n".join(groups_text) + "\n")
    (folder / "defaults.yaml").write_text("---\nplatform: cisco_cms\n")
    (folder / "known_hosts").write_text("\n".join(keys) + "\n")


def write_description(path: Path, values: Mapping[str, object]) -> None:
    """Write the lab's description as JSON; it appears whole or not at all."""
    draft = path.with_name(path.name + ".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(dict(values), indent=2) + "\n")
    os.replace(draft, path)  # noqa: PTH105 - the atomic one, by its own name
