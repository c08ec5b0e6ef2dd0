"""The rest of a renewal by hand: the complete manual procedure, made from the same steps that a run carries out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nornir.core import Nornir

from mmpctl.cluster.plan import Step
from mmpctl.cluster.progress import NOTHING_DONE, History
from mmpctl.cluster.step_effects import expected
from mmpctl.device.questions import load_reviewed
from mmpctl.inventory.nodes import node_of
from mmpctl.inventory.reviewed_file import reviewed_file
from mmpctl.procedure.instruction_parts import Facts
from mmpctl.procedure.instructions import instructions
from mmpctl.renewal.preparation import Prepared
from mmpctl.runbooks.plan import PlanReport, step_documents

RULES = (
    "The steps of one wave may be done side by side. Start a wave only when every step of the wave before is "
    "done: you have seen everything that must be seen.",
    (
        "Before each command, make sure that you are in the window of the right node: the list above has each "
        "node's prompt."
    ),
    "The commands return at once and continue on the node: only `database cluster status` shows how they "
    "end. Right after Y it may still show the old state: look again and again, for at least a minute.",
    "Never type a command again because nothing seems to happen, or because the session broke. Log in again, "
    "look, and go by what you see: if you see what must be seen, the step is done; if an operation is "
    "running, wait.",
    "Answer only the question that is printed at the step, with capital Y, then Enter. Each word must be the "
    "same, and no word may be added; only the line breaks may differ. If the question is different, or says "
    "that the node is already in a cluster, press Enter only (nothing changes) and stop.",
    "If you do not see what must be seen, stop and ask. Stopping loses nothing: the line below each wave "
    "tells what it means there. Never use `backup rollback` to go back.",
    "Calls drop: Call Bridge and Web Admin restart with each remove, initialize, join and connect. Freeze "
    "provisioning until the end: changes made on a Call Bridge after its remove are lost when it joins.",
)


def document(
    nr: Nornir,
    prepared: Prepared,
    steps: tuple[Step, ...],
    home: Path,
    now: datetime,
    history: History = NOTHING_DONE,
    endings: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return the manual procedure for the steps that are left.

    Args:
        nr: a Nornir object that knows the nodes: addresses, account, reviewed questions.
        prepared: the cluster as it was seen last, its goal and the files.
        steps: what is left, from the same plan that a run carries out.
        home: the folder where backups are to be put.
        now: the time of the look that the steps were made from, aware, UTC.
        history: what the run has begun; none without a run.
        endings: what the run saw of the steps that did not end well, by their keys.
    """
    file = reviewed_file(nr.config)
    doors = {name: _door(nr, name) for name in dict.fromkeys(step.node for step in steps)}
    facts = Facts(prepared, history, endings, home, load_reviewed(file) if file else ())
    goal = prepared.goal
    return {
        "cluster": prepared.cluster.name,
        "keeper": goal.keeper,
        "keeper_address": goal.keeper_address,
        "seen_at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "expected": expected(steps).words,
        "left_out": sorted(goal.left_out),
        "nodes": [
            {
                "name": name,
                "prompt": facts.node(name).hostname,
                "host_key": facts.node(name).host_key,
                "ssh": f"ssh -p {port} {user}@{host}",
                "sftp": f"sftp -P {port} {user}@{host}",
            }
            for name, (user, host, port) in doors.items()
        ],
        "rules": list(RULES),
        "steps": [
            {**told, **instructions(facts, step)}
            for step, told in zip(steps, step_documents(steps, goal.keeper), strict=True)
        ],
    }


def _door(nr: Nornir, name: str) -> tuple[str, str, int]:
    host = nr.inventory.hosts[name]
    node = node_of(host)
    return host.get_connection_parameters("netmiko").username or "admin", node.hostname, node.port


def added_to(plan: dict[str, Any], nr: Nornir, report: PlanReport, now: datetime) -> dict[str, Any]:
    """Return the document of `mmpctl plan`, with the manual procedure of each cluster that is ready.

    Args:
        plan: the document.
        nr: the nodes that were planned for.
        report: what the document was made of.
        now: the time, aware, UTC.
    """
    snapshot = f"pre-{now:%Y%m%d-%H%M%S}-hand"
    procedures: dict[str, dict[str, Any]] = {}
    for cluster in report.clusters:
        if cluster.steps:
            named = cluster.with_snapshot(snapshot)
            procedures[cluster.name] = document(nr, named.prepared, named.steps, Path("by-hand"), now)
    return {**plan, "clusters": [{**one, "by_hand": procedures.get(one["name"])} for one in plan["clusters"]]}
