"""The request of a run: written when it starts, compared when it is resumed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from nornir.core import Nornir

import mmpctl
from mmpctl.cluster.foreign_runs import runs_seen
from mmpctl.cluster.observed import SILENT
from mmpctl.cluster.target import Goal
from mmpctl.documents.begun import BegunCluster, BegunRenewal, BegunRun
from mmpctl.documents.request import InventoryLine, KeeperWordDocument, Request, RequestedCluster
from mmpctl.errors import HostKeyError, MmpError, RefusedError
from mmpctl.inventory.nodes import Node, nodes_of
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan
from mmpctl.renewal.jobs.database_cluster.observation import Sight
from mmpctl.renewal.jobs.database_cluster.preparation import Prepared
from mmpctl.renewal.jobs.database_cluster.unit import requested_unit
from mmpctl.renewal.rollout import Rollout
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.record import Record
from mmpctl.times import iso

# A wrong db_address may show only when the cluster is apart; it may be put right, the host key proves the node.
# The job of all runs whose request names none.
DATABASE_CLUSTER = "database_cluster"

_SAME = ("role", "address")


_NO_WORD: KeeperWordDocument = {"keeper_reason": None, "keeper_confirmed_by": None, "keeper_confirmed_at": None}


def request_of(
    nr: Nornir,
    clusters: Iterable[ClusterPlan],
    certs: Path,
    goal: Goal,
    inventory: str,
    rollout: Rollout,
    questions: str,
) -> Request:
    """Return the request of a new run: paths, names, fingerprints and SHA-256, never keys or passwords.

    Args:
        nr: the inventory.
        clusters: those that the run begins with.
        certs: the folder of the new certificates.
        goal: of any of them: the options that hold for all.
        inventory: where the inventory lies.
        rollout: how the clusters follow each other.
        questions: SHA-256 of the file of reviewed questions; empty if there is none.
    """
    nodes = {node.name: node for node in nodes_of(nr)}
    return {
        "version": mmpctl.__version__,
        "inventory": inventory,
        "certs": str(certs.absolute()),
        "questions_sha256": questions or None,
        "names": goal.names,
        "slaves_at_once": goal.slaves_at_once,
        "rollout": {
            "canaries": list(rollout.canaries),
            "at_once": rollout.at_once,
            "max_failures": rollout.max_failures,
        },
        "leave_out": sorted({name for cluster in clusters for name in cluster.goal.left_out}),
        "clusters": [_cluster(cluster, nodes) for cluster in clusters],
    }


def request_for(job: str, folder: RunFolder) -> BegunRenewal:
    """Return the request of a run of one job; a run from before there were several is a database cluster's.

    Args:
        job: the one that is known here.
        folder: the run's folder.

    Raises:
        DocumentError: the request is not as a run of this job writes it; names file and key.
        RefusedError: it is a run of another (code `other-job`).
    """
    given = folder.request.get("job", DATABASE_CLUSTER)
    if given != job:
        raise RefusedError(
            f"the run is of the job {given}, which this command does not know",
            code="other-job",
            advice="Take it up with the release that began it. Nothing was sent.",
        )
    return folder.request_as(BegunRenewal)


def rollout_of(request: BegunRenewal) -> Rollout:
    """Return how the clusters of a run follow each other.

    Args:
        request: the run's.
    """
    asked = request["rollout"]
    return Rollout(tuple(asked["canaries"]), asked["at_once"], asked["max_failures"])


def inventory_of(request: BegunRun) -> Path:
    """Return where the run's inventory lies, as far as it is there; else where inventories usually lie.

    Args:
        request: the run's.
    """
    given = str(request.get("inventory") or "")
    return Path(given) if given and Path(given).exists() else Path("inventory")


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
                **_inventory_line(nodes[node.name]),
                "host_key": node.host_key,
                "hostname": node.hostname,
                "in_use": list(node.status.certificates.names()) if node.status else [],
                "files": dict(plan.goal.wanted[node.name].digests) if node.name in plan.goal.wanted else {},
                "valid_until": _first_expiry(plan.goal, node.name),
            }
            for node in plan.cluster.nodes
        ],
    }


def _first_expiry(goal: Goal, node: str) -> str | None:
    end = goal.wanted[node].first_expiry if node in goal.wanted else None
    return iso(end) if end else None


def _inventory_line(node: Node) -> InventoryLine:
    return {
        "name": node.name,
        "role": node.role.value if node.role else None,
        "address": f"{node.hostname}:{node.port}",
        "db_address": node.db_address,
    }


def check_request(folder: RunFolder, records: Iterable[Record]) -> None:
    """The request is the one that the run began with: its facts of each cluster are the journal's.

    Args:
        folder: the run's folder.
        records: the run's journal's.

    Raises:
        RefusedError: it was changed since.
    """
    now = folder.request_sha256
    asked = {one["name"]: requested_unit(one).facts for one in folder.request_as(BegunRenewal)["clusters"]}
    for record in records:
        facts = record.facts
        if facts is not None and (facts != asked.get(record.cluster) or record.detail.get("request", now) != now):
            told = ", ".join(f"{name} {value}" for name, value in facts.items())
            raise RefusedError(
                f"{folder.path / 'request.json'} is not the request that the run began with: the journal has {told} "
                f"for {record.cluster}, or a different SHA-256 of the request",
                code="other-request",
                advice="Put it back as it was, or close this run (`mmpctl runs --close`). Nothing was sent.",
            )


def check_inventory(nr: Nornir, clusters: Iterable[BegunCluster]) -> None:
    """The inventory still says of each node what it said when the run began.

    Args:
        nr: the inventory of now.
        clusters: those of the request that are to be resumed.

    Raises:
        RefusedError: something differs; says what.
    """
    now = {(node.cluster, node.name): _inventory_line(node) for node in nodes_of(nr)}
    differences = []
    for cluster in clusters:
        then: dict[str, Mapping[str, object]] = {node["name"]: node for node in cluster["nodes"]}
        here = {name: line for (group, name), line in now.items() if group == cluster["name"]}
        differences += [f"{name} is not in {cluster['name']} any more" for name in then if name not in here]
        differences += [f"{name} is new in {cluster['name']}" for name in here if name not in then]
        for name, line in here.items():
            differences += [
                f"{name}: {key} is {value!r} now, it was {then[name][key]!r}"
                for key, value in line.items()
                if name in then and key in _SAME and then[name][key] != value
            ]
    if differences:
        raise RefusedError(
            f"this is not the inventory that the run began with: {'; '.join(differences)}",
            code="other-inventory",
            advice="Give the inventory of the run with -i, or put it back as it was. Nothing was sent.",
        )


def other_questions(request: BegunRenewal, questions: str) -> tuple[str, ...]:
    """Return a note if the reviewed questions have changed since the run began.

    Args:
        request: the run's; one of an earlier release does not say.
        questions: SHA-256 of the file as it is now; empty if there is none.
    """
    if "questions_sha256" not in request or (request["questions_sha256"] or "") == questions:
        return ()
    now = f"its SHA-256 begins with {questions[:16]} now" if questions else "it is not there any more"
    return (
        (
            f"questions.yaml has changed since the run began ({now}): from now on, the questions that it allows are "
            "answered"
        ),
    )


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


def check_nodes(sight: Sight, request: BegunCluster, left_out: frozenset[str]) -> None:
    """Every node answers, and is the machine that it was.

    Args:
        sight: the cluster as it is seen now.
        request: the cluster's part of the request.
        left_out: names of nodes that take no part.

    Raises:
        HostKeyError: a node does not prove itself with its recorded key.
        MmpError: a node does not answer (code `not-reachable`), is not understood (code `not-understood`), or is
            another machine (code `other-node`).
    """
    then = {node["name"]: node for node in request["nodes"]}
    for node in sight.cluster.nodes:
        if node.name in left_out:
            continue
        error = sight.errors.get(node.name)
        if isinstance(error, HostKeyError):
            raise error
        if not node.answers and node.trouble != SILENT:
            raise MmpError(
                f"it {node.trouble} ({node.error})",
                code="not-understood",
                node=node.name,
                advice="It is alive: do not close this run as if the node were dead. Find out what it reports, then "
                "resume.",
            )
        if not node.answers:
            raise MmpError(
                f"it does not answer ({node.error})",
                code="not-reachable",
                node=node.name,
                advice=_dead_for_good(node.name, is_keeper=node.name == request["keeper"]),
            )
        for key in ("host_key", "hostname"):
            if getattr(node, key) != then[node.name][key]:
                raise MmpError(
                    f"its {key.replace('_', ' ')} is {getattr(node, key)!r} now, it was {then[node.name][key]!r}",
                    code="other-node",
                    node=node.name,
                    advice="This may be another machine. Find out what changed. Nothing was sent to any node.",
                )


def _dead_for_good(name: str, *, is_keeper: bool) -> str:
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
        if wanted.problems:
            raise RefusedError("; ".join(wanted.problems), code="files", node=node["name"])
