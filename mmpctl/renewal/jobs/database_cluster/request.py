"""A database cluster's part of a run's request: written when it starts, compared when it is resumed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from nornir.core import Nornir

from mmpctl.cluster.foreign_runs import runs_seen
from mmpctl.cluster.target import Goal
from mmpctl.documents.begun import BegunCluster
from mmpctl.documents.request import KeeperWordDocument, RequestedCluster, RequestedOfClusters
from mmpctl.errors import RefusedError
from mmpctl.inventory.nodes import Node, nodes_of
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan
from mmpctl.renewal.jobs.database_cluster.observation import Sight
from mmpctl.renewal.jobs.database_cluster.preparation import Prepared
from mmpctl.renewal.request import inventory_line
from mmpctl.times import iso

_NO_WORD: KeeperWordDocument = {"keeper_reason": None, "keeper_confirmed_by": None, "keeper_confirmed_at": None}


def requested_of(nr: Nornir, clusters: Iterable[ClusterPlan], certs: Path, goal: Goal) -> RequestedOfClusters:
    """Return what a run of database clusters keeps of its request: paths, names, fingerprints and SHA-256, never keys.

    Args:
        nr: the inventory.
        clusters: those that the run begins with.
        certs: the folder of the new certificates.
        goal: of any of them: the options that hold for all.
    """
    nodes = {node.name: node for node in nodes_of(nr)}
    plans = list(clusters)
    return {
        "certs": str(certs.absolute()),
        "names": goal.names,
        "slaves_at_once": goal.slaves_at_once,
        "leave_out": sorted({name for cluster in plans for name in cluster.goal.left_out}),
        "clusters": [_cluster(cluster, nodes) for cluster in plans],
    }


def _cluster(plan: ClusterPlan, nodes: Mapping[str, Node]) -> RequestedCluster:
    word = plan.word
    return {
        "name": plan.name,
        "keeper": plan.keeper.keeper,
        "keeper_address": plan.goal.keeper_address,
        "keeper_proved": plan.keeper.proved,
        "keeper_confirmed": plan.keeper.confirmed,
        "keeper_reasoned": word is not None and word.reasoned,
        **(word.document() if word else _NO_WORD),
        "keeper_evidence": list(plan.keeper.evidence),
        "known_runs": sorted(plan.goal.known_runs & {run.name for run in runs_seen(plan.cluster)}),
        "nodes": [
            {
                **inventory_line(nodes[node.name]),
                "host_key": node.host_key,
                "hostname": node.hostname,
                "in_use": list(node.status.certificates.names()) if node.status else [],
                "files": dict(plan.goal.wanted[node.name].digests) if node.name in plan.goal.wanted else {},
                "keys": dict(plan.goal.wanted[node.name].keys_on_node) if node.name in plan.goal.wanted else {},
                "valid_until": _first_expiry(plan.goal, node.name),
            }
            for node in plan.cluster.nodes
        ],
    }


def _first_expiry(goal: Goal, node: str) -> str | None:
    end = goal.wanted[node].first_expiry if node in goal.wanted else None
    return iso(end) if end else None


def other_addresses(sight: Sight, request: BegunCluster) -> tuple[str, ...]:
    """Return the changes of the nodes' `db_address` since the run began.

    Args:
        sight: the cluster as it is seen now.
        request: the cluster's part of the request.
    """
    then = {node["name"]: node["db_address"] for node in request["nodes"]}
    return tuple(
        f"the inventory says db_address {node.db_address} of {node.name}, it was {then[node.name]} when the run began"
        for node in sight.cluster.nodes
        if node.db_address != then[node.name]
    )


def dead_for_good(name: str, *, is_keeper: bool) -> str:
    """Return what to do about a node that does not answer when a run is resumed.

    Args:
        name: inventory name.
        is_keeper: its database is the one that survives.
    """
    advice = "Bring it back, then resume. If it is dead for good, close this run (`mmpctl runs --close`)"
    if not is_keeper:
        return f"{advice} and renew with --leave-out {name}."
    return (
        f"{advice}, find out which other node has the newest copy of the database, make that one the master in the "
        f"inventory, and renew with --leave-out {name} and --keeper; data that only {name} held is in its backups only"
    )


def check_files(prepared: Prepared, request: BegunCluster) -> None:
    """The certificates are the very files that the run began with, and still fit for use.

    Args:
        prepared: with the files of now.
        request: the cluster's part of the request.

    Raises:
        RefusedError: a file differs (code `other-files`), or is not fit any more (code `files`).
    """
    for node in request["nodes"]:
        wanted = prepared.goal.wanted.get(node["name"])
        if wanted is None:
            continue
        if dict(wanted.digests) != node["files"]:
            changed = sorted(name for name, digest in node["files"].items() if wanted.digests.get(name) != digest)
            raise RefusedError(
                f"these are not the certificates that the run began with: {', '.join(changed)}",
                code="other-files",
                node=node["name"],
                advice="Put the files of the run back, or name their folder with --certs. Nothing was sent.",
            )
        keys = node.get("keys", {})
        if dict(wanted.keys_on_node) != keys:
            then, now = (", ".join(sorted(one)) or "none" for one in (keys, wanted.keys_on_node))
            raise RefusedError(
                f"these are not the keys on the node that the run began with: {then} then, {now} now",
                code="other-files",
                node=node["name"],
                advice="Put request.json of the run back, or name its folder with --certs. Nothing was sent.",
            )
        if wanted.problems:
            raise RefusedError("; ".join(wanted.problems), code="files", node=node["name"])
