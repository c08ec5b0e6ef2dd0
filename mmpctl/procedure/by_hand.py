"""The rest of a renewal by hand: the complete manual procedure, made from the same steps that a run carries out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import cast

from nornir.core import Nornir

from mmpctl.cluster.step import Step
from mmpctl.cluster.step_documents import step_documents
from mmpctl.cluster.step_effects import expected
from mmpctl.device.questions import load_reviewed
from mmpctl.documents.procedure import ProcedureDocument, ProcedureStep
from mmpctl.inventory.nodes import node_of
from mmpctl.inventory.reviewed_file import reviewed_file
from mmpctl.procedure.instruction_parts import Document, Facts
from mmpctl.times import iso

Instructions = Callable[[Facts, Step], Document]

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
    facts: Facts,
    steps: tuple[Step, ...],
    now: datetime,
    instructions: Mapping[str, Instructions],
) -> ProcedureDocument:
    """Return the manual procedure for the steps that are left.

    Args:
        nr: a Nornir object that knows the nodes: addresses, account, reviewed questions.
        facts: the cluster as it was seen last, its goal, the files, and what a run has begun.
        steps: what is left, from the same plan that a run carries out.
        now: the time of the look that the steps were made from, aware, UTC.
        instructions: for each kind of step, by its name.
    """
    file = reviewed_file(nr.config)
    doors = {name: _door(nr, name) for name in dict.fromkeys(step.node for step in steps)}
    facts = replace(facts, reviewed=load_reviewed(file) if file else ())
    goal = facts.goal
    return {
        "cluster": facts.cluster.name,
        "keeper": goal.keeper,
        "keeper_address": goal.keeper_address,
        "seen_at": iso(now),
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
            # What is told of a step and its instructions together are the keys of the document.
            cast("ProcedureStep", {**told, **_by_hand(facts, step, instructions[step.action])})
            for step, told in zip(steps, step_documents(steps, goal.keeper), strict=True)
        ],
    }


def _by_hand(facts: Facts, step: Step, instructions: Instructions) -> Document:
    begun_before = facts.history.was_intended(step.action, step.node, step.again)
    return {
        "begun_before": begun_before,
        "run_saw": facts.endings.get(step.key) if begun_before else None,
        "warning": None,
        "look_first": [],
        "files": [],
        "question": None,
        "expect": None,
        **instructions(facts, step),
    }


def _door(nr: Nornir, name: str) -> tuple[str, str, int]:
    host = nr.inventory.hosts[name]
    node = node_of(host)
    return host.get_connection_parameters("netmiko").username or "admin", node.hostname, node.port
