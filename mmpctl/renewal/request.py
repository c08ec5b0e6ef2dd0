"""The request of a run: written when it starts, compared when it is resumed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nornir.core import Nornir
from nornir.core.inventory import Host

import mmpctl
from mmpctl.cluster.database_words import DATABASE_CLUSTER
from mmpctl.documents.begun import BegunRun
from mmpctl.documents.request import AskedOfRun, InventoryLine
from mmpctl.errors import RefusedError, UsageError
from mmpctl.inventory.nodes import Node, node_of, unit_of
from mmpctl.renewal.job_kind import AnyKind
from mmpctl.renewal.rollout import Rollout
from mmpctl.renewal.unit import Unit
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.record import Record

# A wrong db_address may show only when the cluster is apart; it may be put right, the host key proves the node.
_SAME = ("role", "address")


def asked_of(kind: AnyKind, inventory: str, rollout: Rollout, questions: str, ticket: str | None = None) -> AskedOfRun:
    """Return what the request of a new run has whatever its job; the job adds its own.

    Args:
        kind: the run's job.
        inventory: where the inventory lies.
        rollout: how the units follow each other.
        questions: SHA-256 of the file of reviewed questions; empty if there is none.
        ticket: the id of the ticket with which a desk has it begun at this site; None if it is begun here.
    """
    asked: AskedOfRun = {
        "version": mmpctl.__version__,
        "job": kind.name,
        "words": kind.words.document(),
        "inventory": inventory,
        "questions_sha256": questions or None,
        "rollout": {
            "canaries": list(rollout.canaries),
            "at_once": rollout.at_once,
            "max_failures": rollout.max_failures,
        },
    }
    return asked if ticket is None else {**asked, "ticket": ticket}


def request_for(folder: RunFolder, jobs: Mapping[str, AnyKind]) -> tuple[AnyKind, Any]:
    """Return the kind of a run's job, and the request as that kind knows it.

    A run from before there were several jobs is a database cluster's.

    Args:
        folder: the run's folder.
        jobs: the kinds that are known here, by their names.

    Raises:
        UsageError: it is not the folder of a run (code `run`).
        DocumentError: the request is not as a run of this job writes it; names file and key.
        RefusedError: it is a run of another (code `other-job`).
    """
    if folder.document("request.json") is None:
        raise UsageError(
            f"{folder.path} is not the folder of a run: it has no request.json",
            code="run",
            advice="Name the run, or its folder. Nothing was sent.",
        )
    given = folder.request.get("job", DATABASE_CLUSTER)
    if given not in jobs:
        raise RefusedError(
            f"the run is of the job {given}, which this command does not know",
            code="other-job",
            advice="Take it up with the release that began it. Nothing was sent.",
        )
    return jobs[given], folder.request_as(jobs[given].form)


def units_in(folder: RunFolder, jobs: Mapping[str, AnyKind]) -> Sequence[Unit]:
    """Return the units of a run, as far as its request tells of them; it may be of no job that is known here.

    Args:
        folder: the run's folder.
        jobs: the kinds that are known here, by their names.
    """
    request = folder.request
    given = request.get("job", DATABASE_CLUSTER)
    told = jobs[given].told_of if given in jobs else lambda one: Unit(given, one["name"], "")
    return [told(one) for one in request["clusters"]]


def rollout_of(request: BegunRun) -> Rollout:
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


def inventory_line(node: Node) -> InventoryLine:
    """Return what a request keeps of a node as the inventory has it.

    Args:
        node: the inventory's.
    """
    return {
        "name": node.name,
        "role": node.role.value if node.role else None,
        "address": f"{node.hostname}:{node.port}",
        "db_address": node.db_address,
    }


def check_request(folder: RunFolder, records: Iterable[Record], kind: AnyKind) -> None:
    """The request is the one that the run began with: its facts of each cluster are the journal's.

    Args:
        folder: the run's folder.
        records: the run's journal's.
        kind: the run's job.

    Raises:
        RefusedError: it was changed since.
    """
    now = folder.request_sha256
    asked = {one["name"]: kind.from_request(one).facts for one in folder.request_as(kind.form)["clusters"]}
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


def check_inventory(nr: Nornir, clusters: Iterable[Mapping[str, Any]], home: Callable[[Host], str] = unit_of) -> None:
    """The inventory still says of each node what it said when the run began.

    Args:
        nr: the inventory of now.
        clusters: those of the request that are to be resumed.
        home: tells what the job calls the nodes that a host is one of.

    Raises:
        RefusedError: something differs; says what.
    """
    now = {(home(host), host.name): inventory_line(node_of(host)) for host in nr.inventory.hosts.values()}
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


def other_questions(request: BegunRun, questions: str) -> tuple[str, ...]:
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
