"""Makes the nodes of a fleet: certificates, files, and the state in which they begin."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path

from .authority import Authority, KeyType, Pair, write_set
from .cluster.handshake import Credentials
from .node import Node
from .scenario import ClusterSpec, FleetSpec, NodeSpec
from .services.form import release_of
from .services.provision import Deployment
from .switches import Switches

_DAY = dt.timedelta(days=1)
_FULL = (
    "dbclusterserver.key",
    "dbclusterserver.cer",
    "dbclusterclient.key",
    "dbclusterclient.cer",
    "dbclusterca.cer",
)
# A short serial stands on its line in `pki inspect`; the old client certificate has one, so that both forms are seen.
_SHORT_SERIAL = 4096


def start_cluster(cluster: ClusterSpec, nodes: dict[str, Node], key_type: KeyType) -> None:
    """Give a cluster's nodes their old certificates, their rows and their places.

    Args:
        cluster: what it is.
        nodes: the nodes by name; they are changed.
        key_type: of all keys.
    """
    now = dt.datetime.now(dt.timezone.utc)
    end = now + cluster.days_left * _DAY
    begin = end - 730 * _DAY
    authority = Authority(f"{cluster.name} database CA", begin, max(end, now) + 3650 * _DAY, key_type)
    server = authority.issue(f"{cluster.name}-database", "server", begin, end)
    client = authority.issue("postgres", "client", begin, end, serial=_SHORT_SERIAL)
    members = tuple(spec.address for spec in cluster.nodes if spec.role != "client")
    for spec in cluster.nodes:
        node = nodes[spec.name]
        contents = (server.key, server.certificate, client.key, client.certificate, authority.certificate)
        wanted = _FULL[2:] if spec.role == "client" else _FULL
        for file, content in zip(_FULL, contents, strict=True):
            if file in wanted:
                (node.files / file).write_bytes(content)
        node.database.credentials = Credentials.take(node.files, wanted)
        if spec.role != "client":
            node.database.rows = cluster.rows[: len(cluster.rows) - spec.missing_rows]
        if cluster.enabled:
            node.database.role = spec.role
            node.database.members = members
            node.database.following = spec.role == "slave" and (not spec.missing_rows or spec.cut_off)


def new_certificates(folder: Path, cluster: ClusterSpec, key_type: KeyType) -> Authority:
    """Write fresh pairs for every node of a cluster under `folder/<cluster>/<node>/`.

    Args:
        folder: the folder for `--certs`.
        cluster: for whom.
        key_type: of all keys.

    Returns:
        The new authority, for further certificates that a test wants.
    """
    now = dt.datetime.now(dt.timezone.utc)
    begin, end = now - _DAY / 24, now + max(cluster.days_left + 365, 730) * _DAY
    authority = Authority(f"{cluster.name} database CA 2", begin, end + 3650 * _DAY, key_type)
    for spec in cluster.nodes:
        client = authority.issue("postgres", "client", begin, end)
        server = authority.issue(f"{spec.name}-database", "server", begin, end) if spec.role != "client" else None
        write_set(folder / cluster.name / spec.name, client, authority.certificate, server)
    return authority


def service_pair(key_type: KeyType) -> tuple[Pair, bytes]:
    """A pair for Call Bridge, Web Admin and the edge, and the certificate of the authority that signed it."""
    now = dt.datetime.now(dt.timezone.utc)
    authority = Authority("Lab Services CA", now - 90 * _DAY, now + 3650 * _DAY, key_type)
    return authority.issue("cms.example.com", "any", now - 90 * _DAY, now + 275 * _DAY), authority.certificate


def common_files(folder: Path, spec: NodeSpec, services: tuple[Pair, bytes]) -> None:
    """Put into a node's folder what every node has.

    Args:
        folder: the SFTP root; is made.
        spec: the node.
        services: the services' pair and their CA.
    """
    folder.mkdir(parents=True)
    (folder / "log").write_text("syslog: started\n")
    (folder / "cms.lic").write_text("{}\n")
    (folder / "live.json").write_text(json.dumps({"node": spec.name, "address": spec.address}) + "\n")
    if spec.services is not None:
        return
    pair, ca = services
    base, chain = ("core", "core.cer") if spec.role is not None else ("edge", "edge-fullchain.cer")
    (folder / f"{base}.key").write_bytes(pair.key)
    (folder / chain).write_bytes(pair.certificate + (ca if spec.role is None else b""))


def service_files(spec: NodeSpec) -> dict[str, dict[str, str]]:
    """The services that are on, each with its files by slot: core services in a cluster, edge services outside."""
    if spec.role is not None:
        core = {"key": "core.key", "certificate": "core.cer"}
        return {"callbridge": core, "webadmin": core}
    key, chain = "edge.key", "edge-fullchain.cer"
    edge = {"key": key, "certificate": chain}
    pairs = {f"{pair} {slot}": file for pair in ("https", "c2w") for slot, file in edge.items()}
    return {
        "webbridge3": {**pairs, "c2w trust": chain},
        "turn": edge,
        "recorder": {"sip key": key, "sip certificate": chain},
        "webadmin": edge,
    }


def lay_files(
    spec: FleetSpec, folder: Path, switches: Mapping[str, Switches], key_type: KeyType
) -> tuple[dict[str, dict[str, dict[str, str]]], dict[str, Deployment]]:
    """Make the nodes' folders, with the files of their services, and new ones for each service of a deployment.

    Args:
        spec: the fleet.
        folder: of the lab.
        switches: of each node, by name.
        key_type: of all keys.

    Returns:
        The services that are on, by node, each with its files by slot; and the deployments, by cluster.
    """
    folders = {node.name: folder / "nodes" / node.name for node in spec.nodes}
    pair = service_pair(key_type)
    for node in spec.nodes:
        common_files(folders[node.name], node, pair)
    given = {node.name: service_files(node) for node in spec.nodes if node.services is None}
    deployments = {}
    for each in spec.clusters:
        others = (node for node in spec.others if node.serves == each.name)
        nodes = [node for node in (*each.nodes, *others) if node.services is not None]
        if nodes:
            releases = {node.name: release_of(switches[node.name].release) for node in nodes}
            deployments[each.name] = Deployment(each.name, nodes, releases, each.stores, key_type)
            given |= deployments[each.name].lay_down(folders)
            deployments[each.name].renewed(folder / "service-certificates")
    return given, deployments
