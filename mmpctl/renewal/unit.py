"""What a job works on as a whole: a database cluster, or whatever else a plan is made for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of a run.

    Args:
        job: the name of the job.
        name: by which the journal and people call it.
        lead: inventory name of the node that is named if something concerns no other; empty if it is not known.
        facts: what the job tells of it beside its name, by the keys of the documents: a database cluster's keeper.
        noun: what people call it: a cluster, a group.
    """

    job: str
    name: str
    lead: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    noun: str = "cluster"
