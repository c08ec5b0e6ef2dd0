"""The rest of a run by hand: the complete manual procedure, made from the same steps that a run carries out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from mmpctl.procedure.instruction_parts import Document
from mmpctl.procedure.unit_facts import F
from mmpctl.times import iso

Instructions = Callable[[F, Step], Document]


def document(
    nr: Nornir,
    facts: F,
    steps: tuple[Step, ...],
    now: datetime,
    instructions: Mapping[str, Instructions[F]],
) -> ProcedureDocument:
    """Return the manual procedure for the steps that are left.

    Args:
        nr: a Nornir object that knows the nodes: addresses, account, reviewed questions.
        facts: of the unit, as it was seen last, and what a run has begun.
        steps: what is left, from the same plan that a run carries out.
        now: the time of the look that the steps were made from, aware, UTC.
        instructions: for each kind of step, by its name.
    """
    file = reviewed_file(nr.config)
    doors = {name: _door(nr, name) for name in dict.fromkeys(step.node for step in steps)}
    facts = facts.with_questions(load_reviewed(file) if file else ())
    words = facts.words.document()
    return {
        "cluster": facts.name,
        "words": words,
        "keeper": facts.lead if words["lead"] else None,
        "keeper_address": facts.lead_address,
        "about": list(facts.about),
        "seen_at": iso(now),
        "expected": expected(steps).words,
        "left_out": sorted(facts.left_out),
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
        "rules": list(facts.rules),
        "steps": [
            # What is told of a step and its instructions together are the keys of the document.
            cast("ProcedureStep", {**told, **_by_hand(facts, step, instructions[step.action])})
            for step, told in zip(steps, step_documents(steps, facts.lead), strict=True)
        ],
    }


def _by_hand(facts: F, step: Step, instructions: Instructions[F]) -> Document:
    begun_before = step.key in facts.history.intended
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
