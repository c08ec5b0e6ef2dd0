"""What instructions for people are made of: lines to type, looks at a node, questions, and what must be seen."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmpctl.certificates.files import CertificateSet
from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.progress import NOTHING_DONE, History
from mmpctl.cluster.status import DISABLED, ENABLED
from mmpctl.cluster.step import Step, StepKey
from mmpctl.cluster.step_kinds import STATUS_COMMAND
from mmpctl.cluster.target import Goal
from mmpctl.device.questions import Question, texts

# Where a line is typed: on the node's command line, in sftp to it, or on one's own machine.
MMP, SFTP, HERE = "mmp", "sftp", "here"
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the instructions for one cluster are made of.

    Args:
        cluster: as it was seen last.
        goal: what it is to become.
        sets: the operator's files by inventory name.
        serials: the serial number that `pki inspect` must show, by inventory name and file.
        home: the folder where backups are to be put.
        history: what the run has begun; a step that was not seen to end well is marked.
        endings: what the run saw of such a step, by its key, if it saw it end.
        reviewed: further questions that the user allows.
    """

    cluster: ObservedCluster
    goal: Goal
    sets: Mapping[str, CertificateSet]
    serials: Mapping[str, Mapping[str, str]]
    home: Path
    history: History = NOTHING_DONE
    endings: Mapping[StepKey, str] = field(default_factory=dict)
    reviewed: tuple[Question, ...] = ()

    def node(self, name: str) -> ObservedNode:
        """Return a node as it was seen last."""
        return self.cluster.node(name)


def looks_before_return(facts: Facts, step: Step) -> list[Document]:
    """Return what must be seen on the keeper and on the node before it comes back to the cluster."""
    keeper = facts.goal.keeper
    names = list(facts.goal.wanted[step.node].names.names())
    return [
        look(
            keeper,
            [f"Status is {ENABLED}, and its own line ({facts.goal.keeper_address}) shows master (or primary)"],
            status=ENABLED,
            me="master",
        ),
        look(
            step.node,
            [f"Status is {DISABLED}", "the new files are shown under Certificates"],
            status=DISABLED,
            certificates=names,
        ),
    ]


def question(facts: Facts, step: Step) -> Document:
    """Return the question that an operation asks, and the one answer to it."""
    known = list(texts(step.action, facts.reviewed))
    has_database = facts.node(step.node).role.has_database
    note = None
    if not has_database:
        note = (
            "How a client words its question is not known, and it may ask nothing. Answer only if it asks "
            f"whether to {step.action} this very node, and does not mention that anything is destroyed, "
            "erased or replaced."
        )
    return {"texts": known, "note": note, "answer": "Y"}


def seen(state: str, command: str, /, *more: str, **facts: Any) -> Document:
    """Return what must be seen after an operation, in words and as facts of the status."""
    return {
        "must_see": [state, f"Last command is '{command}' (Success)", *more],
        "expect": {**facts, "last_command": command, "last_result": "Success"},
    }


def look(node: str, must_see: list[str], **facts: Any) -> Document:
    """Return a look at a node, and what must be seen to go on."""
    return {"node": node, "line": STATUS_COMMAND, "must_see": must_see, "expect": facts}


def printed_serial(serial: str) -> str:
    """Return a serial number as `pki inspect` prints it, which has OpenSSL's two forms.

    Args:
        serial: lower-case hex.
    """
    digits = serial.zfill(len(serial) + len(serial) % 2)
    pairs = ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))
    return pairs if len(digits) > 16 else f"{int(serial, 16)} (0x{serial}), or {pairs}"


def typed(step: Step, where: str, line: str) -> Document:
    """Return a line that is typed."""
    return {"node": step.node, "where": where, "line": line}


def quoted(path: Path) -> str:
    """Return a path as a shell and sftp take it."""
    return shlex.quote(str(path))
