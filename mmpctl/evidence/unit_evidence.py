"""What a run's folder says of one unit, whatever the job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmpctl.evidence.attempts import attempts, parts
from mmpctl.evidence.model import NodeEvidence, UnitEvidence
from mmpctl.runs.record import Record


@dataclass(frozen=True, slots=True)
class UnitSource:
    """Where the evidence of one unit comes from.

    Args:
        name: of the unit.
        asked: its part of the request; empty if the request does not name it.
        planned: its part of the plan; likewise.
        records: the journal's that are about it.
        left_out: names of nodes that take no part.
        home: the run's folder.
    """

    name: str
    asked: Mapping[str, Any]
    planned: Mapping[str, Any]
    records: tuple[Record, ...]
    left_out: frozenset[str]
    home: Path


def of_unit(source: UnitSource) -> UnitEvidence:
    """Return what is known of a unit of any job.

    Args:
        source: where it comes from.
    """
    return UnitEvidence(
        source.name,
        tuple(source.planned.get("notes") or ()),
        tuple(_node(one, source.left_out) for one in _asked_nodes(source)),
        tuple(source.planned.get("steps") or ()),
        attempts(source.records),
        parts(source.records),
    )


def _asked_nodes(source: UnitSource) -> tuple[Mapping[str, Any], ...]:
    asked = source.asked.get("nodes")
    if asked:
        return tuple(asked)
    # A job may ask for nothing of single nodes: those that the journal names took part.
    return tuple({"name": name} for name in dict.fromkeys(record.node for record in source.records) if name)


def _node(asked: Mapping[str, Any], left_out: frozenset[str]) -> NodeEvidence:
    name = asked["name"]
    return NodeEvidence(name, asked.get("address"), asked.get("host_key"), asked.get("hostname"), name in left_out)
