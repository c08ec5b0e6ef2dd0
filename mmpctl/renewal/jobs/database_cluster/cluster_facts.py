"""What the manual procedure for a database cluster is made of, and the looks at its status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mmpctl.certificates.files import CertificateSet
from mmpctl.cluster.database_words import DATABASE_WORDS, about_cluster
from mmpctl.cluster.job_words import JobWords
from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.progress import NOTHING_DONE, History
from mmpctl.cluster.status import DISABLED, ENABLED
from mmpctl.cluster.step import Step, StepKey
from mmpctl.cluster.step_kinds import STATUS_COMMAND
from mmpctl.cluster.target import Goal
from mmpctl.device.questions import Question, texts
from mmpctl.procedure.common_rules import NEVER_AGAIN, RIGHT_WINDOW, WAVES
from mmpctl.procedure.instruction_parts import Document, look_at

_RULES = (
    WAVES,
    RIGHT_WINDOW,
    "The commands return at once and continue on the node: only `database cluster status` shows how they "
    "end. Right after Y it may still show the old state: look again and again, for at least a minute.",
    NEVER_AGAIN,
    "Answer only the question that is printed at the step, with capital Y, then Enter. Each word must be the "
    "same, and no word may be added; only the line breaks may differ. If the question is different, or says "
    "that the node is already in a cluster, press Enter only (nothing changes) and stop.",
    "If you do not see what must be seen, stop and ask. Stopping loses nothing: the line below each wave "
    "tells what it means there. Never use `backup rollback` to go back.",
    "Calls drop: Call Bridge and Web Admin restart with each remove, initialize, join and connect. Freeze "
    "provisioning until the end: changes made on a Call Bridge after its remove are lost when it joins.",
)


@dataclass(frozen=True, slots=True)
class ClusterFacts:
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

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.cluster.name

    @property
    def words(self) -> JobWords:
        """What the job calls things."""
        return DATABASE_WORDS

    @property
    def lead(self) -> str:
        """The keeper."""
        return self.goal.keeper

    @property
    def lead_address(self) -> str:
        """The keeper's address."""
        return self.goal.keeper_address

    @property
    def left_out(self) -> frozenset[str]:
        """Names of dead nodes to go on without."""
        return self.goal.left_out

    @property
    def about(self) -> tuple[str, ...]:
        """Whose database survives, and who is left out."""
        return about_cluster(self.lead, self.lead_address, sorted(self.left_out))

    @property
    def rules(self) -> tuple[str, ...]:
        """What holds for every step."""
        return _RULES

    def node(self, name: str) -> ObservedNode:
        """Return a node as it was seen last."""
        return self.cluster.node(name)

    def with_questions(self, reviewed: tuple[Question, ...]) -> ClusterFacts:
        """Return the facts with further questions that the user allows."""
        return replace(self, reviewed=reviewed)


def looks_before_return(facts: ClusterFacts, step: Step) -> list[Document]:
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


def question(facts: ClusterFacts, step: Step) -> Document:
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
    """Return a look at a node's status, and what must be seen to go on."""
    return look_at(node, STATUS_COMMAND, must_see, **facts)
