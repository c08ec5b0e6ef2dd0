"""What a fleet consists of: nodes, clusters, and the state in which they begin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Role = Literal["master", "slave", "client"]
Scenario = Literal["healthy", "due", "expired", "disabled", "isolated", "stale", "split", "scattered"]

Stores = Literal["ca", "leafs"]

ROWS = tuple(f"space-{number:03}" for number in range(1, 8))


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One node as the lab starts it.

    Args:
        name: inventory name, and host name unless ``prompt`` says otherwise.
        address: what the other nodes call it; its listening address in the mode "addresses".
        site: free word.
        role: part in its cluster; None: no database cluster.
        prompt: host name in the prompt; empty: the name.
        missing_rows: how many of the cluster's last rows its database lacks.
        cut_off: the network keeps it apart from all other nodes (not from us).
        services: the services that are on, each with pairs and stores of its own; None: those that a node of its role
            usually has, all with one pair, and linked to nobody.
        serves: of a node without a cluster: the cluster whose Call Bridges work with its services.
        days: how long a pair is still valid, by service and pair (`webbridge3 https`); the others: 300 days.
        calls: how many calls are on its Call Bridge.
    """

    name: str
    address: str
    site: str
    role: Role | None = None
    prompt: str = ""
    missing_rows: int = 0
    cut_off: bool = False
    services: tuple[str, ...] | None = None
    serves: str = ""
    days: tuple[tuple[str, float], ...] = ()
    calls: int = 0


@dataclass(frozen=True, slots=True)
class ClusterSpec:
    """One database cluster as the lab starts it.

    Args:
        name: name in the inventory.
        nodes: its nodes: one master, slaves, clients.
        days_left: how long its certificates are still valid; negative: expired so long ago.
        enabled: False: every node has left it.
        rows: contents of the master's database.
        stores: whom the services of its deployment trust: a ``ca``, or ``leafs``: the very certificates of the others.
    """

    name: str
    nodes: tuple[NodeSpec, ...]
    days_left: float = 400.0
    enabled: bool = True
    rows: tuple[str, ...] = ROWS
    stores: Stores = "ca"


@dataclass(frozen=True, slots=True)
class FleetSpec:
    """A whole fleet: clusters, and nodes of none."""

    clusters: tuple[ClusterSpec, ...] = ()
    others: tuple[NodeSpec, ...] = ()

    @property
    def nodes(self) -> tuple[NodeSpec, ...]:
        """All nodes, cluster by cluster."""
        return tuple(node for cluster in self.clusters for node in cluster.nodes) + self.others


def in_scenario(cluster: ClusterSpec, scenario: Scenario) -> ClusterSpec:
    """The cluster in another state to begin with.

    Where the nodes no longer talk (expired, disabled), the slaves lack the last row, written after the last copy.
    Split: the master is cut off, and a slave has become the master of the rest; scattered: no node sees another.
    """
    if scenario in ("healthy", "due"):
        return replace(cluster, days_left=12.0 if scenario == "due" else 400.0)
    if scenario in ("expired", "disabled"):
        nodes = tuple(replace(node, missing_rows=int(node.role == "slave")) for node in cluster.nodes)
        return replace(cluster, nodes=nodes, days_left=-3.0, enabled=scenario == "expired")
    if scenario in ("split", "scattered"):
        nodes = tuple(replace(node, cut_off=scenario == "scattered" or node.role == "master") for node in cluster.nodes)
        return replace(cluster, nodes=nodes)
    last = max(index for index, node in enumerate(cluster.nodes) if node.role == "slave")
    changed = (
        replace(cluster.nodes[last], cut_off=True, missing_rows=1)
        if scenario == "isolated"
        else replace(cluster.nodes[last], missing_rows=3)
    )
    return replace(cluster, nodes=(*cluster.nodes[:last], changed, *cluster.nodes[last + 1 :]))


def cluster(
    name: str = "lon-prod",
    scenario: Scenario = "healthy",
    *,
    slaves: int = 2,
    clients: int = 0,
    site: str = "london",
    prefix: str = "lon-",
    subnet: str = "127.77.1",
) -> ClusterSpec:
    """A cluster of one master, slaves and clients: ``<prefix>1`` and on, at ``<subnet>.11`` and on."""
    roles: list[Role] = ["master", *["slave"] * slaves, *["client"] * clients]  # type: ignore[list-item]
    nodes = tuple(
        NodeSpec(f"{prefix}{number}", f"{subnet}.{10 + number}", site, role) for number, role in enumerate(roles, 1)
    )
    return in_scenario(ClusterSpec(name, nodes), scenario)


def single(scenario: Scenario) -> FleetSpec:
    """A fleet of one cluster, ``lon-prod``: lon-1 (master), lon-2, lon-3 (slaves), lon-4 (client)."""
    return FleetSpec((cluster(scenario=scenario, clients=1),))


def sample() -> FleetSpec:
    """The sample fleet: an expired, a due and a healthy cluster at two sites, and a node without a cluster."""
    shared = cluster("shared-test", site="oslo", prefix="tst-", subnet="127.77.3")
    shared = replace(shared, nodes=(replace(shared.nodes[0], site="london"), *shared.nodes[1:]))
    return FleetSpec(
        (
            cluster(scenario="expired", clients=1),
            cluster("osl-prod", "due", site="oslo", prefix="osl-", subnet="127.77.2"),
            shared,
        ),
        (NodeSpec("osl-edge", "127.77.2.20", "oslo"),),
    )


def deployment(stores: Stores = "ca", *, generation: Literal[2, 3] = 3, calls: int = 12) -> FleetSpec:
    """A cluster with all its services and with calls: a web bridge's certificate ends in nine days.

    lon-1 (master) and lon-2 (slave) are Call Bridges, lon-edge-1 and lon-edge-2 Web Bridges with TURN; lon-media
    records and streams.

    Args:
        stores: whom its services trust.
        generation: the services of releases 2.x or 3.x; the switch ``release`` must fit.
        calls: how many calls are on each Call Bridge.
    """
    core = ("callbridge", "webadmin", *(("scheduler",) if generation == 3 else ("xmpp", "h323_gateway")))
    edge = ("webbridge3" if generation == 3 else "webbridge", "turn", "webadmin")
    media = ("recorder", "streamer", *(("meetingapps",) if generation == 3 else ()), "webadmin")
    base = cluster(slaves=1)
    nodes = tuple(replace(node, services=core, calls=calls) for node in base.nodes)
    due = (("webbridge3 https", 9.0), ("webbridge", 9.0))
    others = (
        NodeSpec("lon-edge-1", "127.77.1.21", "london", services=edge, serves=base.name, days=due),
        NodeSpec("lon-edge-2", "127.77.1.22", "london", services=edge, serves=base.name),
        NodeSpec("lon-media", "127.77.1.31", "london", services=media, serves=base.name),
    )
    return FleetSpec((replace(base, nodes=nodes, stores=stores),), others)
